// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.spi.SettingsException;

class EnergySettingsTest {
  private static List<String> problems(Map<String, ?> yaml) {
    return catchThrowableOfType(SettingsException.class, () -> EnergySettings.from(yaml))
        .problems();
  }

  @Test
  void hasSafeDefaults() {
    EnergySettings settings = EnergySettings.from(Map.of());
    assertThat(settings.sampling().window()).isEqualTo(Duration.ofSeconds(45));
    assertThat(settings.sampling().ageMax()).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.full()).isEqualTo(new Hysteresis.Thresholds(270, 250));
    assertThat(settings.reduced()).isEqualTo(new Hysteresis.Thresholds(140, 120));
    assertThat(settings.margin()).isEqualTo(new EnergySettings.Margin(15, 0.02, 0.5));
    assertThat(settings.delays().minimumOn()).isEqualTo(Duration.ofMinutes(5));
    assertThat(settings.battery()).isNull();
  }

  @Test
  void readsUnitsAndPlainNumbers() {
    EnergySettings settings =
        EnergySettings.from(
            Map.of(
                "window", 30,
                "poll", "10 s",
                "off-delay", "2 min",
                "upper", "1.2 kW",
                "lower", 800,
                "margin-share", "10 %",
                "battery", Map.of("capacity", "10 kWh", "renewable", "yes", "horizon", "6h")));
    assertThat(settings.sampling().window()).isEqualTo(Duration.ofSeconds(30));
    assertThat(settings.sampling().ageMax()).isEqualTo(Duration.ofSeconds(20));
    assertThat(settings.delays().off()).isEqualTo(Duration.ofMinutes(2));
    assertThat(settings.full()).isEqualTo(new Hysteresis.Thresholds(1_200, 800));
    assertThat(settings.margin().productionShare()).isEqualTo(0.1);
    BatterySettings battery = requireNonNull(settings.battery());
    assertThat(battery.capacityWattHours()).isEqualTo(10_000);
    assertThat(battery.chargeMaxWatts()).isEqualTo(5_000);
    assertThat(battery.renewable()).isTrue();
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "adapter | fronius2 | energy.adapter names the unknown energy adapter 'fronius2': known are"
            + " replay, simulated.",
        "window | 29s | energy.window must lie within 30 and 60 s, not 29 s.",
        "window | 61 | energy.window must lie within 30 and 60 s, not 61 s.",
        "window | soon | energy.window must be a duration such as 45s or 5 min, not 'soon'.",
        "upper | 300 A | energy.upper must be a power such as 250 W or 1.5 kW, not '300 A'.",
        "upper | 200 W | energy.upper (200.0 W) must exceed energy.lower (250.0 W).",
        "lower | 100 | energy.lower is 100 W but must be at least energy.engine.full-power (250 W),"
            + " or the engine would run on grid power.",
        "lower | -5 | energy.lower must not be negative.",
        "poll | 60s | energy.poll must lie within 0.2 and 15 s, not 60 s.",
        "coverage | 120 % | energy.coverage must lie within 0 and 100 %, not 120.",
        "import-trip | 9 kW | energy.import-trip must lie within 0 and 5000 W, not 9000.",
        "treshold | 1 | Unknown key 'treshold' in energy: known are",
        "place | Berlin | energy.place must be a section with keys of its own, not 'Berlin'.",
        "trip-grace | 1 min | energy.trip-grace must lie within 0 and 5 s, not 60 s.",
      })
  void refusesABadValue_inOneSentenceNamingTheKey(String key, String value, String sentence) {
    assertThat(problems(Map.of(key, value))).first().asString().startsWith(sentence);
  }

  @Test
  void namesEveryBadValueAtOnce() {
    assertThat(problems(Map.of("window", "x", "upper", "y", "zzz", 1))).hasSize(3);
    assertThat(problems(Map.of("off-delay", "1h", "on-delay", "1s"))).hasSize(2);
  }

  @Test
  void refusesEmptyAndStructuredValues() {
    Map<String, Object> empty = new java.util.HashMap<>();
    empty.put("window", null);
    assertThat(problems(empty))
        .containsExactly("energy.window is empty; give a value or remove the key.");
    assertThat(problems(Map.of("window", Arrays.asList(1, 2))))
        .containsExactly("energy.window must be a single value.");
  }

  @Test
  void refusesAPlaceOutsideTheGlobe_andAnUnknownZone() {
    assertThat(problems(Map.of("place", Map.of("latitude", 91, "longitude", 0))))
        .containsExactly("energy.place.latitude or longitude lies outside the globe.");
    assertThat(
            problems(Map.of("place", Map.of("latitude", 1, "longitude", 0, "zone", "Mars/Base"))))
        .containsExactly(
            "energy.place.zone must be a time zone such as Europe/Berlin, not 'Mars/Base'.");
    assertThat(problems(Map.of("place", Map.of("latitude", 1))))
        .containsExactly("energy.place.latitude and longitude must both be given, in degrees.");
  }

  @Test
  void refusesBatteryBandsThatDoNotRise() {
    assertThat(
            problems(Map.of("battery", Map.of("capacity", "5 kWh", "reserve", 50, "priority", 30))))
        .containsExactly(
            "energy.battery.reserve, .priority and .buffer must rise in this order, not 50, 30, 60"
                + " %.");
    assertThat(problems(Map.of("battery", Map.of("reserve", 10))))
        .containsExactly("energy.battery.capacity must be given, as in 10 kWh.");
  }

  @Test
  void keepsTheSectionsOfOtherAdapters() {
    EnergySettings settings =
        EnergySettings.from(
            Map.of("adapter", "replay", "replay", Map.of("file", "a.csv"), "simulated", Map.of()));
    assertThat(settings.adapterSettings()).isEqualTo(Map.of("file", "a.csv"));
  }

  @Test
  void checksTheRulesAgain_whenBuiltInCode() {
    EnergySettings good = EnergySettings.from(Map.of());
    assertThat(
            catchThrowableOfType(
                    SettingsException.class,
                    () ->
                        new EnergySettings(
                            good.adapter(),
                            good.adapterSettings(),
                            null,
                            new EnergySettings.Sampling(
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(5),
                                0.8,
                                Duration.ofSeconds(5)),
                            good.engine(),
                            good.full(),
                            good.reduced(),
                            good.delays(),
                            good.graces(),
                            good.imports(),
                            good.margin(),
                            good.limits(),
                            good.payback(),
                            good.probing(),
                            null))
                .problems())
        .containsExactly("energy.window must lie within 30 and 60 s, not 5 s.");
  }
}
