// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Digest;

/// Messages of rounds, drawn from a seed within their bounds, bounds included.
final class Messages {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");

  private final RandomGenerator random;

  Messages(RandomGenerator random) {
    this.random = random;
  }

  Digest digest() {
    return Digest.over(bytes());
  }

  private byte[] bytes() {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return bytes;
  }

  private <T> T one(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /// The least, the most, or one between.
  private long within(long least, long most) {
    return switch (random.nextInt(4)) {
      case 0 -> least;
      case 1 -> most;
      default -> least == most ? least : random.nextLong(least, most);
    };
  }

  private int number(int least, int most) {
    return (int) within(least, most);
  }

  private Instant time() {
    return START.plusMillis(random.nextLong(1L << 40));
  }

  private Duration period() {
    return Duration.ofMillis(within(1, RoundDescriptor.MILLIS_MAX));
  }

  private String sentence() {
    return "É".repeat(number(1, 300));
  }

  /// One of each kind that follows a descriptor.
  List<RoundMessage> all() {
    return List.of(
        enrolment(),
        new Roster(digest(), digest(), time()),
        commit(),
        new CommitsClosed(digest(), digest(), time()),
        new Update(digest(), digest(), digest()),
        aggregate(),
        evaluation(),
        new RoundClose(digest(), digest(), one(List.of(RoundClose.End.values())), sentence()));
  }

  Enrolment enrolment() {
    return new Enrolment(
        digest(),
        digest(),
        one(List.of(Enrolment.Method.values())),
        one(List.of(1, 2, 4)),
        Duration.ofMillis(within(0, RoundDescriptor.MILLIS_MAX)));
  }

  UpdateCommit commit() {
    return new UpdateCommit(
        digest(),
        digest(),
        digest(),
        new UpdateCommit.Training(
            number(1, Lesson.STEPS_MAX),
            within(1, 1L << 50),
            within(0, 1L << 50),
            within(0, 1L << 50),
            random.nextBoolean() ? OptionalLong.of(within(0, 1L << 50)) : OptionalLong.empty()));
  }

  RoundAggregate aggregate() {
    List<RoundAggregate.Exclusion> exclusions = new ArrayList<>();
    for (int count = number(0, RoundDescriptor.MEMBERS_MAX); count > 0; count--) {
      exclusions.add(
          new RoundAggregate.Exclusion(
              NodeId.ofPublicKey(bytes()), one(List.of(RoundAggregate.Fault.values()))));
    }
    return new RoundAggregate(
        digest(), digest(), exclusions, digest(), digest(), digest(), digest(), digest(), time());
  }

  RoundEvaluation evaluation() {
    List<String> reasons = new ArrayList<>();
    boolean passed = random.nextBoolean();
    for (int count = passed ? 0 : number(1, RoundEvaluation.REASONS_MAX); count > 0; count--) {
      reasons.add(sentence());
    }
    return new RoundEvaluation(
        digest(),
        digest(),
        number(0, RoundEvaluation.ITEMS_MAX),
        within(RoundEvaluation.NO_LOSS, 1L << 50),
        within(RoundEvaluation.NO_LOSS, 1L << 50),
        passed,
        reasons);
  }

  RoundDescriptor descriptor() {
    int least = number(2 * 20 + 3, RoundDescriptor.MEMBERS_MAX);
    Duration training = period();
    return new RoundDescriptor(
        digest(),
        within(1, Long.MAX_VALUE),
        new ModelHash(digest().hex()),
        random.nextBoolean()
            ? Optional.of(new AdapterCheckpoint(digest(), digest(), digest()))
            : Optional.empty(),
        new SubspaceChoice(
            digest(),
            number(1, SubspaceChoice.RANK_MAX),
            List.of("attn_q", "ffn_down").subList(0, number(1, 2)),
            number(1, SubspaceChoice.LENGTH_MAX)),
        number(1, 40),
        within(1, 1L << 40),
        rule(least),
        outer(),
        lesson(),
        gate(),
        new RoundDescriptor.Company(least, number(least, RoundDescriptor.MEMBERS_MAX)),
        new RoundDescriptor.Timetable(
            time(),
            period(),
            training,
            Duration.ofMillis(within(training.toMillis(), RoundDescriptor.MILLIS_MAX)),
            period(),
            period()));
  }

  private RuleChoice rule(int least) {
    return new RuleChoice(
        one(List.of(RuleChoice.Kind.values())),
        number(0, 20),
        number(1, least),
        number(0, 499),
        within(1, 1L << 40),
        number(1, 1_000));
  }

  private OuterChoice outer() {
    return new OuterChoice(
        one(List.of(OuterChoice.Kind.values())),
        number(1, 10_000_000),
        number(0, 999_999),
        number(0, 999_999),
        number(1, 1_000_000_000));
  }

  private Lesson lesson() {
    int steps = number(1, Lesson.STEPS_MAX);
    return new Lesson(
        steps,
        number(1, 4_096),
        number(2, 4_096),
        number(1, 1_000_000_000),
        number(0, 1_000_000),
        number(0, steps));
  }

  private GateTerms gate() {
    return new GateTerms(
        digest(),
        number(1, RoundEvaluation.ITEMS_MAX),
        number(0, 10_000),
        number(1, 1_000_000),
        number(0, 10_000),
        number(1, 100_000),
        number(0, 1_000),
        number(1, 1_000_000));
  }
}
