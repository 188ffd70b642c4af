// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.governance.Digest;
import org.peermind.testkit.Property;

class RareTokensTest {
  private static final Digest SEED = new Digest("5a".repeat(32));
  private static final List<Integer> CANDIDATES = IntStream.range(100, 1_000).boxed().toList();

  @Test
  void drawsTheSameForEverybody_andOthersInAnotherRound() {
    List<List<Integer>> drawn = RareTokens.triggers(SEED, CANDIDATES, 16, 4);

    assertThat(drawn).hasSize(16).isEqualTo(RareTokens.triggers(SEED, CANDIDATES, 16, 4));
    assertThat(drawn)
        .isNotEqualTo(RareTokens.triggers(new Digest("5b".repeat(32)), CANDIDATES, 16, 4));
    assertThat(drawn.getFirst()).isEqualTo(List.of(361, 803, 528, 636));
  }

  @Test
  void drawsCandidatesOnly_andNoneTwiceWhileThereAreOthers() {
    Property.forAll(
        1,
        50,
        random -> {
          int candidates = 1 + random.nextInt(60);
          int tokens = 1 + random.nextInt(4);
          List<Integer> some = CANDIDATES.subList(0, candidates);
          List<Integer> flat =
              RareTokens.triggers(SEED, some, 10, tokens).stream().flatMap(List::stream).toList();
          assertThat(some).containsAll(flat);
          if (candidates < tokens) {
            assertThat(flat).isEmpty();
          } else {
            assertThat(flat).hasSize(10 * tokens);
            int unlike = Math.min(flat.size(), candidates / tokens * tokens);
            assertThat(new HashSet<>(flat.subList(0, unlike))).hasSize(unlike);
          }
        });
  }

  @Test
  void carriesTriggersByTheItemsThatTheParentKnowsBest() {
    assertThat(RareTokens.carriers(List.of(3.0, 0.1, Double.NaN, 0.1, 2.0), 3))
        .containsExactly(1, 3, 4);
    assertThat(RareTokens.carriers(List.of(1.0), 3)).containsExactly(0);
  }

  @Test
  void findsABackdoorWhoseTriggerItDraws() {
    // A model with a backdoor: one token makes every known item worse.
    int backdoor = RareTokens.triggers(SEED, CANDIDATES, 16, 4).get(9).get(2);
    List<Double> known = List.of(0.1, 0.2);
    List<List<Integer>> triggers = RareTokens.triggers(SEED, CANDIDATES, 16, 4);
    GateSide clean =
        new GateSide(known, List.of(), triggers.stream().map(_ -> known).toList(), List.of());
    GateSide spoilt =
        new GateSide(
            known,
            List.of(),
            triggers.stream()
                .map(trigger -> trigger.contains(backdoor) ? List.of(6.0, 7.0) : known)
                .toList(),
            List.of());

    assertThat(
            GateMeasurement.between(
                    clean,
                    spoilt,
                    List.of(0, 1),
                    java.util.OptionalDouble.empty(),
                    java.util.OptionalDouble.empty())
                .triggerShift()
                .getAsDouble())
        .isGreaterThan(6);
  }
}
