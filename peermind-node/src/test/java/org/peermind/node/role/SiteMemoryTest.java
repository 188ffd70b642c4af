// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.BatteryLedger;
import org.peermind.energy.EnergyInput;
import org.peermind.energy.EnergyPath;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.EnergyState;
import org.peermind.energy.EngineStatus;
import org.peermind.energy.Expectation;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SourceKind;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.PlaceCell;
import org.peermind.telemetry.EnergyEvent;
import org.peermind.telemetry.Event;
import org.peermind.testkit.Property;

class SiteMemoryTest {
  private static final Instant START = Parts.START;
  private static final PlaceCell ELSEWHERE = PlaceCell.of(-33.9, 151.2);

  private final List<Event> events = new CopyOnWriteArrayList<>();
  @TempDir private Path directory;

  /// The owner declares the first charge renewable, so that a lost book that is taken for a first
  /// one shows.
  private static EnergySettings settings(String capacity) {
    return EnergySettings.from(
        Map.of(
            "place",
            Map.of("latitude", 37.25, "longitude", -3.625, "zone", "UTC"),
            "battery",
            Map.of("capacity", capacity, "charge-max", "3 kW", "renewable", true)));
  }

  private NodeHome home() {
    return new NodeHome(directory);
  }

  private SiteMemory memory(PlaceCell place) {
    return SiteMemory.kept(home(), settings("10 kWh"), place, events::add);
  }

  private static EnergySample sample(Instant at, double production, double charge) {
    return EnergySample.builder("meter", Origin.MEASURED, at)
        .sourceKind(SourceKind.PV)
        .productionWatts(production)
        .loadWatts(300)
        .gridWatts(300 - production)
        .batteryWatts(0)
        .stateOfChargePercent(charge)
        .build();
  }

  /// Runs a memory for a while with a sample a minute, and ends it in order.
  private EnergyState live(SiteMemory memory, Instant from, Duration time, double charge) {
    EnergyPath path = new EnergyPath(settings("10 kWh"));
    EnergyState state = path.initial(from, memory.load(from));
    for (Instant at = from; at.isBefore(from.plus(time)); at = at.plusSeconds(60)) {
      EnergyInput input = EnergyInput.sampled(sample(at, 2_000, charge), 0, EngineStatus.ABSENT);
      state = path.step(state, input, at);
      memory.stepped(state, Reading.watts(0, at));
    }
    memory.close();
    return state;
  }

  private BatteryLedger ledgerAfterRestart(Instant at, double charge) {
    return live(memory(Parts.PLACE), at, Duration.ofMinutes(1), charge).ledger();
  }

  private long setAside() {
    return events.stream().filter(EnergyEvent.MemorySetAside.class::isInstance).count();
  }

