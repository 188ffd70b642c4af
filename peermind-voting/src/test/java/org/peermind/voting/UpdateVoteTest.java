// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.UpdateBallot;
import org.peermind.protocol.governance.UpdateCandidate;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.testkit.Property;

/// Federated updates that come into use by the voters' word.
final class UpdateVoteTest {
  private static final Rules RULES = Rules.bootstrap(List.of("Apache-2.0")).votingOnUpdates();
  private static final Optional<Digest> NONE = Optional.empty();

  private final Town town = new Town(5, RULES);
  private final UpdateCheckpoint first = update(town, 1, NONE, "first");

  private static UpdateCheckpoint update(
      Town town, long number, Optional<Digest> former, String adapter) {
    return new UpdateCheckpoint(
        town.genesis(),
        number,
        Town.OLD,
        former,
        Optional.of(Town.digest(adapter)),
        4_096,
        Town.digest("transcript " + number),
        "It passed its gate.");
  }

  private Digest putForward() {
    return town.says(town.writer, new UpdateCandidate(first));
  }

  private UpdateBallot ballot(Digest candidate, boolean accept) {
    return new UpdateBallot(town.genesis(), candidate, accept, "It was tried.");
  }

  private void votes(Digest candidate, int voter, boolean accept) {
    town.says(town.voters.get(voter), ballot(candidate, accept));
  }

  private String refused(IdentityKey author, UpdateBallot ballot) {
    return town.refuses(author, ballot).sentence();
  }

  private UpdateVote.Standing standing() {
    return town.governance.updateVote().orElseThrow().standing(town.now);
  }

  @Test
  void anUpdateIsNotInUseBeforeItsVote_andIsOnceMoreThanHalfOfAllAcceptedIt() {
    Digest candidate = putForward();
    assertThat(town.governance.checkpoint()).isEmpty();
    assertThat(town.governance.newestRound()).isEqualTo(1);
    assertThat(town.refuses(town.writer, first).sentence())
        .startsWith("0 of 5 voters accepted the update of round 1, 0 refused it; they have until");

    votes(candidate, 0, true);
    votes(candidate, 1, true);
    assertThat(standing()).isEqualTo(UpdateVote.Standing.OPEN);
    votes(candidate, 2, true);
    assertThat(standing()).isEqualTo(UpdateVote.Standing.ACCEPTED);
    town.says(town.writer, first);
    assertThat(town.governance.checkpoint()).contains(first);
    assertThat(refused(town.voters.get(3), ballot(candidate, false)))
        .isEqualTo("The vote on this update is over.");
  }

  @Test
  void anUpdateThatHalfOfAllRefused_neverComesIntoUse() {
    Digest candidate = putForward();
    votes(candidate, 0, false);
    votes(candidate, 1, true);
    votes(candidate, 2, false);
    assertThat(standing()).isEqualTo(UpdateVote.Standing.OPEN);
    votes(candidate, 3, false);
    assertThat(standing()).isEqualTo(UpdateVote.Standing.REJECTED);
    town.now = town.now.plus(Town.STEP).plus(Town.STEP);
    assertThat(town.refuses(town.writer, first).sentence())
        .isEqualTo(
            "1 of 5 voters accepted the update of round 1, 3 refused it; it is not adopted.");

    UpdateCheckpoint next = update(town, 2, NONE, "second");
    town.says(town.writer, new UpdateCandidate(next));
    assertThat(town.governance.updateVote().orElseThrow().update()).isEqualTo(next);
  }

  @Test
  void atTheDeadlineAMajorityOfThoseWhoVotedDecides_ifThereAreEnough() {
    Town large = new Town(9, RULES);
    UpdateCheckpoint update = update(large, 1, NONE, "adapter");
    Digest candidate = large.says(large.writer, new UpdateCandidate(update));
    assertThat(large.governance.updateVote().orElseThrow().supportersAsked()).isEqualTo(5);
    for (int voter = 0; voter < 4; voter++) {
      large.says(
          large.voters.get(voter), new UpdateBallot(large.genesis(), candidate, true, "good"));
    }
    large.now = large.now.plus(Town.STEP);
    assertThat(large.refuses(large.writer, update).sentence()).endsWith("it is not adopted.");

    Town grown = new Town(100, RULES);
    UpdateCheckpoint other = update(grown, 1, NONE, "adapter");
    Digest one = grown.says(grown.writer, new UpdateCandidate(other));
    for (int voter = 0; voter < 16; voter++) {
      boolean accept = voter != 3;
      grown.says(grown.voters.get(voter), new UpdateBallot(grown.genesis(), one, accept, "word"));
    }
    assertThat(grown.refuses(grown.writer, other).sentence()).contains("they have until");
    grown.now = grown.now.plus(Town.STEP);
    grown.says(grown.writer, other);
    assertThat(grown.governance.checkpoint()).contains(other);
  }

