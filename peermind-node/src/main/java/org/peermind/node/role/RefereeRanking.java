// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.math.BigInteger;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Sha256;

/// The order in which one node prefers referees: the largest rendezvous hash `SHA-256(node ||
/// referee)` first (facts: network, section 5).
///
/// Every node computes its own order alone, nodes spread evenly over the referees, and a referee
/// that comes or goes moves only the nodes that have it among their first.
public final class RefereeRanking {
  private RefereeRanking() {}

  /// The referees in the order in which `node` prefers them; a node that is a referee itself comes
  /// first in its own order, because it always reaches itself.
  public static List<NodeId> of(NodeId node, Collection<NodeId> referees) {
    Map<NodeId, BigInteger> weights = new HashMap<>();
    referees.forEach(
        referee ->
            weights.put(referee, new BigInteger(1, Sha256.of(node.toBytes(), referee.toBytes()))));
    Comparator<NodeId> itselfFirst = Comparator.comparing(referee -> !referee.equals(node));
    return weights.keySet().stream()
        .sorted(
            itselfFirst
                .thenComparing(weights::get, Comparator.reverseOrder())
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }
}