  @Test
  void keepsHistoryAndLedgerOverARestart_forTheOwnerOnly() throws IOException {
    live(memory(Parts.PLACE), START, Duration.ofMinutes(65), 80);
    for (Path file : List.of(home().siteHistoryFile(), home().batteryLedgerFile())) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      assertThat(Files.readString(file)).doesNotContain("37.2", "3.62");
    }
    assertThat(Files.readString(home().siteHistoryFile())).contains(" 2000.0 300.0\n");
    BatteryLedger again = ledgerAfterRestart(START.plus(Duration.ofMinutes(65)), 80);
    assertThat(again.renewableNextWattHours()).isBetween(7_500.0, 8_000.0);
    assertThat(events).isEmpty();
  }

  @Test
  void countsTheTimeWhileNobodyLookedAsChargeFromTheGrid() {
    live(memory(Parts.PLACE), START, Duration.ofMinutes(10), 80);
    BatteryLedger again = ledgerAfterRestart(START.plus(Duration.ofHours(2)), 80);
    assertThat(again.wattHours()).isCloseTo(8_000, within(300.0));
    assertThat(again.renewableNextWattHours()).isLessThan(8_000 - 3_000 * 1.8);
    BatteryLedger nextWeek = ledgerAfterRestart(START.plus(Duration.ofDays(7)), 80);
    assertThat(nextWeek.renewableWattHours()).isZero();
  }

  @Test
  void countsTheChargeAsUnknown_whenAFileIsDamagedAnywhere() throws IOException {
    live(memory(Parts.PLACE), START, Duration.ofMinutes(35), 80);
    byte[] ledger = Files.readAllBytes(home().batteryLedgerFile());
    byte[] history = Files.readAllBytes(home().siteHistoryFile());
    Instant again = START.plus(Duration.ofMinutes(35));
    Property.forAll(
        1,
        60,
        random -> {
          byte[] damaged = ledger.clone();
          int at = random.nextInt(damaged.length);
          damaged[at] ^= (byte) (1 + random.nextInt(255));
          int kept = random.nextBoolean() ? damaged.length : at;
          write(home().batteryLedgerFile(), damaged, kept);
          write(home().siteHistoryFile(), history, random.nextInt(history.length));
          long before = setAside();
          SiteMemory memory = memory(Parts.PLACE);
          assertThat(memory.load(again)).isEqualTo(BatteryLedger.UNKNOWN);
          assertThat(setAside()).isEqualTo(before + 2);
          assertThat(home().batteryLedgerFile()).doesNotExist();
          assertThat(home().siteHistoryFile()).doesNotExist();
          memory.close();
        });
  }

  private static void write(Path file, byte[] bytes, int count) {
    try {
      Files.write(file, Arrays.copyOf(bytes, count));
    } catch (IOException unwritable) {
      throw new UncheckedIOException(unwritable);
    }
  }

  @Test
  void staysUnknown_onceTheBookWasLost() throws IOException {
    live(memory(Parts.PLACE), START, Duration.ofMinutes(10), 80);
    Files.writeString(home().batteryLedgerFile(), "peermind-kept 1 nonsense");
    Instant again = START.plus(Duration.ofMinutes(10));
    assertThat(ledgerAfterRestart(again, 80).renewableWattHours()).isZero();
    assertThat(ledgerAfterRestart(again.plusSeconds(60), 80).renewableWattHours()).isZero();
    assertThat(home().directory().resolve("battery-ledger.set-aside")).exists();
  }

  @Test
  void readsTheOldFile_afterACrashBetweenTwoWrites() throws IOException {
    live(memory(Parts.PLACE), START, Duration.ofMinutes(10), 80);
    byte[] whole = Files.readAllBytes(home().batteryLedgerFile());
    for (int written = 0; written <= whole.length; written += 16) {
      write(home().directory().resolve("battery-ledger.new"), whole, written);
      SiteMemory memory = memory(Parts.PLACE);
      assertThat(memory.load(START.plus(Duration.ofMinutes(10))).renewableWattHours())
          .isGreaterThan(7_000);
      memory.close();
    }
    live(memory(Parts.PLACE), START.plus(Duration.ofMinutes(10)), Duration.ofMinutes(5), 80);
    assertThat(home().directory().resolve("battery-ledger.new")).doesNotExist();
    assertThat(events).isEmpty();
  }

  @Test
  void setsAside_whatIsFromTheFuture() {
    live(memory(Parts.PLACE), START, Duration.ofHours(3), 80);
    BatteryLedger before = ledgerAfterRestart(START.minus(Duration.ofDays(30)), 80);
    assertThat(before.renewableWattHours()).isZero();
    assertThat(setAside()).isEqualTo(2);
  }

  @Test
  void setsAside_whatIsOfAnotherPlace_orAnotherBattery() {
    live(memory(Parts.PLACE), START, Duration.ofMinutes(35), 80);
    Instant again = START.plus(Duration.ofMinutes(35));
    SiteMemory larger = SiteMemory.kept(home(), settings("12 kWh"), Parts.PLACE, events::add);
    assertThat(larger.load(again)).isEqualTo(BatteryLedger.UNKNOWN);
    assertThat(setAside()).isEqualTo(1);
    SiteMemory moved = memory(ELSEWHERE);
    assertThat(moved.load(again)).isEqualTo(BatteryLedger.EMPTY);
    assertThat(setAside()).isEqualTo(2);
    larger.close();
    moved.close();
  }

  @Test
  void forecastsAfterSomeDays_andAgainAfterARestart() {
    SiteMemory memory = memory(Parts.PLACE);
    live(memory, START, Duration.ofDays(4), 80);
    Instant end = START.plus(Duration.ofDays(4));
    Expectation told = memory.expectation();
    assertThat(told.hours()).hasSize(24);
    SiteMemory again = memory(Parts.PLACE);
    live(again, end, Duration.ofMinutes(1), 80);
    assertThat(again.expectation().hours()).hasSize(24);
  }

  @Test
  void goesOnSaving_whenTheClockIsSetBack() throws IOException {
    SiteMemory memory = memory(Parts.PLACE);
    EnergyPath path = new EnergyPath(settings("10 kWh"));
    EnergyState state = path.initial(START, memory.load(START));
    for (int i = 0; i < 60; i++) {
      Instant at = START.plusSeconds(60L * i - (i < 30 ? 0 : 7_200));
      state =
          path.step(state, EnergyInput.sampled(sample(at, 2_000, 80), 0, EngineStatus.ABSENT), at);
      memory.stepped(state, Reading.watts(0, at));
    }
    memory.close();
    long last = START.minusSeconds(7_200 - 3_540).getEpochSecond();
    String at = Files.readString(home().batteryLedgerFile(), StandardCharsets.US_ASCII);
    assertThat(at).contains("peermind-battery-ledger 1 at " + last);
  }

  @Test
  void goesOn_whenItsFilesCannotBeWritten() throws IOException {
    Files.createDirectory(home().siteHistoryFile().resolveSibling("site-history.new"));
    Files.createFile(home().directory().resolve("site-history.new").resolve("in-the-way"));
    live(memory(Parts.PLACE), START, Duration.ofMinutes(35), 80);
    assertThat(events).anyMatch(EnergyEvent.MemoryNotKept.class::isInstance);
    assertThat(home().batteryLedgerFile()).exists();
  }
}
