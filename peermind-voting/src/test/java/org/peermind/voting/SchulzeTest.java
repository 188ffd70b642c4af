// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;
import org.peermind.voting.PairwiseMatrix.Weighted;

final class SchulzeTest {
  /// Ballots such as `5 acbed`, all options ranked.
  private static PairwiseMatrix matrix(int options, String... ballots) {
    List<Weighted> weighted = new ArrayList<>();
    for (String ballot : ballots) {
      String[] parts = ballot.split(" ", 2);
      List<Optional<Integer>> ranks =
          IntStream.range(0, options)
              .mapToObj(option -> Optional.of(parts[1].indexOf('a' + option) + 1))
              .toList();
      weighted.add(new Weighted(new RankedBallot(ranks), Long.parseLong(parts[0])));
    }
    return PairwiseMatrix.of(options, weighted);
  }

  private static List<Integer> winners(PairwiseMatrix matrix) {
    return Schulze.winners(matrix, IntStream.range(0, matrix.options()).boxed().toList());
  }

  @Test
  void electsE_inTheExampleOfWikipedia() {
    PairwiseMatrix counted =
        matrix(
            5, "5 acbed", "5 adecb", "8 bedac", "3 cabed", "7 caebd", "2 cbade", "7 dceba",
            "8 ebadc");

    assertThat(counted.preferring(0, 1)).isEqualTo(20);
    assertThat(counted.preferring(4, 3)).isEqualTo(31);
    assertThat(winners(counted)).containsExactly(4);
  }

  @Test
  void electsD_inTheFirstExampleOfSchulzesPaper() {
    PairwiseMatrix counted = matrix(4, "8 acdb", "2 badc", "4 cdba", "4 dbac", "3 dcba");

    assertThat(counted.preferring(0, 2)).isEqualTo(14);
    assertThat(counted.preferring(3, 1)).isEqualTo(19);
    assertThat(winners(counted)).containsExactly(3);
  }

  @Test
  void electsTheOneWhoBeatsAllOthers_wheneverThereIsOne() {
    Property.forAll(
        7100,
        500,
        random -> {
          PairwiseMatrix counted = random(random, random.nextInt(2, 7));
          for (int option = 0; option < counted.options(); option++) {
            int candidate = option;
            boolean beatsAll =
                IntStream.range(0, counted.options())
                    .filter(other -> other != candidate)
                    .allMatch(other -> counted.defeats(candidate, other));
            if (beatsAll) {
              assertThat(winners(counted)).containsExactly(candidate);
            }
          }
        });
  }

  @Test
  void electsTheSame_asDroppingTheWeakestDefeatsOfTheSchwartzSet() {
    Property.forAll(
        7200,
        2_000,
        random -> {
          PairwiseMatrix counted = random(random, random.nextInt(2, 8));
          assertThat(winners(counted)).isEqualTo(SchwartzDropping.winners(counted));
        });
  }

  private static PairwiseMatrix random(RandomGenerator random, int options) {
    List<Weighted> ballots = new ArrayList<>();
    int count = random.nextInt(1, 40);
    for (int ballot = 0; ballot < count; ballot++) {
      List<Optional<Integer>> ranks = new ArrayList<>();
      for (int option = 0; option < options; option++) {
        ranks.add(
            random.nextInt(5) == 0
                ? Optional.empty()
                : Optional.of(random.nextInt(1, options + 1)));
      }
      ballots.add(new Weighted(new RankedBallot(ranks), random.nextInt(1, 5)));
    }
    return PairwiseMatrix.of(options, ballots);
  }
}
