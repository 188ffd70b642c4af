// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.peermind.energy.EngineStatus;
import org.peermind.energy.spi.OwnPower;
import org.peermind.energy.spi.PowerMethod;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.testkit.VirtualClock;

class PowerWatchTest {
  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final PowerWatch watch = new PowerWatch(clock);

  @Test
  void knowsTheEnginesPart_onceTheMachineWasSeenWithoutIt() {
    assertThat(watch.engineWatts()).isEmpty();
    measured(10, 60, EngineStatus.ABSENT);
    measured(10, 60, EngineStatus.ABSENT);
    measured(1, 310, EngineStatus.READY);
    assertThat(watch.engineWatts()).hasValue(250);
  }

  @Test
  void tellsWhatTokensCost() throws Exception {
    measured(10, 50, EngineStatus.READY);
    measured(10, 50, EngineStatus.READY);
    Script script = new Script();
    Generation answer = watch.counted(script);
    measured(1, 250, EngineStatus.READY);
    script.says(new GenerationEvent.Prefilled(100, 100));
    var _ = answer.next(Duration.ZERO);
    measured(2, 150, EngineStatus.READY);
    script.says(new GenerationEvent.Piece(List.of(1, 2, 3, 4), "", List.of(), List.of()));
    var _ = answer.next(Duration.ZERO);
    script.says(new GenerationEvent.Finished(GenerationEvent.FinishReason.STOP, 100, 4, 0));
    var _ = answer.next(Duration.ZERO);
    script.says(new GenerationEvent.Finished(GenerationEvent.FinishReason.STOP, 100, 4, 0));
    var _ = answer.next(Duration.ZERO);
    answer.close();
    measured(1, 50, EngineStatus.READY);
    assertThat(watch.perToken().prefill().aboveIdle().orElseThrow()).isCloseTo(2, within(1e-9));
    assertThat(watch.perToken().decode().aboveIdle().orElseThrow()).isCloseTo(50, within(1e-9));
    assertThat(watch.perToken().decode().tokens()).isEqualTo(4);
    assertThat(watch.perToken().method()).isEqualTo("nvml");
  }

  private void measured(int seconds, double watts, EngineStatus status) {
    clock.advance(Duration.ofSeconds(seconds));
    watch.take(reading(seconds, watts), status);
  }

  private OwnPower reading(int seconds, double watts) {
    return new OwnPower(
        OptionalDouble.of(watts),
        OptionalDouble.of(watts * seconds),
        List.of(PowerMethod.NVML),
        Duration.ofSeconds(seconds),
        clock.instant(),
        "");
  }

  /// Says what it is told to.
  private static final class Script implements Generation {
    private final Queue<GenerationEvent> events = new ArrayDeque<>();

    void says(GenerationEvent event) {
      events.add(event);
    }

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
