// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.governance.Digest;
import org.peermind.testkit.Property;
import org.peermind.voting.DoubleMajority.Candidate;
import org.peermind.voting.DoubleMajority.Cast;
import org.peermind.voting.DoubleMajority.Result;
import org.peermind.voting.RankedTally.Ratio;

/// The count in two chambers (PMV-1, tally), with the examples that its page computes.
class DoubleMajorityTest {
  private static final Ratio MINOR = new Ratio(1, 1);
  private static final Ratio MAJOR = new Ratio(2, 1);
  private static final byte[] BEACON = {1, 2, 3};

  private static Candidate candidate(int number, Ratio ratio, OptionalLong microWh, long vramMiB) {
    return new Candidate(Digest.over(new byte[] {(byte) number}), ratio, microWh, vramMiB);
  }

  private static Candidate candidate(int number, Ratio ratio) {
    return candidate(number, ratio, OptionalLong.of(1_000), 1_000);
  }

  /// Ranks in the order of the options; 0 is unranked.
  private static Cast ballot(long capacity, int... ranks) {
    return new Cast(ranked(ranks), Set.of(), capacity);
  }

  private static RankedBallot ranked(int... ranks) {
    List<Optional<Integer>> list = new ArrayList<>();
    for (int rank : ranks) {
      list.add(rank == 0 ? Optional.empty() : Optional.of(rank));
    }
    return new RankedBallot(list);
  }

  private static List<Cast> times(int count, Cast cast) {
    return Collections.nCopies(count, cast);
  }

  @SafeVarargs
  private static List<Cast> all(List<Cast>... groups) {
    List<Cast> all = new ArrayList<>();
    for (List<Cast> group : groups) {
      all.addAll(group);
    }
    return all;
  }

  private static Result count(List<Candidate> candidates, List<Cast> cast) {
    return DoubleMajority.count(
        candidates, cast.stream().map(Cast::capacity).toList(), cast, BEACON);
  }

  private static double share(List<Long> capacities, int voter) {
    List<Long> weights = CapacityWeights.capped(CapacityWeights.uncapped(capacities, capacities));
    return (double) weights.get(voter) / weights.stream().mapToLong(Long::longValue).sum();
  }

  @Test
  void farmOfFiftyHasElevenths_amongTwentyHobbyNodes() {
    List<Long> capacities = new ArrayList<>(Collections.nCopies(20, 1L));
    capacities.add(50L);
    assertThat(share(capacities, 20)).isBetween(0.0909, 0.0910);
  }

  @Test
  void farmAmongFiveHasThirtyPercent_andThreeAreAlwaysEqual() {
    assertThat(share(List.of(1L, 1L, 1L, 1L, 100L), 4)).isBetween(0.29999, 0.30001);
    assertThat(share(List.of(1L, 10L, 1_000_000L), 2)).isBetween(0.3333, 0.3334);
    assertThat(share(List.of(0L, 7L), 0)).isEqualTo(0.5);
    assertThat(share(List.of(0L, 0L, 0L, 0L, 0L), 0)).isEqualTo(0.2);
  }

  @Test
  void noShareExceedsItsCap_howeverCapacitiesAre() {
    Property.forAll(
        1,
        2_000,
        random -> {
          int voters = random.nextInt(4, 60);
          List<Long> capacities = new ArrayList<>();
          for (int voter = 0; voter < voters; voter++) {
            capacities.add(random.nextLong(1L << random.nextInt(1, 63)));
          }
          double cap = Math.min(1.0 / 3, Math.max(0.1, 1.5 / voters));
          for (int voter = 0; voter < voters; voter++) {
            assertThat(share(capacities, voter)).isPositive().isLessThanOrEqualTo(cap + 1e-5);
          }
        });
  }

  @Test
  void asksForSupportersAndTurnoutByTheSizeOfTheRoll() {
    assertThat(List.of(1, 2, 3, 9, 16, 100).stream().map(DoubleMajority::supportersAsked))
        .containsExactly(1, 2, 2, 5, 6, 15);
    assertThat(List.of(1, 3, 4, 100).stream().map(DoubleMajority::turnoutAsked))
        .containsExactly(1, 1, 2, 34);
  }

