// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.node.transport.LinkState;
import org.peermind.node.transport.PeerHandler;
import org.peermind.node.transport.PeerListener;
import org.peermind.node.transport.RefereeHandler;
import org.peermind.node.transport.RefereeLink;
import org.peermind.node.transport.Transport;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Up;

/// A referee whose owner configured no rounds: it takes every message and answers none about them.
final class MuteReferee implements Transport {
  /// What it was asked.
  final List<Up> asked = new CopyOnWriteArrayList<>();

  private final NodeId id = RoundTown.newKey().id();

  /// A member's stream to it begins.
  void attach(RoundMember member, InstantSource clock) {
    RefereeAttachment attachment =
        new RefereeAttachment(
            new KnownReferee(id, new HostPort("127.0.0.1", 2)),
            _ -> {
              throw new IllegalStateException("nobody asks for the record");
            },
            Optional.empty(),
            clock,
            (_, _) -> () -> {},
            new RoundSeat.Unwatched());
    RefereeAttachment.Part part = member.at(attachment);
    attachment.start(this);
    part.onAttached(Attached.getDefaultInstance());
  }

  @Override
  public RefereeLink attach(String host, int port, NodeId referee, RefereeHandler handler) {
    return new RefereeLink() {
      @Override
      public NodeId referee() {
        return referee;
      }

      @Override
      public LinkState state() {
        return LinkState.ATTACHED;
      }

      @Override
      public Optional<String> lastFailure() {
        return Optional.empty();
      }

      @Override
      public boolean send(Up message) {
        return asked.add(message);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public PeerListener listen(String host, int port, PeerHandler handler) throws IOException {
    throw new IOException("it does not listen");
  }

  @Override
  public void close() {}
}
