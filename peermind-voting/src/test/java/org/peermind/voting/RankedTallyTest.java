// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;
import org.peermind.voting.PairwiseMatrix.Weighted;
import org.peermind.voting.RankedTally.Dropped;
import org.peermind.voting.RankedTally.Ratio;
import org.peermind.voting.RankedTally.Threshold;

final class RankedTallyTest {
  private static final Threshold SIMPLE = new Threshold(48, new Ratio(1, 1));
  private static final Threshold THREE_TO_ONE = new Threshold(48, new Ratio(3, 1));

  /// The table that Debian's secretary published for the general resolution 2008/003.
  private static final List<List<Long>> DEBIAN_2008_003 =
      List.of(
          List.of(0L, 46L, 60L, 72L, 73L, 89L, 117L),
          List.of(281L, 0L, 160L, 160L, 171L, 177L, 224L),
          List.of(255L, 61L, 0L, 125L, 137L, 151L, 204L),
          List.of(253L, 121L, 146L, 0L, 160L, 166L, 194L),
          List.of(234L, 105L, 128L, 135L, 0L, 136L, 191L),
          List.of(220L, 118L, 134L, 125L, 134L, 0L, 180L),
          List.of(226L, 129L, 145L, 153L, 160L, 169L, 0L));

  /// The same for 2004/004; the last is further discussion.
  private static final List<List<Long>> DEBIAN_2004_004 =
      List.of(
          List.of(0L, 45L, 187L, 200L, 213L, 289L, 293L),
          List.of(301L, 0L, 271L, 257L, 273L, 322L, 339L),
          List.of(149L, 77L, 0L, 180L, 186L, 267L, 270L),
          List.of(160L, 122L, 174L, 0L, 181L, 239L, 255L),
          List.of(131L, 86L, 143L, 179L, 0L, 250L, 258L),
          List.of(65L, 55L, 74L, 116L, 83L, 0L, 155L),
          List.of(78L, 45L, 93L, 110L, 106L, 188L, 0L));

  private static RankedBallot ballot(Integer... ranks) {
    List<Optional<Integer>> given = new ArrayList<>();
    for (Integer rank : ranks) {
      given.add(rank == 0 ? Optional.empty() : Optional.of(rank));
    }
    return new RankedBallot(given);
  }

  @Test
  void givesThePublishedResult_ofAVoteWithSupermajorities() {
    RankedTally tally =
        RankedTally.of(
            List.of(
                SIMPLE,
                THREE_TO_ONE,
                THREE_TO_ONE,
                THREE_TO_ONE,
                SIMPLE,
                THREE_TO_ONE,
                Threshold.NONE),
            OptionalInt.of(6),
            PairwiseMatrix.ofRows(DEBIAN_2008_003));

    assertThat(tally.dropped().stream().map(Dropped::option)).containsExactly(0, 1, 2, 3, 5);
    assertThat(tally.dropped().get(1).reason())
        .isEqualTo(
            "224 prefer it to the default and 129 the default to it; the ratio must be 3:1 or"
                + " more");
    assertThat(tally.winners()).containsExactly(4);
  }

  @Test
  void givesThePublishedResult_ofAVoteWhereTwoOptionsReachedTheirSupermajority() {
    Threshold quorum46 = new Threshold(46, new Ratio(3, 1));
    RankedTally tally =
        RankedTally.of(
            List.of(
                quorum46,
                quorum46,
                quorum46,
                quorum46,
                quorum46,
                new Threshold(46, new Ratio(1, 1)),
                Threshold.NONE),
            OptionalInt.of(6),
            PairwiseMatrix.ofRows(DEBIAN_2004_004));

    assertThat(tally.dropped().stream().map(Dropped::option)).containsExactly(2, 3, 4, 5);
    assertThat(tally.winners()).containsExactly(1);
  }

  @Test
  void electsAnother_whereTheSupermajoritiesAreLeftOut() {
    RankedTally tally =
        RankedTally.of(
            Collections.nCopies(7, SIMPLE),
            OptionalInt.of(6),
            PairwiseMatrix.ofRows(DEBIAN_2008_003));

    assertThat(tally.dropped().stream().map(Dropped::option)).containsExactly(0);
    assertThat(tally.winners()).containsExactly(1);
  }