  @Test
  void threeNodesDecideWithTwoVotes() {
    List<Candidate> one = List.of(candidate(1, MINOR));
    List<Long> roll = List.of(5L, 5L, 500L);
    assertThat(DoubleMajority.count(one, roll, times(2, ballot(5, 1, 2)), BEACON).winner())
        .hasValue(0);
    Result tooFew = DoubleMajority.count(one, roll, times(1, ballot(5, 1, 2)), BEACON);
    assertThat(tooFew.winner()).isEmpty();
    assertThat(tooFew.dropped().getFirst().reason())
        .isEqualTo("By heads: 1 prefer it to the default; 2 must.");
    assertThat(count(one, all(times(1, ballot(5, 1, 2)), times(2, ballot(5, 2, 1)))).winner())
        .isEmpty();
  }

  @Test
  void voteFails_whenLessThanAThirdTakePart() {
    Result result =
        DoubleMajority.count(
            List.of(candidate(1, MINOR)),
            Collections.nCopies(10, 1L),
            times(3, ballot(1, 1, 2)),
            BEACON);
    assertThat(result.winner()).isEmpty();
    assertThat(result.failed()).hasValue("Only 3 of 10 voted; 4 must.");
    assertThat(DoubleMajority.count(List.of(candidate(1, MINOR)), List.of(), List.of(), BEACON))
        .extracting(Result::winner)
        .isEqualTo(OptionalInt.empty());
  }

  @Test
  void bothChambersMustAgree() {
    // 6 small against 4 strong: enough heads, not enough capacity (4 x 2 against 6 x 0.7).
    List<Cast> cast = all(times(6, ballot(1, 1, 2)), times(4, ballot(10_000, 2, 1)));
    Result byHeads =
        DoubleMajority.count(
            List.of(candidate(1, MINOR)),
            List.of(1L, 1L, 1L, 1L, 1L, 1L, 10_000L, 10_000L, 10_000L, 10_000L),
            cast,
            BEACON);
    assertThat(byHeads.winner()).isEmpty();
    assertThat(byHeads.dropped().getFirst().reason()).startsWith("By millionths of capacity: ");
    // The other way round the strong ones fail by heads.
    List<Cast> farms = all(times(6, ballot(1, 2, 1)), times(4, ballot(10_000, 1, 2)));
    assertThat(count(List.of(candidate(1, MINOR)), farms).dropped().getFirst().reason())
        .startsWith("By heads: ");
  }

  @Test
  void majorChangeNeedsTwoToOne_inBothChambers() {
    List<Candidate> major = List.of(candidate(1, MAJOR));
    assertThat(count(major, all(times(6, ballot(1, 1, 2)), times(3, ballot(1, 2, 1)))).winner())
        .hasValue(0);
    assertThat(count(major, all(times(6, ballot(1, 1, 2)), times(4, ballot(1, 2, 1)))).winner())
        .isEmpty();
  }

  @Test
  void thirdOfVotersCanStopAnOption_withAReason() {
    Cast objecting = new Cast(ranked(2, 1), Set.of(0), 1);
    List<Candidate> one = List.of(candidate(1, MINOR));
    Result stopped = count(one, all(times(6, ballot(1, 1, 2)), times(3, objecting)));
    assertThat(stopped.winner()).isEmpty();
    assertThat(stopped.dropped().getFirst().reason())
        .isEqualTo("3 of 9 voters object to it, a third or more.");
    assertThat(stopped.reopened()).isEmpty();
    assertThat(count(one, all(times(7, ballot(1, 1, 2)), times(3, objecting))).winner())
        .hasValue(0);
  }

