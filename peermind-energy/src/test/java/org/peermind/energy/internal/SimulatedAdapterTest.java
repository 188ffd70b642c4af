// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.peermind.energy.Adapters;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SettingsException;
import org.peermind.protocol.Watts;
import org.peermind.testkit.Property;

class SimulatedAdapterTest {
  private static final Place PLACE = new Place(48.1, 11.6, ZoneOffset.UTC);
  private static final Instant NOON = Instant.parse("2026-06-21T11:00:00Z");
  private static final Instant MIDNIGHT = Instant.parse("2026-06-21T23:00:00Z");

  private static EnergyAdapter site(Map<String, Object> section, OwnDraw own) {
    return Adapters.builtIn()
        .create(
            "simulated",
            section,
            new AdapterContext(PLACE, Duration.ofSeconds(1), own, Path.of("")));
  }

  private static double watts(Reading<Watts> reading) {
    return reading.known().orElseThrow().value();
  }

  @Test
  void saysThatItIsSimulated() throws Exception {
    try (EnergyAdapter site = site(Map.of(), OwnDraw.NONE)) {
      EnergySample sample = site.read(NOON);
      assertThat(sample.origin()).isEqualTo(Origin.SIMULATED);
      assertThat(sample.quality()).isEqualTo(Quality.SYNTHETIC);
      assertThat(sample.battery().isKnown()).isFalse();
      assertThat(sample.stateOfCharge().isKnown()).isFalse();
    }
  }

  @Test
  void dependsOnSeedAndTimeAlone_inAnyOrder() {
    Property.forAll(
        1,
        50,
        random -> {
          Map<String, Object> section = Map.of("seed", random.nextInt(), "cloudiness", 50);
          Instant at = NOON.plusSeconds(random.nextInt(86_400));
          try (EnergyAdapter one = site(section, OwnDraw.NONE);
              EnergyAdapter other = site(section, OwnDraw.NONE)) {
            other.read(NOON.plusSeconds(random.nextInt(86_400)));
            assertThat(other.read(at)).isEqualTo(one.read(at));
          }
        });
  }

  @Test
  void keepsTheIdentity_withBatteryAndOwnDraw() {
    Property.forAll(
        1,
        20,
        random -> {
          double own = random.nextDouble(0, 500);
          Map<String, Object> section =
              Map.of("seed", random.nextInt(), "battery", Map.of("capacity", "3 kWh"));
          try (EnergyAdapter site = site(section, _ -> Watts.of(own))) {
            for (int step = 0; step < 500; step++) {
              EnergySample sample = site.read(NOON.plusSeconds(180L * step));
              double production = watts(sample.production());
              double balance =
                  production
                      + watts(sample.grid())
                      - watts(sample.battery())
                      - watts(sample.load());
              assertThat(balance).isCloseTo(0, within(1e-6));
              assertThat(production).isBetween(0.0, 5_000.0);
              if (watts(sample.battery()) > 0) {
                assertThat(watts(sample.grid()))
                    .as("never charges from the grid")
                    .isLessThanOrEqualTo(1e-6);
              }
            }
          }
        });
  }

  @Test
  void showsOurOwnDrawInLoadAndGrid() throws Exception {
    try (EnergyAdapter idle = site(Map.of(), OwnDraw.NONE);
        EnergyAdapter busy = site(Map.of(), _ -> Watts.of(250))) {
      double gridDifference = watts(busy.read(NOON).grid()) - watts(idle.read(NOON).grid());
      assertThat(gridDifference).isCloseTo(250, within(1e-9));
      assertThat(watts(busy.read(NOON).load()) - watts(idle.read(NOON).load()))
          .isCloseTo(250, within(1e-9));
    }
  }

  @Test
  void isDarkAtNight_andBrightAtNoon() throws Exception {
    try (EnergyAdapter site = site(Map.of("cloudiness", 0), OwnDraw.NONE)) {
      assertThat(watts(site.read(MIDNIGHT).production())).isZero();
      // 5 kW peak at an elevation of 65 degrees: Haurwitz gives about 930 W/m2.
      assertThat(watts(site.read(NOON).production())).isCloseTo(4_660, within(60.0));
    }
  }

  @Test
  void flickersWithinSeconds_onlyUnderClouds() throws Exception {
    assertThat(largestStep(Map.of("cloudiness", 0))).isLessThan(2);
    assertThat(largestStep(Map.of("cloudiness", 50, "seed", 2))).isGreaterThan(500);
  }

  private static double largestStep(Map<String, Object> section) throws Exception {
    double largest = 0;
    try (EnergyAdapter site = site(section, OwnDraw.NONE)) {
      double before = watts(site.read(NOON).production());
      for (int second = 1; second <= 7_200; second++) {
        double next = watts(site.read(NOON.plusSeconds(second)).production());
        largest = Math.max(largest, Math.abs(next - before));
        before = next;
      }
    }
    return largest;
  }

  @Test
  void fillsAndEmptiesItsBattery() throws Exception {
    Map<String, Object> section =
        Map.of("cloudiness", 0, "battery", Map.of("capacity", "2 kWh", "floor", 10, "start", 50));
    try (EnergyAdapter site = site(section, OwnDraw.NONE)) {
      site.read(NOON);
      EnergySample evening = site.read(NOON.plus(Duration.ofHours(4)));
      assertThat(evening.stateOfCharge().known().orElseThrow().value()).isEqualTo(100);
      EnergySample night = site.read(NOON.plus(Duration.ofHours(15)));
      assertThat(night.stateOfCharge().known().orElseThrow().value()).isBetween(9.0, 10.0);
      assertThat(watts(night.grid())).isGreaterThan(0);
    }
  }

  @Test
  void refusesBadSettings_andAMissingPlace() {
    assertThatThrownBy(() -> site(Map.of("peak", "-1 kW"), OwnDraw.NONE).close())
        .isInstanceOf(SettingsException.class)
        .hasMessage("energy.simulated.peak must be positive, as in 5 kW.");
    assertThatThrownBy(
            () ->
                Adapters.builtIn()
                    .create(
                        "simulated",
                        Map.of(),
                        new AdapterContext(null, Duration.ofSeconds(1), OwnDraw.NONE, Path.of("")))
                    .close())
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("needs energy.place.latitude and energy.place.longitude");
    assertThatThrownBy(
            () ->
                Adapters.builtIn()
                    .create(
                        "fronius2",
                        Map.of(),
                        new AdapterContext(PLACE, Duration.ofSeconds(1), OwnDraw.NONE, Path.of("")))
                    .close())
        .hasMessage("Unknown energy adapter 'fronius2': known are replay, simulated.");
  }
}
