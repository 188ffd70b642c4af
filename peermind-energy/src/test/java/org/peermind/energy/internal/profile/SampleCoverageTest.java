// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.Quality;

/// What a profile can say, its samples must show. What a sample shows is read from the values that
/// it promises; only old answers and three phases, which no value tells, are read from its name.
final class SampleCoverageTest {
  enum Shown {
    PRODUCTION,
    NIGHT,
    CHARGING,
    DISCHARGING,
    EXPORT,
    IMPORT,
    ISLANDED,
    THREE_PHASES,
    STALE,
    ERROR;

    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  private static final ProfileShelf SHELF = ProfileShelf.builtIn();
  private static final String TOTAL = "it gives the total of its phases as one value";

  /// The profiles that need not show something, with the reason: one line for each.
  private static final Map<String, Map<Shown, String>> EXCEPTIONS =
      Map.ofEntries(
          Map.entry("deye", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("deye-1p", Map.of(Shown.THREE_PHASES, "it has one phase")),
          Map.entry("e3dc", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("evcc-mqtt", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("foxess-h1", Map.of(Shown.THREE_PHASES, "it has one phase")),
          Map.entry("fronius", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("generic-command", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("generic-file", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("generic-http", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("generic-mqtt", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("goodwe-es", Map.of(Shown.THREE_PHASES, "it has one phase")),
          Map.entry("goodwe-et", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("growatt", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("home-assistant", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("huawei", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("openems", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("prometheus", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("sigenergy", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("sma", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("sofar", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("solax", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("solis", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("sonnen", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("sonnen-v1", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("tesla-cloud", Map.of(Shown.THREE_PHASES, TOTAL)),
          Map.entry("youless", Map.of(Shown.THREE_PHASES, TOTAL)));

  @Test
  void showsWhatEveryProfileCanSay() {
    List<String> lacking = new ArrayList<>();
    for (Profile profile : SHELF.profiles()) {
      Set<Shown> missing = possible(profile);
      missing.removeAll(shown(profile));
      missing.removeAll(EXCEPTIONS.getOrDefault(profile.name(), Map.of()).keySet());
      if (!missing.isEmpty()) {
        lacking.add(profile.name() + ": " + missing.stream().map(Shown::word).toList());
      }
    }
    assertThat(lacking).as("profiles whose samples lack something").isEmpty();
  }

  @Test
  void keepsNoExceptionThatIsNotNeeded() {
    Map<String, Set<Shown>> needless = new TreeMap<>();
    EXCEPTIONS.forEach(
        (name, exceptions) -> {
          Profile profile = SHELF.profile(name).orElseThrow();
          Set<Shown> kept = EnumSet.copyOf(exceptions.keySet());
          kept.removeIf(s -> possible(profile).contains(s) && !shown(profile).contains(s));
          if (!kept.isEmpty()) {
            needless.put(name, kept);
          }
        });
    assertThat(needless).isEmpty();
  }

  private static Set<Shown> possible(Profile profile) {
    Set<Shown> possible = EnumSet.of(Shown.ERROR);
    Set<ReadingField> fields = EnumSet.noneOf(ReadingField.class);
    rules(profile).forEach(r -> r.fields().values().forEach(f -> fields.addAll(f.keySet())));
    for (ReadingField field : fields) {
      switch (field) {
        case PV_POWER_W -> possible.addAll(EnumSet.of(Shown.PRODUCTION, Shown.NIGHT));
        case BATTERY_POWER_W -> possible.addAll(EnumSet.of(Shown.CHARGING, Shown.DISCHARGING));
        case GRID_POWER_W ->
            possible.addAll(EnumSet.of(Shown.EXPORT, Shown.IMPORT, Shown.THREE_PHASES));
        case ISLANDED -> possible.add(Shown.ISLANDED);
        case DEVICE_TIMESTAMP, DEVICE_LOCAL_TIME -> possible.add(Shown.STALE);
        case LOAD_W,
            BATTERY_SOC,
            BATTERY_CAPACITY_WH,
            BATTERY_RESERVE_PERCENT,
            NAMEPLATE_W,
            THROTTLED,
            SOURCE -> {}
      }
    }
    if (rules(profile).flatMap(r -> r.qualities().stream()).anyMatch(SampleCoverageTest::stale)) {
      possible.add(Shown.STALE);
    }
    return possible;
  }

  private static boolean stale(AnswerRule.QualityRule rule) {
    return rule.quality() == Quality.STALE;
  }

  private static Set<Shown> shown(Profile profile) {
    Set<Shown> shown = EnumSet.noneOf(Shown.class);
    rules(profile).flatMap(rule -> rule.samples().stream()).forEach(s -> addTo(shown, s));
    return shown;
  }

  private static Stream<AnswerRule> rules(Profile profile) {
    return profile.answers().stream();
  }

  private static void addTo(Set<Shown> shown, AnswerRule.Sample sample) {
    Map<String, @Nullable Object> reading = sample.expected();
    String quality = String.valueOf(reading.get("quality"));
    if (quality.equals("error")) {
      shown.add(Shown.ERROR);
      return;
    }
    sign(reading, "pv_power_w", shown, Shown.PRODUCTION, Shown.NIGHT);
    sign(reading, "battery_power_w", shown, Shown.CHARGING, Shown.DISCHARGING);
    sign(reading, "grid_power_w", shown, Shown.IMPORT, Shown.EXPORT);
    if (quality.equals("ok_no_production") || isZero(reading.get("pv_power_w"))) {
      shown.add(Shown.NIGHT);
    }
    if (Objects.equals(reading.get("grid_connection"), "islanded")) {
      shown.add(Shown.ISLANDED);
    }
    if (sample.name().contains("three phases") || sample.name().contains("three-phase")) {
      shown.add(Shown.THREE_PHASES);
    }
    boolean timed = reading.get("device_timestamp") != null;
    timed |= reading.get("device_local_time") != null;
    if (quality.equals("stale") || (timed && sample.name().contains(" old"))) {
      shown.add(Shown.STALE);
    }
  }

  private static void sign(
      Map<String, @Nullable Object> reading,
      String field,
      Set<Shown> shown,
      Shown positive,
      Shown negative) {
    if (reading.get(field) instanceof Number number && number.doubleValue() != 0) {
      shown.add(number.doubleValue() > 0 ? positive : negative);
    }
  }

  private static boolean isZero(@Nullable Object value) {
    return value instanceof Number number && number.doubleValue() == 0;
  }
}
