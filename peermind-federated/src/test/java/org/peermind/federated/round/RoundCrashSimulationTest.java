// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.CommitsClosed;
import org.peermind.protocol.federated.Roster;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.federated.RoundMessage;
import org.peermind.testkit.Property;

/// A whole round by its duties alone, with participants that die and come back at any moment with
/// nothing but what they had written, messages that are lost, come twice or late, and an aggregator
/// that starts again from its transcript.
final class RoundCrashSimulationTest {
  private static final Duration TICK = Duration.ofSeconds(30);

  @Test
  void endsWithTheSurvivorsOrACleanAbort_whoeverDiesAtWhateverMoment() {
    Map<RoundClose.End, Integer> ends = new HashMap<>();
    Property.forAll(
        41,
        400,
        random -> {
          Circle circle = new Circle(3 + random.nextInt(4));
          RoundClose.End end = run(circle, random);
          ends.merge(end, 1, Integer::sum);
          Round again = Circle.accepted(Transcripts.replay(circle.transcript()));
          assertThat(again.head()).isEqualTo(circle.round.head());
          if (end == RoundClose.End.PASSED) {
            assertThat(circle.round.included().size()).isGreaterThanOrEqualTo(2);
            assertThat(circle.round.commits().keySet())
                .containsAll(circle.round.updates().keySet());
          }
        });
    assertThat(ends.get(RoundClose.End.PASSED)).isGreaterThan(50);
    assertThat(ends.get(RoundClose.End.ABORTED)).isGreaterThan(20);
  }

  private static RoundClose.End run(Circle circle, RandomGenerator random) {
    double deaths = 0.95 * random.nextDouble();
    double losses = random.nextDouble();
    List<SignedEnvelope> onItsWay = new ArrayList<>();
    Instant now = Circle.OPENED;
    for (int tick = 0; tick < 1_000; tick++) {
      now = now.plus(TICK);
      for (IdentityKey member : circle.members) {
        if (random.nextDouble() >= deaths) {
          act(circle, member, now).ifPresent(message -> onItsWay.add(message.sign(member)));
        }
      }
      deliver(circle, onItsWay, losses, random);
      if (random.nextDouble() < 0.1) { // the aggregator starts again from what it wrote
        circle.round = Circle.accepted(Transcripts.replay(circle.transcript()));
      }
      if (random.nextDouble() >= deaths) {
        lead(circle, now);
      }
      if (circle.round.end().isPresent()) {
        return circle.round.end().get().end();
      }
    }
    throw new AssertionError("the round does not end");
  }

  private static void deliver(
      Circle circle, List<SignedEnvelope> onItsWay, double losses, RandomGenerator random) {
    List<SignedEnvelope> later = new ArrayList<>();
    for (SignedEnvelope message : onItsWay) {
      double fate = random.nextDouble();
      if (fate < losses / 2) {
        continue;
      }
      if (fate < losses) {
        later.add(message);
        continue;
      }
      for (int copies = random.nextInt(2); copies >= 0; copies--) {
        if (circle.round.after(message) instanceof Round.Outcome.Accepted(Round next)) {
          circle.round = next;
        }
      }
    }
    onItsWay.clear();
    onItsWay.addAll(later);
  }

  private static Optional<RoundMessage> act(Circle circle, IdentityKey member, Instant now) {
    return switch (MemberStep.of(circle.round, member.id(), now)) {
      case MemberStep.Enrol _ -> Optional.of(circle.enrolment());
      case MemberStep.Train _ -> Optional.of(circle.commit(member));
      case MemberStep.Upload _ -> Optional.of(circle.update(member));
      case MemberStep.Evaluate _ -> Optional.of(circle.evaluation(true));
      case MemberStep.Wait _, MemberStep.Done _ -> Optional.empty();
    };
  }

  private static void lead(Circle circle, Instant now) {
    Round round = circle.round;
    switch (AggregatorStep.of(round, now)) {
      case AggregatorStep.CloseEnrolment(Instant until) ->
          circle.say(circle.aggregator, new Roster(round.id(), round.head(), until));
      case AggregatorStep.CloseCommits(Instant until) ->
          circle.say(circle.aggregator, new CommitsClosed(round.id(), round.head(), until));
      case AggregatorStep.Aggregate(Instant until) -> {
        Map<NodeId, byte[]> given = new HashMap<>(circle.vectors);
        given.keySet().retainAll(round.updates().keySet());
        RoundAggregate made = (RoundAggregate) circle.aggregated();
        circle.say(
            circle.aggregator,
            new RoundAggregate(
                made.round(),
                made.previous(),
                UpdateCheck.exclusions(round.descriptor(), given),
                made.vector(),
                made.state(),
                made.adapter(),
                made.items(),
                made.itemsSalt(),
                until));
      }
      case AggregatorStep.Close(RoundClose.End end, String reason) ->
          circle.say(circle.aggregator, new RoundClose(round.id(), round.head(), end, reason));
      case AggregatorStep.Wait _, AggregatorStep.Done _ -> {}
    }
  }
}
