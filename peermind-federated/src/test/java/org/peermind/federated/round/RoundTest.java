// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.peermind.federated.round.Circle.accepted;
import static org.peermind.federated.round.Circle.refused;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.federated.UpdateCommit;

/// What belongs into a round and what does not.
final class RoundTest {
  private final Circle circle = new Circle(3);
  private final IdentityKey ada = circle.members.getFirst();
  private final IdentityKey ben = circle.members.get(1);

  @Test
  void runsFromTheDescriptorToThePassedGate() {
    circle.evaluated();
    assertThat(circle.round.step()).isEqualTo(Round.Step.CLOSED);
    assertThat(circle.round.end().orElseThrow().end()).isEqualTo(RoundClose.End.PASSED);
    assertThat(circle.round.included()).hasSize(3);
    Round again = accepted(Transcripts.replay(circle.transcript()));
    assertThat(again.head()).isEqualTo(circle.round.head());
  }

  @Test
  void refusesAChangedBit_anywhereInATranscript() throws Exception {
    circle.evaluated();
    List<SignedEnvelope> transcript = circle.transcript();
    int tried = 0;
    for (int index = 0; index < transcript.size(); index++) {
      byte[] bytes = transcript.get(index).wire().toByteArray();
      for (int bit = 0; bit < bytes.length * 8; bit += 7) {
        byte[] changed = bytes.clone();
        changed[bit / 8] ^= (byte) (1 << (bit % 8));
        assertThat(survives(transcript, index, changed))
            .as("message %s, bit %s", index, bit)
            .isFalse();
        tried++;
      }
    }
    assertThat(tried).isGreaterThan(3_000);
  }

  private boolean survives(List<SignedEnvelope> transcript, int index, byte[] changed) {
    try {
      List<SignedEnvelope> other = new ArrayList<>(transcript);
      other.set(index, SignedEnvelope.ofBytes(changed));
      return Transcripts.replay(other) instanceof Round.Outcome.Accepted(Round round)
          && round.head().equals(circle.round.head());
    } catch (ProtocolException unreadable) {
      return false;
    }
  }

  @Test
  void refusesMessagesThatAreMissingOrSwapped() {
    circle.evaluated();
    for (int index = 0; index < circle.transcript().size() - 1; index++) {
      List<SignedEnvelope> without = new ArrayList<>(circle.transcript());
      without.remove(index);
      assertThat(Transcripts.replay(without)).isInstanceOf(Round.Outcome.Refused.class);
      List<SignedEnvelope> swapped = new ArrayList<>(circle.transcript());
      swapped.add(index, swapped.remove(index + 1));
      assertThat(Transcripts.replay(swapped)).isInstanceOf(Round.Outcome.Refused.class);
    }
  }

  @Test
  void refusesReplaysFromAnotherRound() {
    Circle other = new Circle(0);
    other.round = accepted(Round.begin(Circle.descriptor(1, 8).sign(circle.aggregator)));
    circle.say(ada, circle.enrolment());
    assertThat(refused(circle.tried(ben, other.enrolment())))
        .isEqualTo("This message is of another round.");
  }

  @Test
  void refusesWhatComesLateOrEarlyOrTwice() {
    assertThat(refused(circle.tried(ada, circle.commit(ada)))).isEqualTo("It comes too early.");
    circle.say(ada, circle.enrolment());
    assertThat(refused(circle.tried(ada, circle.enrolment()))).isEqualTo("This was said already.");
    circle.say(ben, circle.enrolment());
    circle.say(circle.aggregator, circle.roster());
    assertThat(refused(circle.tried(circle.members.get(2), circle.enrolment())))
        .startsWith("It comes too late");
    circle.say(ada, circle.commit(ada));
    circle.say(ben, circle.commit(ben));
    circle.say(circle.aggregator, circle.commitsClosed());
    IdentityKey cleo = circle.members.get(2);
    assertThat(refused(circle.tried(cleo, circle.commit(cleo)))).startsWith("It comes too late");
    assertThat(refused(circle.tried(circle.members.get(2), circle.update(ada))))
        .contains("not the one that its author was bound to");
  }

  @Test
  void provesThatAMemberContradictedItself() throws Exception {
    circle.enrolled();
    circle.say(ada, circle.commit(ada));
    UpdateCommit other =
        new UpdateCommit(
            circle.round.id(),
            circle.round.stepHead(),
            Circle.digest("another"),
            ((UpdateCommit) circle.commit(ada)).training());
    Round.Outcome outcome = circle.tried(ada, other);
    assertThat(refused(outcome)).isEqualTo("Its author said something else before.");
    Contradiction proof = ((Round.Outcome.Refused) outcome).proof().orElseThrow();
    proof.prove();
    assertThatThrownBy(() -> new Contradiction(proof.first(), proof.first()).prove())
        .hasMessage("the messages say the same");
    assertThatThrownBy(() -> new Contradiction(proof.first(), circle.commit(ben).sign(ben)).prove())
        .hasMessage("the messages have two authors");
  }

