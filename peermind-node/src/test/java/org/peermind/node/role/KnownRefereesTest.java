// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.node.config.NodeConfig.HostPort;
import org.peermind.node.config.NodeConfig.KnownReferee;
import org.peermind.protocol.NodeId;

class KnownRefereesTest {
  private final NodeId self = Parts.key().id();

  private static KnownReferee referee(NodeId node) {
    return new KnownReferee(node, new HostPort("192.0.2.1", 4477));
  }

  private List<NodeId> ranked(int count) {
    List<NodeId> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add(Parts.key().id());
    }
    return RefereeRanking.of(self, nodes);
  }

  /// Facts: trust. A liar draws keys until they rank first for the node that it wants to capture.
  @Test
  void prefersEveryConfiguredReferee_toLearnedOnesWhoseKeysRankHigher() {
    List<NodeId> nodes = ranked(6);
    List<NodeId> drawn = nodes.subList(0, 4);
    List<NodeId> configured = nodes.subList(4, 6);
    KnownReferees known =
        new KnownReferees(
            self, configured.stream().map(KnownRefereesTest::referee).toList(), List.of());
    known.add(drawn.stream().map(KnownRefereesTest::referee).toList());
    List<NodeId> expected = new ArrayList<>(configured);
    expected.addAll(drawn);
    assertThat(known.byRank()).isEqualTo(expected);
  }

  @Test
  void keepsTheConfiguredAddress_whateverOthersSay() {
    NodeId configured = Parts.key().id();
    KnownReferees known = new KnownReferees(self, List.of(referee(configured)), List.of());
    KnownReferee elsewhere = new KnownReferee(configured, new HostPort("198.51.100.7", 1));
    assertThat(known.add(List.of(elsewhere))).isEmpty();
    assertThat(known.find(configured)).contains(referee(configured));
  }

  @Test
  void learnsNoMore_thanSixteenAltogether() {
    List<NodeId> nodes = ranked(20);
    KnownReferees known = new KnownReferees(self, List.of(referee(nodes.getFirst())), List.of());
    known.add(nodes.stream().map(KnownRefereesTest::referee).toList());
    assertThat(known.byRank()).hasSize(KnownReferees.REFEREES_MAX);
    assertThat(known.learned()).hasSize(KnownReferees.REFEREES_MAX - 1);
  }
}