  @Test
  void aVoterMayChangeItsMind_whichIsNoSecondVoice() {
    Digest candidate = putForward();
    votes(candidate, 0, true);
    assertThat(refused(town.voters.getFirst(), ballot(candidate, true)))
        .isEqualTo("The author's last ballot says the same.");
    votes(candidate, 0, false);
    UpdateVote vote = town.governance.updateVote().orElseThrow();
    assertThat(vote.accepting()).isZero();
    assertThat(vote.refusing()).isEqualTo(1);
    for (int change = 0; change < 6; change++) {
      votes(candidate, 0, change % 2 == 0);
    }
    assertThat(refused(town.voters.getFirst(), ballot(candidate, true)))
        .isEqualTo("The author changed its ballot often enough.");
  }

  @Test
  void strangersLateBallotsAndBallotsAboutSomethingElse_areRefused() {
    Digest candidate = putForward();
    assertThat(refused(Town.newKey(), ballot(candidate, true)))
        .isEqualTo("The author does not belong to this network.");
    assertThat(refused(town.voters.getFirst(), ballot(Town.digest("another"), true)))
        .isEqualTo("No such update waits for votes.");
    UpdateBallot elsewhere =
        new UpdateBallot(Town.digest("another network"), candidate, true, "good");
    assertThat(refused(town.voters.getFirst(), elsewhere))
        .isEqualTo("This record is of another network.");
    town.now = town.now.plus(Town.STEP);
    assertThat(refused(town.voters.getFirst(), ballot(candidate, true)))
        .isEqualTo("The vote on this update is over.");
  }

  @Test
  void onlyTheWriterPutsForward_oneAtATime_andWhatFollowsTheUpdateInUse() {
    UpdateCandidate candidate = new UpdateCandidate(first);
    assertThat(town.refuses(town.voters.getFirst(), candidate).sentence())
        .isEqualTo("Only the writer of the ledger may say this.");
    putForward();
    assertThat(
            town.refuses(town.writer, new UpdateCandidate(update(town, 2, NONE, "2"))).sentence())
        .isEqualTo("Another update waits for votes.");
    town.now = town.now.plus(Town.STEP);
    assertThat(
            town.refuses(
                    town.writer,
                    new UpdateCandidate(
                        update(town, 2, Optional.of(Town.digest("first")), "second")))
                .sentence())
        .isEqualTo("This update does not follow the one in use.");
    assertThat(town.refuses(town.writer, candidate).sentence())
        .isEqualTo("A later round is in the ledger already.");
  }

  @Test
  void anUpdateThatWasUndoneAfterItsVote_needsAnotherOneToComeBack() {
    Digest candidate = putForward();
    for (int voter = 0; voter < 3; voter++) {
      votes(candidate, voter, true);
    }
    town.says(town.writer, first);
    town.says(town.writer, town.governance.undoing("It is rude.").orElseThrow());
    assertThat(town.governance.checkpoint()).isEmpty();
    assertThat(town.refuses(town.writer, first).sentence())
        .isEqualTo("Only the newest update is undone.");
  }

  @Test
  void whereTheGateAdopts_nobodyIsAsked() {
    Town gated = new Town(3);
    UpdateCheckpoint update = update(gated, 1, NONE, "adapter");
    assertThat(gated.refuses(gated.writer, new UpdateCandidate(update)).sentence())
        .isEqualTo("This network does not vote on its updates.");
    gated.says(gated.writer, update);
    assertThat(gated.governance.checkpoint()).contains(update);
  }

  @Test
  void whatIsDecidedEarly_isWhatTheDeadlineWouldHaveSaid() {
    Property.forAll(
        1,
        300,
        random -> {
          int voters = 1 + random.nextInt(40);
          List<Integer> places = new ArrayList<>();
          Map<Integer, UpdateVote.Voice> voices = new HashMap<>();
          for (int place = 0; place < voters; place++) {
            places.add(place);
            if (random.nextInt(4) > 0) {
              voices.put(place, new UpdateVote.Voice(random.nextBoolean(), "word", 1));
            }
          }
          UpdateVote vote =
              new UpdateVote(
                  Town.digest("id"),
                  first,
                  town.now,
                  town.now.plus(Town.STEP),
                  places,
                  voices,
                  false);
          UpdateVote.Standing early = vote.standing(town.now);
          UpdateVote.Standing late = vote.standing(vote.until());
          assertThat(late).isNotEqualTo(UpdateVote.Standing.OPEN);
          if (early != UpdateVote.Standing.OPEN) {
            assertThat(late).isEqualTo(early);
          }
          if (late == UpdateVote.Standing.ACCEPTED) {
            assertThat(vote.accepting()).isGreaterThan(vote.refusing());
          }
        });
  }
}
