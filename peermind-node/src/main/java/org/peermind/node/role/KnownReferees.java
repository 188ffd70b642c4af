// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.protocol.NodeId;

/// The referees that a node may attach to: those that its owner configured, and a few more that one
/// of them named. What the owner wrote is never changed by what others say. Not safe for use by
/// several threads.
public final class KnownReferees {
  /// Referees that a node knows at most.
  public static final int REFEREES_MAX = 16;

  private final NodeId self;
  private final Map<NodeId, KnownReferee> configured = new LinkedHashMap<>();
  private final Map<NodeId, KnownReferee> learned = new LinkedHashMap<>();

  /// @param configured the node itself is among them when it is a referee
  /// @param learned in an earlier run
  public KnownReferees(NodeId self, List<KnownReferee> configured, List<KnownReferee> learned) {
    this.self = self;
    configured.forEach(referee -> this.configured.put(referee.node(), referee));
    add(learned);
  }

  /// In the order in which the node prefers them. Those that others named come after all that the
  /// owner wrote down, because whoever names a referee may have drawn its key until it ranked high.
  List<NodeId> byRank() {
    List<NodeId> nodes = new ArrayList<>(RefereeRanking.of(self, configured.keySet()));
    nodes.addAll(RefereeRanking.of(self, learned.keySet()));
    return nodes;
  }

  Optional<KnownReferee> find(NodeId node) {
    KnownReferee known = configured.get(node);
    return Optional.ofNullable(known == null ? learned.get(node) : known);
  }

  /// Takes in what a referee named, as far as there is room.
  ///
  /// @return those that are new or have another address now
  List<KnownReferee> add(List<KnownReferee> named) {
    List<KnownReferee> fresh = new ArrayList<>();
    for (KnownReferee referee : named) {
      NodeId node = referee.node();
      boolean room = learned.containsKey(node) || configured.size() + learned.size() < REFEREES_MAX;
      if (room
          && !node.equals(self)
          && !configured.containsKey(node)
          && !referee.equals(learned.put(node, referee))) {
        fresh.add(referee);
      }
    }
    return fresh;
  }

  /// Those that the owner did not write down.
  List<KnownReferee> learned() {
    return List.copyOf(learned.values());
  }
}
