// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.manual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.Declaration;
import org.peermind.energy.Declaration.What;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;
import org.peermind.energy.spi.SourceKind;
import org.peermind.protocol.Watts;
import org.peermind.testkit.Property;

class ManualAdapterTest {
  private static final Place MUNICH = new Place(48.1, 11.6, ZoneId.of("Europe/Berlin"));
  private static final Instant NOON = Instant.parse("2026-06-21T11:00:00Z"); // a Sunday

  @TempDir private Path home;
  private Instant now = NOON;
  private double ownWatts;
  private EnergyAdapter adapter;

  @BeforeEach
  void starts() {
    adapter = adapter(Map.of());
  }

  /// An adapter of a node that starts now.
  private EnergyAdapter adapter(Map<String, ?> section) {
    return new ManualAdapter.Factory(() -> now)
        .create(
            SettingsReader.of("energy.manual", section),
            new AdapterContext(MUNICH, Duration.ofSeconds(2), _ -> new Watts(ownWatts), home));
  }

  private void declare(What what, Duration holds) throws IOException {
    Files.writeString(
        home.resolve(Declaration.FILE), new Declaration(what, now, now.plus(holds)).text());
  }

  private void declare(long watts, SourceKind source, Duration holds) throws IOException {
    declare(new What.HandSet(watts, source), holds);
  }

  private String nothing() {
    try {
      return "power: " + adapter.read(now).production();
    } catch (EnergyAdapterException refused) {
      return refused.sentence();
    }
  }

  private boolean hasPower() {
    return nothing().startsWith("power");
  }

  @Test
  void givesWhatIsDeclared_asDeclaredPowerBesideTheEngine() throws Exception {
    declare(400, SourceKind.PV, Duration.ofHours(4));
    ownWatts = 250;

    EnergySample sample = adapter.read(now);

    assertThat(sample.origin()).isEqualTo(Origin.DECLARED);
    assertThat(sample.quality()).isEqualTo(Quality.DECLARED);
    assertThat(sample.sourceKind()).isEqualTo(SourceKind.PV);
    assertThat(sample.production().known()).hasValue(new Watts(400));
    assertThat(sample.load().known()).hasValue(new Watts(250));
    assertThat(sample.grid().known()).hasValue(new Watts(-150));
  }

  @Test
  void endsToTheSecond() throws Exception {
    declare(400, SourceKind.PV, Duration.ofHours(4));
    assertThat(hasPower()).isTrue();

    now = NOON.plus(Duration.ofHours(4)).minusMillis(1);
    assertThat(hasPower()).isTrue();
    now = now.plusMillis(1);
    assertThat(nothing()).isEqualTo("The declaration ended at Sun 17:00:00; declare again.");
  }

  @Test
  void isNotProlonged_byAClockThatIsSetBack() throws Exception {
    declare(400, SourceKind.WIND, Duration.ofHours(4));
    assertThat(hasPower()).isTrue();
    now = NOON.plus(Duration.ofMinutes(239));
    assertThat(hasPower()).isTrue();

    now = NOON.plus(Duration.ofMinutes(1)); // one minute is left
    assertThat(hasPower()).isTrue();
    now = now.plusSeconds(59);
    assertThat(hasPower()).isTrue();
    now = now.plusSeconds(1);
    assertThat(hasPower()).isFalse();
    now = NOON.minus(Duration.ofDays(1));
    assertThat(hasPower()).isFalse();
  }

  @Test
  void keepsThroughARestart_andStillEnds() throws Exception {
    declare(400, SourceKind.WIND, Duration.ofHours(12));
    assertThat(hasPower()).isTrue();
    now = NOON.plus(Duration.ofHours(11));
    assertThat(hasPower()).isTrue();

    adapter = adapter(Map.of());
    assertThat(hasPower()).isTrue();
    now = NOON; // set back while nobody watched: one hour is left
    adapter = adapter(Map.of());
    assertThat(hasPower()).isTrue();
    now = NOON.plus(Duration.ofHours(1));
    assertThat(hasPower()).isFalse();
    adapter = adapter(Map.of());
    assertThat(hasPower()).isFalse();
  }

  @Test
  void neverHoldsLongerThanDeclared_howeverTheClockIsSet() {
    Property.forAll(
        1,
        2_000,
        random -> {
          Instant clock = NOON;
          Duration holds = Duration.ofSeconds(random.nextInt(60, 12 * 3_600));
          Term term =
              Term.of(
                  new Declaration(
                      new What.HandSet(400, SourceKind.HYDRO), clock, clock.plus(holds)));
          Duration passed = Duration.ZERO;
          boolean over = false;
          for (int step = 0; step < 60; step++) {
            if (random.nextInt(4) == 0) {
              clock = clock.plusSeconds(random.nextInt(-40_000, 4_000)); // somebody sets it
              term = term.at(clock);
            }
            Duration dt = Duration.ofSeconds(random.nextInt(1, 3_000));
            clock = clock.plus(dt);
            passed = passed.plus(dt);
            term = term.at(clock);
            assertThat(term.isOver()).isIn(true, over || passed.compareTo(holds) >= 0);
            assertThat(over && !term.isOver()).as("it began again").isFalse();
            over = term.isOver();
          }
        });
  }

