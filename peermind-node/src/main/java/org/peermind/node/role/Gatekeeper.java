// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.NodeRecord;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.Hello;

/// Decides who may attach to a referee: nodes of the same network and protocol whose record is
/// their own and who are members or bring an invitation of this referee, or of another one that it
/// trusts. The referees that it trusts are let in themselves.
final class Gatekeeper {
  /// The version of the messages that this program speaks.
  static final int PROTOCOL = 1;

  private final NetworkName network;
  private final NodeId self;
  private final boolean invitationRequired;
  private final Set<NodeId> trusted;
  private final Members members;
  private final InstantSource clock;

  Gatekeeper(
      NetworkName network,
      NodeId self,
      boolean invitationRequired,
      Set<NodeId> trusted,
      Members members,
      InstantSource clock) {
    this.network = network;
    this.self = self;
    this.invitationRequired = invitationRequired;
    this.trusted = Set.copyOf(trusted);
    this.members = members;
    this.clock = clock;
  }

  /// A node that may attach.
  ///
  /// @param clockSkew how far its clock is ahead of ours
  record Guest(SignedEnvelope signedRecord, NodeRecord record, Duration clockSkew) {}

  /// @throws ProtocolException with the sentence that the node's owner reads, when it may not
  ///   attach
  Guest admit(NodeId peer, Hello hello) throws ProtocolException {
    if (hello.getProtocol() != PROTOCOL) {
      throw new ProtocolException(
          "This referee speaks version %d of the protocol and the node version %d; update the older one."
              .formatted(PROTOCOL, hello.getProtocol()));
    }
    Instant now = clock.instant();
    SignedEnvelope signedRecord = SignedEnvelope.of(hello.getRecord());
    NodeRecord record = NodeRecord.open(signedRecord, Instant.EPOCH);
    if (!record.node().equals(peer)) {
      throw new ProtocolException("The node's record is not its own.");
    }
    if (!record.network().equals(network)) {
      throw new ProtocolException(
          "This referee is of the network %s, the node of the network %s."
              .formatted(network, record.network()));
    }
    if (record.notAfter().isBefore(now)) {
      throw new ProtocolException(
          "By this referee's clock the node's record expired at "
              + record.notAfter()
              + "; set the node's clock.");
    }
    if (invitationRequired
        && !members.contains(peer)
        && !peer.equals(self)
        && !trusted.contains(peer)) {
      admitByInvitation(peer, hello, now);
    }
    long skewMillis = hello.getClockMs() - now.toEpochMilli();
    return new Guest(signedRecord, record, Duration.ofMillis(skewMillis));
  }

  /// The other referees of the network, whose invitations count here.
  Set<NodeId> trusted() {
    return trusted;
  }

  /// Takes a newer record of a node that is attached already.
  Guest renewed(NodeId peer, Guest guest, SignedEnvelope signedRecord) throws ProtocolException {
    NodeRecord record = NodeRecord.open(signedRecord, Instant.EPOCH);
    if (!record.node().equals(peer)
        || !record.network().equals(network)
        || record.sequence() < guest.record().sequence()
        || !record.roles().equals(guest.record().roles())) {
      throw new ProtocolException("a node's newer record contradicts its older one");
    }
    return new Guest(signedRecord, record, guest.clockSkew());
  }

  private void admitByInvitation(NodeId peer, Hello hello, Instant now) throws ProtocolException {
    if (!hello.hasInvitation()) {
      throw new ProtocolException(
          "The network "
              + network
              + " takes new members by invitation; ask for one and run `peermind join`.");
    }
    Invitation invitation = Invitation.open(SignedEnvelope.of(hello.getInvitation()), now);
    NodeId inviter = invitation.referee();
    if (!invitation.network().equals(network)) {
      throw new ProtocolException("The invitation is not to this referee's network.");
    }
    if (!inviter.equals(self) && !trusted.contains(inviter)) {
      throw new ProtocolException(
          "The invitation is by the referee %s, which this referee does not know; ask for one of its own."
              .formatted(inviter.shortText()));
    }
    try {
      members.add(peer);
    } catch (IOException unwritable) {
      throw new ProtocolException("The referee cannot take new members now.", unwritable);
    }
  }
}
