// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.UserLease;

/// What a light user remembers of its inferers, in memory only: the user slots that it holds, and
/// who answered in which conversation. Safe for use by several threads.
final class UserMemory {
  /// Leases of different inferers that are kept; the newest count.
  private static final int LEASES_MAX = 32;

  private static final int CONVERSATIONS_MAX = 512;

  private final NodeId self;
  private final NetworkName network;
  private final Map<NodeId, Held> leases = new LinkedHashMap<>();
  private final Map<Id16, NodeId> conversations = new LinkedHashMap<>();

  private record Held(UserLease lease, SignedEnvelope signed) {}

  UserMemory(NodeId self, NetworkName network) {
    this.self = self;
    this.network = network;
  }

  /// Keeps a lease that came with an assignment.
  ///
  /// @throws ProtocolException when it is not for this user, or not by the referee that sent it
  synchronized void keepLease(SignedEnvelope signed, NodeId referee) throws ProtocolException {
    UserLease lease = UserLease.open(signed);
    if (!lease.user().equals(self)
        || !lease.network().equals(network)
        || !lease.referee().equals(referee)) {
      throw new ProtocolException("its lease is not for this user of this network");
    }
    leases.remove(lease.inferer());
    leases.put(lease.inferer(), new Held(lease, signed));
    dropEldest(leases, LEASES_MAX);
  }

  /// The lease to show to a referee: its own, or else the newest of another one, whose inferer may
  /// have moved to it.
  synchronized Optional<SignedEnvelope> leaseFor(NodeId referee, Instant now) {
    leases.values().removeIf(held -> held.lease().until().isBefore(now));
    Comparator<Held> own = Comparator.comparing(held -> held.lease().referee().equals(referee));
    return leases.values().stream()
        .max(own.thenComparing(held -> held.lease().until()))
        .map(Held::signed);
  }

  synchronized void served(Optional<Id16> conversation, NodeId inferer) {
    if (conversation.isPresent()) {
      conversations.remove(conversation.get());
      conversations.put(conversation.get(), inferer);
      dropEldest(conversations, CONVERSATIONS_MAX);
    }
  }

  /// Who answered in this conversation last and so may still hold its beginning.
  synchronized Optional<NodeId> lastInferer(Optional<Id16> conversation) {
    return conversation.map(conversations::get);
  }

  private static <K, V> void dropEldest(Map<K, V> map, int most) {
    if (map.size() > most) {
      map.remove(map.keySet().iterator().next());
    }
  }
}