  @Test
  void givesNothing_untilSomethingIsDeclared_andAfterItIsTakenBack() throws Exception {
    assertThat(nothing()).contains("Nothing is declared", "peermind energy declare");
    declare(400, SourceKind.PV, Duration.ofHours(4));
    assertThat(hasPower()).isTrue();
    Files.delete(home.resolve(Declaration.FILE));
    assertThat(nothing()).contains("Nothing is declared");
  }

  @Test
  void takesANewDeclaration_afterTheOldOneEnded() throws Exception {
    declare(400, SourceKind.PV, Duration.ofMinutes(5));
    assertThat(hasPower()).isTrue();
    now = NOON.plus(Duration.ofMinutes(10));
    assertThat(hasPower()).isFalse();
    declare(600, SourceKind.PV, Duration.ofMinutes(5));
    assertThat(adapter.read(now).production().known()).hasValue(new Watts(600));
  }

  @Test
  void countsNoSolarPowerByNight_butWindAndWater() throws Exception {
    now = Instant.parse("2026-06-21T22:00:00Z");
    declare(400, SourceKind.PV, Duration.ofHours(4));
    assertThat(nothing()).contains("The sun is below the horizon");
    for (SourceKind kind : List.of(SourceKind.WIND, SourceKind.HYDRO)) {
      declare(400, kind, Duration.ofHours(4));
      assertThat(adapter.read(now).sourceKind()).isEqualTo(kind);
      now = now.plusSeconds(1);
    }
  }

  @Test
  void readsNoDeclarationOfAGeneratorOrOfMoreThanTwelveHours() throws Exception {
    for (String text :
        List.of(
            "peermind declaration 1\nwatts 400\nsource generator\nat %s\nuntil %s\n"
                .formatted(NOON, NOON.plusSeconds(60)),
            "peermind declaration 1\nwatts 400\nsource grid\nat %s\nuntil %s\n"
                .formatted(NOON, NOON.plusSeconds(60)),
            "peermind declaration 1\nwatts 400\nsource pv\nat %s\nuntil %s\n"
                .formatted(NOON, NOON.plusSeconds(12 * 3_600 + 1)),
            "peermind declaration 1\nwatts -400\nsource pv\nat %s\nuntil %s\n"
                .formatted(NOON, NOON.plusSeconds(60)),
            "peermind declaration 1\n",
            "")) {
      Files.writeString(home.resolve(Declaration.FILE), text);
      assertThat(nothing()).contains("is damaged; `peermind energy declare` writes it anew");
    }
  }

  @Test
  void countsNothing_whenItCannotKeepHowMuchIsUsed() throws Exception {
    declare(400, SourceKind.PV, Duration.ofHours(4));
    Files.writeString(home.resolve("declaration-used"), "rubbish");
    assertThat(nothing()).contains("declaration-used is damaged");
    Files.delete(home.resolve("declaration-used"));
    Files.createDirectories(home.resolve("declaration-used.new"));
    assertThat(nothing()).contains("cannot be written, so the declaration counts nothing");
  }

  @Test
  void followsTheSchedule_onlyWhileItIsConfirmed() throws Exception {
    adapter =
        adapter(
            Map.of(
                "source",
                "hydro",
                "schedule",
                List.of(Map.of("from", "10:00", "to", "15:30", "watts", 400))));
    assertThat(nothing()).contains("not confirmed", "declare --schedule");

    declare(new What.Scheduled(), Duration.ofHours(12));
    assertThat(adapter.read(now).production().known()).hasValue(new Watts(400)); // 13:00 there
    assertThat(adapter.read(now).sourceKind()).isEqualTo(SourceKind.HYDRO);
    now = Instant.parse("2026-06-21T13:30:00Z");
    assertThat(nothing()).contains("The schedule names no power for now (Sun 15:30:00)");
    now = NOON.plus(Duration.ofHours(23)); // the next day at 12:00
    assertThat(nothing()).contains("ended");
  }

  @Test
  void refusesASectionThatMakesNoSense() {
    assertThatThrownBy(
            () ->
                adapter(
                    Map.of(
                        "source",
                        "generator",
                        "schedule",
                        List.of(
                            Map.of("from", "25:00", "to", "noon", "watts", -5, "days", "mon")))))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("energy.manual.source is wrong")
        .hasMessageContaining("never counts")
        .hasMessageContaining("from must be a time such as 10:00, not '25:00'")
        .hasMessageContaining("watts must be a power of 1 W to 1000 kW");
  }
}
