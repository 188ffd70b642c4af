// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.inference.ScriptedEngine.Script;
import org.peermind.node.config.NodeHome;
import org.peermind.telemetry.EnergyEvent;
import org.peermind.telemetry.Event;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;

/// A node that is stopped and started again by its owner, at the level of the energy loop.
class EnergyLoopRestartTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration LIFE = Duration.ofMinutes(3);

  private final List<Event> events = new CopyOnWriteArrayList<>();
  @TempDir private Path directory;

  private record Evening() implements EnergyAdapter {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public Duration pollInterval() {
      return Duration.ofSeconds(1);
    }

    /// No sun, and a battery that is four fifths full.
    @Override
    public EnergySample read(Instant now) {
      return EnergySample.builder("meter", Origin.MEASURED, now)
          .productionWatts(0)
          .loadWatts(0)
          .gridWatts(0)
          .batteryWatts(0)
          .stateOfChargePercent(80)
          .build();
    }

    @Override
    public void close() {}
  }

  /// Lives three minutes from `start` on, and tells how much the battery may give at the end.
  private double storedAfterALife(Instant start) {
    EnergySettings settings =
        EnergySettings.from(
            Map.of(
                "poll", "1s",
                "window", "30s",
                "battery", Map.of("capacity", "10 kWh", "charge-max", "3 kW", "renewable", true)));
    AtomicInteger asked = new AtomicInteger();
    InstantSource jumping =
        () -> asked.getAndIncrement() < 2 ? Parts.START : Parts.START.plus(LIFE.dividedBy(1_000));
    List<EnergyDecision> decisions = new CopyOnWriteArrayList<>();
    EngineRoom engine = Parts.engine(Script.answering("Hello."), 1, new VirtualClock(Parts.START));
    EnergyLoop loop =
        new EnergyLoop(
            settings,
            new Evening(),
            new EnergyTime(jumping, 1_000, start, Parts.START),
            SiteMemory.kept(new NodeHome(directory), settings, Parts.PLACE, events::add),
            engine,
            decisions::add,
            events::add);
    loop.start();
    Await.until("the end of this life", SOON, () -> decisions.size() >= LIFE.toSeconds() - 5);
    loop.close();
    engine.close();
    return decisions.getLast().headroom().orElseThrow().stored();
  }

  @Test
  void knowsAfterARestart_thatTheBatteryHoldsTheSun() {
    double before = storedAfterALife(Parts.START);
    assertThat(before).isPositive();
    double after = storedAfterALife(Parts.START.plus(LIFE));
    assertThat(after).isBetween(0.9 * before, before + 1);
    assertThat(events).isEmpty();
  }

  @Test
  void givesNothingStored_afterANightInWhichNobodyLooked() {
    assertThat(storedAfterALife(Parts.START)).isPositive();
    assertThat(storedAfterALife(Parts.START.plus(Duration.ofHours(10)))).isZero();
  }

  @Test
  void givesNothingStored_whenTheBookWasDamagedMeanwhile() throws IOException {
    assertThat(storedAfterALife(Parts.START)).isPositive();
    Path file = new NodeHome(directory).batteryLedgerFile();
    Files.writeString(file, Files.readString(file).replace("8000.000", "8000.001"));
    assertThat(storedAfterALife(Parts.START.plus(LIFE))).isZero();
    assertThat(events).hasSize(1).allMatch(EnergyEvent.MemorySetAside.class::isInstance);
  }
}
