// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.CommitsClosed;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.GateTerms;
import org.peermind.protocol.federated.Lesson;
import org.peermind.protocol.federated.OuterChoice;
import org.peermind.protocol.federated.Roster;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.RoundEvaluation;
import org.peermind.protocol.federated.RoundMessage;
import org.peermind.protocol.federated.RuleChoice;
import org.peermind.protocol.federated.SubspaceChoice;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.federated.UpdateCommit;
import org.peermind.protocol.governance.Digest;

/// An aggregator, members with keys, and a round between them that a test leads.
final class Circle {
  static final Instant OPENED = Instant.parse("2026-06-21T10:00:00Z");
  static final int LENGTH = 6;

  private static final SecureRandom SECRETS = new SecureRandom();

  final IdentityKey aggregator = IdentityKey.generate(SECRETS);
  final List<IdentityKey> members = new ArrayList<>();
  final Map<NodeId, byte[]> vectors = new HashMap<>();
  Round round;

  Circle(int count) {
    for (int member = 0; member < count; member++) {
      IdentityKey key = IdentityKey.generate(SECRETS);
      members.add(key);
      int[] numbers = new int[LENGTH];
      for (int index = 0; index < LENGTH; index++) {
        numbers[index] = 100 * member + index + 1;
      }
      vectors.put(key.id(), FixedPoint.toBytes(numbers));
    }
    round = accepted(Round.begin(descriptor(2, 8).sign(aggregator)));
  }

  static Digest digest(String text) {
    return Digest.over(text.getBytes(StandardCharsets.UTF_8));
  }

  static RoundDescriptor descriptor(int least, int most) {
    Digest commitment = Digest.over(digest("salt").toBytes(), digest("items").toBytes());
    return new RoundDescriptor(
        digest("genesis"),
        1,
        new ModelHash(digest("model").hex()),
        Optional.empty(),
        new SubspaceChoice(digest("seed"), 2, List.of("attn_q"), LENGTH),
        20,
        1_000_000,
        new RuleChoice(RuleChoice.Kind.WEIGHTED_MEAN, 0, 0, 0, 0, 0),
        new OuterChoice(OuterChoice.Kind.PLAIN, 1_000_000, 0, 0, 0),
        new Lesson(20, 4, 64, 1_000_000, 0, 2),
        new GateTerms(commitment, 10, 0, 500, 900, 1_100, 0, 500),
        new RoundDescriptor.Company(least, most),
        new RoundDescriptor.Timetable(
            OPENED,
            Duration.ofMinutes(5),
            Duration.ofMinutes(10),
            Duration.ofHours(2),
            Duration.ofMinutes(5),
            Duration.ofMinutes(15)));
  }

  static Round accepted(Round.Outcome outcome) {
    assertThat(outcome).isInstanceOf(Round.Outcome.Accepted.class);
    return ((Round.Outcome.Accepted) outcome).round();
  }

  static String refused(Round.Outcome outcome) {
    assertThat(outcome).isInstanceOf(Round.Outcome.Refused.class);
    return ((Round.Outcome.Refused) outcome).sentence();
  }

  void say(IdentityKey author, RoundMessage message) {
    round = accepted(round.after(message.sign(author)));
  }

  Round.Outcome tried(IdentityKey author, RoundMessage message) {
    return round.after(message.sign(author));
  }

  RoundMessage enrolment() {
    return new Enrolment(
        round.id(), round.stepHead(), Enrolment.Method.GRADIENT, 1, Duration.ofMinutes(20));
  }

  RoundMessage commit(IdentityKey member) {
    return new UpdateCommit(
        round.id(),
        round.stepHead(),
        UpdateCommit.commitment(round.id(), member.id(), vector(member)),
        new UpdateCommit.Training(20, 5_000, 2_000_000, 1_500_000, OptionalLong.empty()));
  }

  Digest vector(IdentityKey member) {
    return Digest.over(Objects.requireNonNull(vectors.get(member.id())));
  }

  RoundMessage update(IdentityKey member) {
    return new Update(round.id(), round.stepHead(), vector(member));
  }

  RoundMessage evaluation(boolean passed) {
    return new RoundEvaluation(
        round.id(),
        round.stepHead(),
        20,
        1_500_000,
        1_400_000,
        passed,
        passed ? List.of() : List.of("The loss rose."));
  }

  RoundMessage roster() {
    return new Roster(round.id(), round.head(), OPENED.plus(Duration.ofMinutes(30)));
  }

  RoundMessage commitsClosed() {
    return new CommitsClosed(round.id(), round.head(), OPENED.plus(Duration.ofMinutes(40)));
  }

  RoundMessage aggregated(RoundAggregate.Exclusion... exclusions) {
    return new RoundAggregate(
        round.id(),
        round.head(),
        List.of(exclusions),
        digest("aggregate"),
        digest("state"),
        digest("adapter"),
        digest("items"),
        digest("salt"),
        OPENED.plus(Duration.ofMinutes(55)));
  }

  RoundMessage closed(RoundClose.End end) {
    return new RoundClose(round.id(), round.head(), end, "because");
  }

  void enrolled() {
    members.forEach(member -> say(member, enrolment()));
    say(aggregator, roster());
  }

  void trained() {
    enrolled();
    members.forEach(member -> say(member, commit(member)));
    say(aggregator, commitsClosed());
  }

  void given() {
    trained();
    members.forEach(member -> say(member, update(member)));
    say(aggregator, aggregated());
  }

  void evaluated() {
    given();
    members.forEach(member -> say(member, evaluation(true)));
    say(aggregator, closed(RoundClose.End.PASSED));
  }

  List<SignedEnvelope> transcript() {
    return round.transcript();
  }
}
