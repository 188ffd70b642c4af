// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.peermind.ledger.LedgerReader;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.node.transport.LinkState;
import org.peermind.node.transport.PeerHandler;
import org.peermind.node.transport.PeerLink;
import org.peermind.node.transport.PeerListener;
import org.peermind.node.transport.RefereeHandler;
import org.peermind.node.transport.RefereeLink;
import org.peermind.node.transport.Transport;
import org.peermind.protocol.HpkeKey;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.LedgerPage;
import org.peermind.protocol.wire.Up;
import org.peermind.testkit.VirtualClock;
import org.peermind.voting.Governance;

/// A referee with a real desk over some entries, and a mirror attached to it. It says what the desk
/// says, or lies.
final class LedgerReferee implements Transport, NetworkLedger {
  private final NodeId id;
  private final NodeId mirrorId;
  private final LedgerDesk desk = new LedgerDesk(this, this::submit, (_, task) -> now(task));
  private volatile Optional<LedgerReader> reader = Optional.empty();
  private volatile UnaryOperator<Down> words = UnaryOperator.identity();
  private volatile RefereeAttachment.@Nullable Part mirror;
  private final AtomicInteger pagesGiven = new AtomicInteger();
  private volatile Submitted outcome = new Submitted.Unknown("Nobody is there.");

  LedgerReferee(NodeId id, NodeId mirrorId) {
    this.id = id;
    this.mirrorId = mirrorId;
  }

  private static org.peermind.node.transport.Scheduler.Task now(Runnable task) {
    task.run();
    return () -> {};
  }

  /// Changes every page that is given from now on.
  void lies(UnaryOperator<LedgerPage.Builder> lie) {
    words =
        down ->
            down.hasLedgerPage()
                ? Down.newBuilder()
                    .setLedgerPage(lie.apply(down.getLedgerPage().toBuilder()))
                    .build()
                : down;
  }

  /// Has these entries from now on, and tells of them.
  void has(LedgerReader entries) {
    reader = Optional.of(entries);
    if (mirror != null) {
      desk.onAttached(link(), record());
    }
  }

  void answers(Submitted submitted) {
    outcome = submitted;
  }

  int pagesGiven() {
    return pagesGiven.get();
  }

  void attach(LedgerMirror node, VirtualClock clock) {
    RefereeAttachment attachment =
        new RefereeAttachment(
            new KnownReferee(id, new HostPort("127.0.0.1", 1)),
            _ -> {
              throw new IllegalStateException("nobody asks for the record");
            },
            Optional.empty(),
            clock,
            (_, _) -> () -> {},
            new Unwatched());
    RefereeAttachment.Part part = node.at(attachment);
    mirror = part;
    attachment.start(this);
    part.onAttached(Attached.getDefaultInstance());
    desk.onAttached(link(), record());
  }

  private NodeRecord record() {
    return new NodeRecord(
        mirrorId,
        VotedLedger.NETWORK,
        1,
        Set.of(Role.LIGHT_USER),
        new PlaceCell("eyt"),
        HpkeKey.generate().publicKey(),
        Instant.MAX,
        List.of(),
        "test");
  }

  private PeerLink link() {
    return new PeerLink() {
      @Override
      public NodeId id() {
        return mirrorId;
      }

      @Override
      public boolean send(Down message) {
        if (message.hasLedgerPage()) {
          pagesGiven.incrementAndGet();
        }
        RefereeAttachment.Part to = mirror;
        return to != null && to.onMessage(words.apply(message));
      }

      @Override
      public void close(String reason) {
        throw new AssertionError(reason);
      }
    };
  }

  @Override
  public RefereeLink attach(String host, int port, NodeId referee, RefereeHandler handler) {
    return new RefereeLink() {
      @Override
      public NodeId referee() {
        return id;
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
        try {
          desk.onMessage(link(), message);
          return true;
        } catch (ProtocolException malformed) {
          throw new AssertionError(malformed);
        }
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

  @Override
  public Optional<Governance> governance() {
    return Optional.empty();
  }

  @Override
  public Optional<LedgerReader> reader() {
    return reader;
  }

  @Override
  public Instant now() {
    return VotedLedger.START;
  }

  @Override
  public Submitted submit(SignedEnvelope record) {
    return outcome;
  }

  @Override
  public void onChange(Runnable listener) {
    // Growth is told by has().
  }

  private static final class Unwatched implements RefereeAttachment.AttachmentWatch {
    @Override
    public void attached(NodeId referee, Duration took) {}

    @Override
    public void detached(NodeId referee, String reason) {}

    @Override
    public void failedTry(NodeId referee, String reason) {}

    @Override
    public void clockSkewed(NodeId referee, Duration ahead) {}
  }

  static NodeId someId() {
    return IdentityKey.generate(new java.security.SecureRandom()).id();
  }
}
