// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.Invitations;
import org.peermind.node.config.LearnedReferees;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.node.config.NodeHome;
import org.peermind.node.role.KnownReferees;
import org.peermind.node.role.RefereeSet;
import org.peermind.node.transport.GrpcTransport;
import org.peermind.node.transport.Scheduler;
import org.peermind.node.transport.TransportSettings;
import org.peermind.protocol.HpkeKeyRing;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.TransportIdentity;

/// Who this node is towards others: its keys, what it says of itself, and how it got in.
///
/// @param hpkeKeys live in memory only
/// @param invitations what the node joined with
/// @param givesModelsAt where others fetch models from it, once it listens
record OwnNode(
    NodeConfig config,
    IdentityKey identity,
    HpkeKeyRing hpkeKeys,
    Invitations invitations,
    ModelAddress givesModelsAt)
    implements RefereeSet.Greeting {
  private static final Duration RECORD_LIFETIME = Duration.ofDays(2);

  static OwnNode of(NodeHome home, NodeConfig config, InstantSource clock) throws ConfigException {
    return new OwnNode(
        config,
        home.identity(),
        new HpkeKeyRing(clock),
        Invitations.read(home),
        new ModelAddress());
  }

  PlaceCell placeCell() {
    return PlaceCell.of(config.place().latitudeDegrees(), config.place().longitudeDegrees());
  }

  /// What the node says of itself at `now`.
  @Override
  public SignedEnvelope at(Instant now) {
    return new NodeRecord(
            identity.id(),
            config.network(),
            now.toEpochMilli(),
            config.roles(),
            placeCell(),
            hpkeKeys.publicKey(),
            now.plus(RECORD_LIFETIME),
            config.peer().map(peer -> List.of(peer.publicAddress().toString())).orElse(List.of()),
            givesModelsAt.told(),
            "peermind/" + Software.version())
        .sign(identity);
  }

  @Override
  public Optional<SignedEnvelope> invitationFor(NodeId referee) {
    return invitations.forReferee(referee);
  }

  /// The referees that this node may attach to: itself if it is one, those of the configuration,
  /// and those that others named in an earlier run.
  ///
  /// @param ownPort where this node listens as a referee
  KnownReferees referees(NodeHome home, OptionalInt ownPort) {
    List<KnownReferee> configured = new ArrayList<>();
    ownPort.ifPresent(
        port -> configured.add(new KnownReferee(identity.id(), new HostPort("127.0.0.1", port))));
    config.referees().stream()
        .filter(referee -> !referee.node().equals(identity.id()))
        .forEach(configured::add);
    return new KnownReferees(
        identity.id(), configured, LearnedReferees.read(home, config.network()));
  }

  /// The referees whose invitations count when this node is a referee: those that its owner wrote
  /// down, never those that it was told of.
  Set<NodeId> trusted() {
    return config.referees().stream().map(KnownReferee::node).collect(Collectors.toSet());
  }

  /// The node's way to others, with a TLS key of its own that the identity vouches for.
  GrpcTransport transport(
      TransportIdentity tls, InstantSource clock, SecureRandom random, Scheduler scheduler) {
    return new GrpcTransport(tls, clock, random, scheduler, TransportSettings.defaults());
  }
}