  @Test
  void refusesAnUpdateUnlikeItsCommitment_andACommitmentCopiedFromAnother() {
    circle.enrolled();
    circle.say(ada, circle.commit(ada));
    UpdateCommit copied = (UpdateCommit) circle.commit(ada);
    circle.say(ben, copied);
    circle.say(circle.aggregator, circle.commitsClosed());
    circle.say(ada, circle.update(ada));
    assertThat(refused(circle.tried(ben, circle.update(ada))))
        .contains("not the one that its author was bound to");
    assertThat(refused(circle.tried(ben, circle.update(ben))))
        .contains("not the one that its author was bound to");
  }

  @Test
  void takesOnlyTheAggregatorsWordForTheSteps() {
    members().forEach(member -> circle.say(member, circle.enrolment()));
    assertThat(refused(circle.tried(ada, circle.roster())))
        .isEqualTo("Only the aggregator of the round may say this.");
  }

  @Test
  void refusesAnAggregatorWhoLeavesOutWhatWasSaid() {
    circle.enrolled();
    circle.say(ada, circle.commit(ada));
    var early = circle.commitsClosed();
    circle.say(ben, circle.commit(ben));
    assertThat(refused(circle.tried(circle.aggregator, early)))
        .isEqualTo("It does not follow what was said last.");
  }

  @Test
  void refusesToGoOnWithTooFew() {
    circle.say(ada, circle.enrolment());
    assertThat(refused(circle.tried(circle.aggregator, circle.roster())))
        .isEqualTo("Only 1 members enrolled, fewer than 2.");
    circle.say(ben, circle.enrolment());
    circle.say(circle.aggregator, circle.roster());
    circle.say(ada, circle.commit(ada));
    assertThat(refused(circle.tried(circle.aggregator, circle.commitsClosed())))
        .isEqualTo("Only 1 members trained, fewer than 2.");
    circle.say(circle.aggregator, circle.closed(RoundClose.End.ABORTED));
    assertThat(refused(circle.tried(ben, circle.commit(ben)))).isEqualTo("The round is over.");
  }

  @Test
  void refusesAnEndThatTheEvaluationsDoNotSay() {
    circle.given();
    circle.say(ada, circle.evaluation(true));
    circle.say(ben, circle.evaluation(false));
    assertThat(refused(circle.tried(circle.aggregator, circle.closed(RoundClose.End.PASSED))))
        .isEqualTo("This is not what the evaluations say.");
    circle.say(circle.aggregator, circle.closed(RoundClose.End.FAILED));
    assertThat(Verdicts.reason(circle.round))
        .isEqualTo("1 of 2 evaluations let it through: The loss rose.");
  }

  @Test
  void failsWithoutAQuorumOfEvaluations() {
    circle.given();
    circle.say(ada, circle.evaluation(true));
    assertThat(circle.round.verdict()).isEqualTo(RoundClose.End.FAILED);
    assertThat(Verdicts.reason(circle.round))
        .isEqualTo("Only 1 members evaluated it, fewer than two thirds of 3.");
  }

  @Test
  void refusesItemsThatTheDescriptorWasNotBoundTo() {
    circle.trained();
    members().forEach(member -> circle.say(member, circle.update(member)));
    RoundAggregate made = (RoundAggregate) circle.aggregated();
    RoundAggregate other =
        new RoundAggregate(
            made.round(),
            made.previous(),
            List.of(),
            made.vector(),
            made.state(),
            made.adapter(),
            Circle.digest("easier items"),
            made.itemsSalt(),
            made.evaluatingUntil());
    assertThat(refused(circle.tried(circle.aggregator, other)))
        .contains("not those that the descriptor was bound to");
  }

  @Test
  void waitsForTheMembersWhoExpectToBeDone_notForTheLast() {
    Duration[] needs = {Duration.ofMinutes(16), Duration.ofMinutes(40), Duration.ofHours(20)};
    for (int member = 0; member < 3; member++) {
      circle.say(
          circle.members.get(member),
          new Enrolment(
              circle.round.id(),
              circle.round.stepHead(),
              Enrolment.Method.GRADIENT,
              1,
              needs[member]));
    }
    assertThat(TrainingTime.until(circle.round, Circle.OPENED))
        .isEqualTo(Circle.OPENED.plus(Duration.ofMinutes(50)));
  }

  private List<IdentityKey> members() {
    return circle.members;
  }
}