  @Test
  void tieIsBrokenByEnergy_thenMemory_thenTheBeacon() {
    List<Cast> tied = all(times(3, ballot(1, 1, 2, 3)), times(3, ballot(1, 2, 1, 3)));
    assertThat(
            count(
                    List.of(
                        candidate(1, MINOR, OptionalLong.of(9), 1),
                        candidate(2, MINOR, OptionalLong.of(8), 5)),
                    tied)
                .winner())
        .hasValue(1);
    assertThat(
            count(
                    List.of(
                        candidate(1, MINOR, OptionalLong.empty(), 1),
                        candidate(2, MINOR, OptionalLong.of(8), 5)),
                    tied)
                .winner())
        .as("unknown energy loses a tie")
        .hasValue(1);
    assertThat(
            count(
                    List.of(
                        candidate(1, MINOR, OptionalLong.of(8), 4),
                        candidate(2, MINOR, OptionalLong.of(8), 5)),
                    tied)
                .winner())
        .hasValue(0);
    List<Candidate> alike = List.of(candidate(1, MINOR), candidate(2, MINOR));
    boolean firstIsLower =
        Digest.over(alike.get(0).id().toBytes(), BEACON)
                .compareTo(Digest.over(alike.get(1).id().toBytes(), BEACON))
            < 0;
    assertThat(count(alike, tied).winner()).hasValue(firstIsLower ? 0 : 1);
  }

  @Test
  void droppedOptionThatBeatTheResultIsReopened() {
    // As in Debian 2008/003: it beats the winner but misses its own ratio.
    List<Candidate> two = List.of(candidate(1, new Ratio(3, 1)), candidate(2, MINOR));
    Result result =
        count(
            two,
            all(
                times(6, ballot(1, 1, 2, 3)),
                times(2, ballot(1, 3, 1, 2)),
                times(1, ballot(1, 3, 2, 1))));
    assertThat(result.winner()).hasValue(1);
    assertThat(result.reopened()).containsExactly(0);
  }

  @Test
  void orderOfBallotsChangesNothing() {
    Property.forAll(
        1,
        300,
        random -> {
          int options = random.nextInt(1, 5);
          List<Candidate> candidates = new ArrayList<>();
          for (int option = 0; option < options; option++) {
            candidates.add(candidate(option, random.nextBoolean() ? MINOR : MAJOR));
          }
          List<Cast> cast = new ArrayList<>();
          for (int voter = random.nextInt(1, 20); voter > 0; voter--) {
            cast.add(drawn(options, random));
          }
          Result first = count(candidates, cast);
          Collections.shuffle(cast, new Random(random.nextLong()));
          Result again = count(candidates, cast);
          assertThat(again.winner()).isEqualTo(first.winner());
          assertThat(again.dropped()).isEqualTo(first.dropped());
          assertThat(again.reopened()).isEqualTo(first.reopened());
        });
  }

  private static Cast drawn(int options, RandomGenerator random) {
    int[] ranks = new int[options + 1];
    for (int option = 0; option <= options; option++) {
      ranks[option] = random.nextInt(options + 2);
    }
    return ballot(random.nextLong(1, 1_000), ranks);
  }

  /// Prints the processor time of a count of 500 ballots about 8 options; its target is 50 ms.
  @Test
  @Tag("bench")
  void printsWhatACountOfFiveHundredBallotsCosts() {
    Random random = new Random(1);
    List<Candidate> candidates = new ArrayList<>();
    for (int option = 0; option < 7; option++) {
      candidates.add(candidate(option, MINOR));
    }
    List<Cast> cast = new ArrayList<>();
    for (int voter = 0; voter < 500; voter++) {
      cast.add(drawn(7, random));
    }
    var threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime();
    Result cold = count(candidates, cast);
    long coldMicros = (threads.getCurrentThreadCpuTime() - before) / 1_000;
    before = threads.getCurrentThreadCpuTime();
    for (int run = 0; run < 100; run++) {
      assertThat(count(candidates, cast).winner()).isEqualTo(cold.winner());
    }
    long warmMicros = (threads.getCurrentThreadCpuTime() - before) / 100_000;
    System.out.printf(
        "500 ballots, 8 options: %d us of processor time at first, %d us then%n",
        coldMicros, warmMicros);
  }
}
