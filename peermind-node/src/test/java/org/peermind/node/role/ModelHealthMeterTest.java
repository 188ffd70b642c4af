// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.peermind.energy.EnergyPerToken;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ModelHealth;
import org.peermind.testkit.VirtualClock;

/// What an inferer counts of its models.
class ModelHealthMeterTest {
  private static final ModelHash OTHER = new ModelHash("c".repeat(64));
  private static final Duration WINDOW = Duration.ofMinutes(5);
  private static final GenerationEvent PIECE =
      new GenerationEvent.Piece(List.of(1), "", List.of(), List.of());

  private final VirtualClock clock = new VirtualClock(Parts.START);
  private EnergyPerToken.Figures energy = EnergyPerToken.UNKNOWN;
  private final ModelHealthMeter meter = new ModelHealthMeter(clock, () -> energy);

  private ModelHealth take(ModelHash model) {
    return meter.take(Parts.NETWORK, model, Instant.EPOCH, WINDOW, 4, 3);
  }

  private void answer(ModelHash model, Duration firstToken, GenerationEvent end) throws Exception {
    Queue<GenerationEvent> events =
        new ArrayDeque<>(List.of(new GenerationEvent.Prefilled(1, 1), PIECE, PIECE, end));
    try (Generation counted = meter.counted(model, new Said(events))) {
      var _ = counted.next(Duration.ZERO);
      clock.advance(firstToken);
      while (!events.isEmpty()) {
        var _ = counted.next(Duration.ZERO);
      }
    }
  }

  private static GenerationEvent finished(FinishReason reason) {
    return new GenerationEvent.Finished(reason, 1, 2, 0);
  }

  private static GenerationEvent failed(FailureKind kind) {
    return new GenerationEvent.Failed(kind, "It failed.");
  }

  @Test
  void countsWhatTheModelIsToBlameFor_andNothingElse() throws Exception {
    for (FinishReason reason : FinishReason.values()) {
      answer(Parts.MODEL, Duration.ZERO, finished(reason));
    }
    for (FailureKind kind : FailureKind.values()) {
      answer(Parts.MODEL, Duration.ZERO, failed(kind));
    }
    meter.crashed(Parts.MODEL);

    ModelHealth health = take(Parts.MODEL);
    assertThat(health.answers()).as("all but the cancelled one").isEqualTo(3);
    assertThat(health.failures()).as("what crashed").isEqualTo(1);
    assertThat(health.crashes()).isEqualTo(1);
    assertThat(health.canariesRight()).isEqualTo(3);
    assertThat(take(Parts.MODEL).answers()).as("of a new window").isZero();
    assertThat(take(OTHER).answers()).isZero();
  }

  @Test
  void tellsTheTimeOfFirstTokensThatOnly5In100Exceed() throws Exception {
    assertThat(take(Parts.MODEL).ttftP95Millis()).isEmpty();
    for (int millis = 1; millis <= 100; millis++) {
      answer(Parts.MODEL, Duration.ofMillis(millis), finished(FinishReason.STOP));
    }
    assertThat(take(Parts.MODEL).ttftP95Millis()).hasValue(95);
    for (int millis = 1; millis <= 2_100; millis++) {
      answer(Parts.MODEL, Duration.ofMillis(millis), finished(FinishReason.STOP));
    }
    assertThat(take(Parts.MODEL).ttftP95Millis()).as("of the last 1,000").hasValue(2_050);
  }

  @Test
  void knowsTheEnergyOfAModel_onlyWhileItAnswersAlone() throws Exception {
    answer(Parts.MODEL, Duration.ZERO, finished(FinishReason.STOP));
    energy = joules(100, 36, 60);
    assertThat(take(Parts.MODEL).microWhPer1kTokens()).as("0.1 Wh").hasValue(100_000);
    energy = joules(200, 108, 120);
    assertThat(take(Parts.MODEL).microWhPer1kTokens()).as("since then").hasValue(200_000);
    answer(Parts.MODEL, Duration.ZERO, finished(FinishReason.STOP));
    answer(OTHER, Duration.ZERO, finished(FinishReason.STOP));
    energy = joules(300, 200, 180);
    assertThat(take(Parts.MODEL).microWhPer1kTokens()).isEmpty();
    energy = joules(250, 150, 100);
    assertThat(take(Parts.MODEL).microWhPer1kTokens()).as("old sums were halved").isEmpty();
  }

  private static EnergyPerToken.Figures joules(double tokens, double joules, int seconds) {
    EnergyPerToken.Cost cost =
        new EnergyPerToken.Cost(OptionalDouble.of(joules / tokens), OptionalDouble.empty(), tokens);
    return new EnergyPerToken.Figures(
        EnergyPerToken.UNKNOWN.prefill(),
        cost,
        OptionalDouble.empty(),
        Duration.ofSeconds(seconds),
        "nvml");
  }

  /// Says what it was given.
  private record Said(Queue<GenerationEvent> events) implements Generation {
    @Override
    public Optional<GenerationEvent> next(Duration timeout) {
      return Optional.ofNullable(events.poll());
    }

    @Override
    public void cancel() {}

    @Override
    public void close() {}
  }
}
