// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;
import org.peermind.testkit.Property;

/// The tokens of an hour (design section 7).
final class TokenBudgetsTest {
  private static final Instant NOW = Stage.START;
  private final Stage names = new Stage(RefereeSettings.defaults());
  private final NodeId ann = names.node("ann");
  private final NodeId sun = names.node("sun");
  private final TokenBudgets budgets = new TokenBudgets(3_600);

  @Test
  void letsHalfAnHoursTokensThroughAtOnce_andOneMoreEachSecond() {
    open("a", 0, 1_799, NOW);
    assertThat(wait(1, NOW)).isEmpty();
    open("b", 0, 1, NOW);

    assertThat(wait(1, NOW)).contains(Duration.ofSeconds(1));
    assertThat(wait(1, NOW.plusMillis(500))).contains(Duration.ofMillis(500));
    assertThat(wait(1, NOW.plusSeconds(1))).isEmpty();
    assertThat(wait(1_800, NOW.plusSeconds(1_799))).contains(Duration.ofSeconds(1));
    assertThat(wait(1_800, NOW.plusSeconds(90_000))).isEmpty();
  }

  @Test
  void countsAPromptByItsSizeClass() {
    open("a", 4_000, 800, NOW);

    assertThat(wait(1, NOW)).contains(Duration.ofSeconds(1));
  }

  @Test
  void givesBackWhatTheInfererDidNotGenerate_once() {
    open("a", 400, 1_700, NOW);
    tell("a", sun, 700);
    assertThat(wait(1_000, NOW)).isEmpty();
    assertThat(wait(1_001, NOW)).isPresent();

    tell("a", sun, 0);
    assertThat(wait(1_001, NOW)).isPresent();
  }

  @Test
  void believesOnlyTheInfererOfTheSession() {
    open("a", 0, 1_800, NOW);

    tell("a", ann, 0);

    assertThat(wait(1, NOW)).isPresent();
  }

  @Test
  void chargesAContinuedAnswerOnce() {
    open("a", 0, 1_800, NOW);
    assertThat(continuing(1_800)).isEmpty();
    reopen("a", "a2", 1_800);
    assertThat(wait(1, NOW)).contains(Duration.ofSeconds(1));

    tell("a", sun, 300);
    assertThat(wait(1, NOW)).as("the other session has not told yet").isPresent();
    tell("a2", sun, 500);
    assertThat(wait(1_000, NOW)).isEmpty();
    assertThat(wait(1_001, NOW)).isPresent();
  }

  @Test
  void chargesWhatContinuationsGenerateBeyondTheAnswer() {
    open("a", 0, 900, NOW);
    tell("a", sun, 900);
    for (int i = 0; i < 4; i++) {
      reopen("a", "again" + i, 900);
      tell("again" + i, sun, 900);
    }

    assertThat(wait(1, NOW)).contains(Duration.ofSeconds(4_500 - 1_800 + 1));
  }

  @Test
  void letsALargeAnswerThroughAFullBudget_andThenWaitsLong() {
    assertThat(wait(5_400, NOW)).isEmpty();
    open("a", 0, 5_400, NOW);

    assertThat(wait(1, NOW)).contains(Duration.ofSeconds(3_601));
  }

  /// What a user has been given never exceeds what an hour's bucket gives, whatever is told when.
  @Test
  void neverGivesMoreThanTheBucketAndTheTime() {
    Property.forAll(
        1,
        50,
        random -> {
          TokenBudgets bucket = new TokenBudgets(3_600);
          Instant now = NOW;
          double given = 0;
          for (int i = 0; i < 300; i++) {
            now = now.plusMillis(random.nextInt(60_000));
            int tokens = 1 + random.nextInt(600);
            if (bucket.waitFor(ann, Optional.empty(), 0, tokens, now).isPresent()) {
              continue;
            }
            Id16 session = new Id16(random.nextLong(), i);
            bucket.opened(
                new SessionTable.Session(session, ann, sun, session, now), 0, tokens, now);
            int generated = random.nextInt(tokens + 1);
            boolean told = random.nextBoolean();
            if (told) {
              bucket.told(session, sun, generated, now);
            }
            given += told ? generated : tokens;
            double elapsed = Duration.between(NOW, now).toMillis() / 1e3;
            assertThat(given).isLessThanOrEqualTo(1_800 + elapsed + 1);
          }
        });
  }

  private void open(String session, int promptBytes, int tokens, Instant now) {
    budgets.opened(session(session, session), promptBytes, tokens, now);
  }

  private void reopen(String job, String session, int tokens) {
    budgets.opened(session(job, session), 0, tokens, NOW);
  }

  private SessionTable.Session session(String job, String session) {
    return new SessionTable.Session(names.id(session), ann, sun, names.id(job + ".job"), NOW);
  }

  private void tell(String session, NodeId by, int tokens) {
    budgets.told(names.id(session), by, tokens, NOW);
  }

  private Optional<Duration> wait(int tokens, Instant now) {
    return budgets.waitFor(ann, Optional.empty(), 0, tokens, now);
  }

  private Optional<Duration> continuing(int tokens) {
    return budgets.waitFor(ann, Optional.of(names.id("a.job")), 0, tokens, NOW);
  }
}