  @Test
  void dropsAnOption_thatMissesItsQuorumByOne() {
    List<Weighted> ballots = List.of(new Weighted(ballot(1, 2), 47));

    RankedTally missed = RankedTally.of(List.of(SIMPLE, SIMPLE), OptionalInt.of(1), ballots);
    assertThat(missed.dropped().getFirst().reason())
        .isEqualTo("47 prefer it to the default; 48 must");
    assertThat(missed.winners()).containsExactly(1);

    RankedTally reached =
        RankedTally.of(
            List.of(SIMPLE, SIMPLE), OptionalInt.of(1), List.of(new Weighted(ballot(1, 2), 48)));
    assertThat(reached.dropped()).isEmpty();
    assertThat(reached.winners()).containsExactly(0);
  }

  @Test
  void takesASupermajority_whenItIsReachedExactly_butASimpleOneOnlyWhenItIsPassed() {
    List<Threshold> two = List.of(new Threshold(0, new Ratio(2, 1)), Threshold.NONE);
    List<Threshold> one = List.of(Threshold.NONE, Threshold.NONE);

    assertThat(winners(two, 20, 10)).containsExactly(0);
    assertThat(winners(two, 19, 10)).containsExactly(1);
    assertThat(winners(one, 10, 10)).containsExactly(1);
    assertThat(winners(one, 11, 10)).containsExactly(0);
    assertThat(winners(one, 0, 0)).containsExactly(1);
  }

  private static List<Integer> winners(List<Threshold> thresholds, long weightFor, long against) {
    return RankedTally.of(
            thresholds,
            OptionalInt.of(1),
            List.of(new Weighted(ballot(1, 2), weightFor), new Weighted(ballot(2, 1), against)))
        .winners();
  }

  @Test
  void takesUnrankedOptions_asBelowAllRanked_andAlikeAmongThemselves() {
    PairwiseMatrix matrix = PairwiseMatrix.of(4, List.of(new Weighted(ballot(3, 0, 3, 0), 5)));

    assertThat(matrix.rows())
        .containsExactly(
            List.of(0L, 5L, 0L, 5L),
            List.of(0L, 0L, 0L, 0L),
            List.of(0L, 5L, 0L, 5L),
            List.of(0L, 0L, 0L, 0L));
  }

  @Test
  void leavesATie_toItsCaller() {
    RankedTally tally =
        RankedTally.of(
            Collections.nCopies(3, Threshold.NONE),
            OptionalInt.empty(),
            List.of(
                new Weighted(ballot(1, 2, 3), 4),
                new Weighted(ballot(2, 3, 1), 4),
                new Weighted(ballot(3, 1, 2), 4)));

    assertThat(tally.winners()).containsExactly(0, 1, 2);
  }

  @Test
  void countsTheSame_inWhateverOrderBallotsCome() {
    Property.forAll(
        7300,
        200,
        random -> {
          List<Weighted> ballots = new ArrayList<>();
          for (int ballot = random.nextInt(2, 30); ballot > 0; ballot--) {
            ballots.add(
                new Weighted(
                    ballot(
                        random.nextInt(5), random.nextInt(5), random.nextInt(5), random.nextInt(5)),
                    random.nextInt(4)));
          }
          List<Weighted> shuffled = new ArrayList<>(ballots);
          Collections.shuffle(shuffled, new Random(random.nextLong()));
          List<Threshold> thresholds =
              Collections.nCopies(
                  4, new Threshold(random.nextInt(6), new Ratio(random.nextInt(1, 4), 1)));

          RankedTally one = RankedTally.of(thresholds, OptionalInt.of(3), ballots);
          RankedTally other = RankedTally.of(thresholds, OptionalInt.of(3), shuffled);

          assertThat(other.winners()).isEqualTo(one.winners());
          assertThat(other.dropped()).isEqualTo(one.dropped());
          assertThat(other.matrix().rows()).isEqualTo(one.matrix().rows());
        });
  }
}
