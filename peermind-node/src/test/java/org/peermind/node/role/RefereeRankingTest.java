// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.testkit.Property;

/// Facts: network, section 5: the two highest rendezvous hashes.
class RefereeRankingTest {
  private static NodeId node(Random random) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    try {
      return NodeId.ofBytes(bytes);
    } catch (ProtocolException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static List<NodeId> nodes(int count, Random random) {
    List<NodeId> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add(node(random));
    }
    return nodes;
  }

  @Test
  void isTheSameInWhateverOrderTheRefereesAreGiven() {
    Property.forAll(
        1,
        50,
        random -> {
          Random seeded = new Random(random.nextLong());
          NodeId self = node(seeded);
          List<NodeId> referees = nodes(7, seeded);
          List<NodeId> ranked = RefereeRanking.of(self, referees);
          Collections.shuffle(referees, seeded);
          assertThat(RefereeRanking.of(self, referees)).isEqualTo(ranked);
          assertThat(ranked).containsExactlyInAnyOrderElementsOf(referees);
        });
  }

  @Test
  void movesNobodyElse_whenOneRefereeGoes() {
    Property.forAll(
        2,
        50,
        random -> {
          Random seeded = new Random(random.nextLong());
          NodeId self = node(seeded);
          List<NodeId> referees = nodes(6, seeded);
          List<NodeId> expected = new ArrayList<>(RefereeRanking.of(self, referees));
          NodeId gone = referees.removeLast();
          expected.remove(gone);
          assertThat(RefereeRanking.of(self, referees)).isEqualTo(expected);
        });
  }

  @Test
  void spreadsNodesEvenly() {
    Random random = new Random(3);
    List<NodeId> referees = nodes(4, random);
    Map<NodeId, Integer> homes = new HashMap<>();
    for (int i = 0; i < 4_000; i++) {
      homes.merge(RefereeRanking.of(node(random), referees).getFirst(), 1, Integer::sum);
    }
    assertThat(homes.values())
        .hasSize(4)
        .allSatisfy(nodes -> assertThat(nodes).isBetween(850, 1_150));
  }

  @Test
  void putsARefereeFirstInItsOwnRanking() {
    Random random = new Random(4);
    List<NodeId> referees = nodes(5, random);
    referees.forEach(self -> assertThat(RefereeRanking.of(self, referees)).first().isEqualTo(self));
  }
}
