// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.io.IOException;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.node.transport.GrpcTransport;
import org.peermind.node.transport.Scheduler;
import org.peermind.node.transport.TransportSettings;
import org.peermind.protocol.HpkeKeyRing;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.TransportIdentity;

/// Who this node is towards others: its keys, what it says of itself, and how it got in.
///
/// @param hpkeKeys live in memory only
/// @param invitation what the node joined with
record OwnNode(
    NodeConfig config,
    IdentityKey identity,
    HpkeKeyRing hpkeKeys,
    Optional<SignedEnvelope> invitation) {
  private static final Duration RECORD_LIFETIME = Duration.ofDays(2);

  static OwnNode of(NodeHome home, NodeConfig config, InstantSource clock) throws ConfigException {
    return new OwnNode(config, home.identity(), new HpkeKeyRing(clock), invitation(home));
  }

  private static Optional<SignedEnvelope> invitation(NodeHome home) throws ConfigException {
    if (!Files.exists(home.invitationFile())) {
      return Optional.empty();
    }
    try {
      return Optional.of(Invitation.ofLine(Files.readString(home.invitationFile())));
    } catch (IOException | ProtocolException damaged) {
      throw new ConfigException(
          home.invitationFile() + " is damaged; run `peermind join` again.", damaged);
    }
  }

  PlaceCell placeCell() {
    return PlaceCell.of(config.place().latitudeDegrees(), config.place().longitudeDegrees());
  }

  /// What the node says of itself at `now`.
  SignedEnvelope record(Instant now) {
    return new NodeRecord(
            identity.id(),
            config.network(),
            now.toEpochMilli(),
            config.roles(),
            placeCell(),
            hpkeKeys.publicKey(),
            now.plus(RECORD_LIFETIME),
            config.peer().map(peer -> List.of(peer.publicAddress().toString())).orElse(List.of()),
            "peermind/" + Software.version())
        .sign(identity);
  }

  /// The node's way to others, with a TLS key of its own that the identity vouches for.
  GrpcTransport transport(InstantSource clock, SecureRandom random, Scheduler scheduler) {
    return new GrpcTransport(
        TransportIdentity.generate(identity, clock.instant(), random),
        clock,
        random,
        scheduler,
        TransportSettings.defaults());
  }
}
