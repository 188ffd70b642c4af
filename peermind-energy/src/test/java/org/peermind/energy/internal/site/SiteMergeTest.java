// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SourceKind;
import org.peermind.protocol.Watts;
import org.peermind.testkit.Property;

final class SiteMergeTest {
  private static final Instant NOON = Instant.parse("2026-06-21T11:00:00Z");
  private static final Instant MIDNIGHT = Instant.parse("2026-06-21T23:00:00Z");
  private static final Place MUNICH = new Place(48.1, 11.6, ZoneOffset.UTC);
  private static final Duration STALE = Duration.ofSeconds(30);

  /// Production, load, grid and battery; NaN is unknown.
  private record Powers(double pv, double load, double grid, double battery) {}

  private static DeviceReading reading(
      DeviceRole role, Powers powers, Quality quality, Instant at, @Nullable Instant deviceTime) {
    return new DeviceReading(
        role,
        role == DeviceRole.BATTERY ? SourceKind.BATTERY : SourceKind.PV,
        GridConnection.UNKNOWN,
        watts(powers.pv, at),
        watts(powers.load, at),
        watts(powers.grid, at),
        watts(powers.battery, at),
        Reading.unknown("not asked"),
        Reading.unknown("not asked"),
        Reading.unknown("not asked"),
        Reading.unknown("not asked"),
        false,
        deviceTime,
        null,
        at,
        quality,
        quality == Quality.OK ? null : "as it says");
  }

  private static Reading<Watts> watts(double value, Instant at) {
    return Double.isNaN(value) ? Reading.unknown("not said") : Reading.watts(value, at);
  }

  private static SitePart pv(String label, double watts, Instant at) {
    return part(label, DeviceRole.PV, new Powers(watts, Double.NaN, Double.NaN, Double.NaN), at);
  }

  private static SitePart grid(String label, double watts, Instant at) {
    return part(label, DeviceRole.GRID, new Powers(Double.NaN, Double.NaN, watts, Double.NaN), at);
  }

  private static SitePart part(String label, DeviceRole role, Powers powers, Instant at) {
    return new SitePart(
        label,
        role,
        false,
        false,
        STALE,
        new SitePart.Newest.Read(reading(role, powers, Quality.OK, at, null)));
  }

  private static SitePart silent(String label, DeviceRole role) {
    return new SitePart(
        label, role, false, false, STALE, new SitePart.Newest.Missing(label + " does not answer."));
  }

  private static EnergySample sampled(Instant now, SitePart... parts) {
    SiteMerge.Merged merged = SiteMerge.merge(List.of(parts), MUNICH, now);
    assertThat(merged).isInstanceOf(SiteMerge.Merged.Sampled.class);
    return ((SiteMerge.Merged.Sampled) merged).sample();
  }

  private static String sentences(Instant now, SitePart... parts) {
    SiteMerge.Merged merged = SiteMerge.merge(List.of(parts), MUNICH, now);
    assertThat(merged).isInstanceOf(SiteMerge.Merged.Nothing.class);
    return ((SiteMerge.Merged.Nothing) merged).sentences();
  }

  private static List<String> remarks(SitePart... parts) {
    return ((SiteMerge.Merged.Sampled) SiteMerge.merge(List.of(parts), MUNICH, NOON)).remarks();
  }

  private static double known(Reading<Watts> reading) {
    return reading.known().map(Watts::value).orElse(Double.NaN);
  }

  @Test
  void addsUpTwoStringsOfPanels() {
    EnergySample site =
        sampled(NOON, pv("east", 400, NOON), pv("west", 250, NOON), grid("meter", -100, NOON));

    assertThat(known(site.production())).isEqualTo(650);
    assertThat(known(site.grid())).isEqualTo(-100);
    assertThat(site.load().isKnown()).as("without a word about a battery").isFalse();
    assertThat(site.quality()).isEqualTo(Quality.OK);
  }

  @Test
  void givesNoSample_whenADeviceThatShouldMeasureIsSilent() {
    for (DeviceRole role : List.of(DeviceRole.PV, DeviceRole.GRID, DeviceRole.BATTERY)) {
      assertThat(
              sentences(NOON, pv("east", 400, NOON), grid("meter", -100, NOON), silent("x", role)))
          .isEqualTo("x does not answer.");
    }
  }

  @Test
  void goesOn_whenADeviceIsSilentThatDecidesNothing() {
    for (DeviceRole role : List.of(DeviceRole.LOAD, DeviceRole.UPS, DeviceRole.ENGINE)) {
      EnergySample site =
          sampled(NOON, pv("roof", 400, NOON), grid("meter", -100, NOON), silent("x", role));

      assertThat(known(site.grid())).isEqualTo(-100);
      assertThat(site.load().isKnown()).isFalse();
    }
  }

  @Test
  void takesSilentPanelsForZero_onlyWhileTheSunIsDown() {
    SitePart west = silent("west", DeviceRole.PV);
    SitePart meter = grid("meter", -900, MIDNIGHT);
    SiteMerge.Merged night = SiteMerge.merge(List.of(west, meter), MUNICH, MIDNIGHT);

    assertThat(known(sampled(MIDNIGHT, west, meter).production())).isZero();
    assertThat(sampled(MIDNIGHT, west, meter).quality()).isEqualTo(Quality.DEGRADED);
    assertThat(((SiteMerge.Merged.Sampled) night).remarks())
        .containsExactly("Panels that are silent count as 0 W, because the sun is down.");
    assertThat(SiteMerge.merge(List.of(west, meter), null, MIDNIGHT))
        .as("without a place")
        .isInstanceOf(SiteMerge.Merged.Nothing.class);
  }

  @Test
  void givesNoSample_whenNobodyAnswers_andSaysWhy() {
    SitePart meter = silent("meter", DeviceRole.GRID);
    assertThat(SiteMerge.merge(List.of(meter), MUNICH, NOON))
        .isEqualTo(
            new SiteMerge.Merged.Nothing(
                "meter does not answer.", Map.of(meter, "meter does not answer.")));
  }

  @Test
  void forgetsADevice_thatWasHeardBeforeTheClockWasSetBack() {
    assertThat(SiteMerge.merge(List.of(grid("meter", -100, NOON.plusSeconds(60))), MUNICH, NOON))
        .isInstanceOfSatisfying(
            SiteMerge.Merged.Nothing.class,
            nothing -> assertThat(nothing.sentences()).contains("clock was set back"));
  }

  @Test
  void forgetsADevice_thatWasHeardTooLongAgo() {
    assertThat(SiteMerge.merge(List.of(grid("meter", -100, NOON.minusSeconds(31))), MUNICH, NOON))
        .isInstanceOfSatisfying(
            SiteMerge.Merged.Nothing.class,
            nothing -> assertThat(nothing.sentences()).isEqualTo("meter was last heard 31 s ago."));
  }

  @Test
  void givesNoSample_whenADeviceWasHeardLongBeforeTheOthers() {
    assertThat(sentences(NOON, pv("roof", 400, NOON.minusSeconds(16)), grid("meter", -100, NOON)))
        .isEqualTo("roof was heard long before the others.");
  }

  @Test
  void takesTheWorse_whenTwoSourcesDiffer() {
    SitePart second =
        new SitePart(
            "aggregator",
            DeviceRole.GRID,
            true,
            false,
            STALE,
            new SitePart.Newest.Read(
                reading(
                    DeviceRole.GRID,
                    new Powers(Double.NaN, Double.NaN, -200, Double.NaN),
                    Quality.OK,
                    NOON,
                    null)));

    EnergySample site = sampled(NOON, grid("meter", -900, NOON), second);

    assertThat(known(site.grid())).isEqualTo(-200);
    assertThat(site.quality()).isEqualTo(Quality.DEGRADED);
    assertThat(remarks(grid("meter", -900, NOON), second))
        .containsExactly("Two sources differ by 700 W in grid power; the worse one counts.");
  }

  @Test
  void isUnverified_asSoonAsOneContributingDeviceIs() {
    SitePart meter = grid("meter", -100, NOON);
    SitePart unproven = unverified(pv("roof", 1_000, NOON), false);

    assertThat(sampled(NOON, meter, pv("roof", 1_000, NOON)).unverified()).isFalse();
    assertThat(sampled(NOON, meter, unproven).unverified()).isTrue();
    assertThat(sampled(NOON, unproven, meter).unverified()).isTrue();
  }

  @Test
  void staysVerified_whenOnlyACheckIsUnverified() {
    SitePart check = unverified(grid("aggregator", -100, NOON), true);

    assertThat(sampled(NOON, grid("meter", -100, NOON), check).unverified()).isFalse();
  }

  private static SitePart unverified(SitePart part, boolean check) {
    return new SitePart(part.label(), part.role(), check, true, part.staleAfter(), part.newest());
  }

  private static SitePart source(String label, SourceKind kind, double watts, Instant at) {
    DeviceReading from =
        reading(
            DeviceRole.PV,
            new Powers(watts, Double.NaN, Double.NaN, Double.NaN),
            Quality.OK,
            at,
            null);
    DeviceReading reading =
        new DeviceReading(
            from.role(),
            kind,
            from.gridConnection(),
            from.production(),
            from.load(),
            from.grid(),
            from.battery(),
            from.stateOfCharge(),
            from.capacity(),
            from.reserve(),
            from.nameplate(),
            from.throttled(),
            from.deviceTime(),
            from.deviceLocalTime(),
            from.receivedAt(),
            from.quality(),
            from.remark());
    return new SitePart(
        label, DeviceRole.PV, false, false, STALE, new SitePart.Newest.Read(reading));
  }

  @Test
  void tellsThePanelsApart_besideWindOrWater() {
    for (SourceKind other : List.of(SourceKind.WIND, SourceKind.HYDRO)) {
      EnergySample site =
          sampled(
              NOON,
              source("roof", SourceKind.PV, 700, NOON),
              source("other", other, 900, NOON),
              grid("meter", -100, NOON));

      assertThat(site.sourceKind()).isEqualTo(other);
      assertThat(known(site.production())).isEqualTo(1_600);
      assertThat(known(site.solar())).isEqualTo(700);
    }
  }

  @Test
  void tellsNothingApart_whereThereIsOneKind() {
    SitePart meter = grid("meter", -100, NOON);
    SitePart wind = source("turbine", SourceKind.WIND, 900, NOON);

    assertThat(sampled(NOON, pv("roof", 700, NOON), meter).solar().isKnown()).isFalse();
    assertThat(sampled(NOON, wind, meter).solar().isKnown()).isFalse();
    assertThat(sampled(NOON, wind, meter).sourceKind()).isEqualTo(SourceKind.WIND);
  }

  @Test
  void countsNothingAsRenewable_besideAGenerator() {
    assertThat(
            sampled(
                    NOON,
                    source("roof", SourceKind.PV, 700, NOON),
                    source("turbine", SourceKind.WIND, 900, NOON),
                    source("diesel", SourceKind.GENERATOR, 2_000, NOON))
                .sourceKind()
                .canBeRenewable())
        .isFalse();
  }

  @Test
  void derivesTheLoad_onlyWhenTheOtherThreeAreKnown() {
    Powers all = new Powers(Double.NaN, Double.NaN, Double.NaN, 300);
    EnergySample site =
        sampled(
            NOON,
            pv("roof", 1000, NOON),
            grid("meter", 50, NOON),
            part("battery", DeviceRole.BATTERY, all, NOON));

    assertThat(known(site.load())).isEqualTo(750);
    assertThat(
            remarks(
                pv("roof", 1000, NOON),
                grid("meter", 50, NOON),
                part("battery", DeviceRole.BATTERY, all, NOON)))
        .containsExactly("The load is derived from production, grid and battery.");
  }

  @Test
  void saysByHowMuchTheBalanceIsOpen() {
    assertThat(remarks(part("plant", DeviceRole.SITE, new Powers(1000, 300, 400, 200), NOON)))
        .containsExactly(
            "Production + grid - battery differs from load by 900 W; check signs and roles.");
  }

  @Test
  void takesSleepForZero_onlyWhileTheSunIsDown() {
    Powers nothing = new Powers(Double.NaN, Double.NaN, Double.NaN, Double.NaN);
    for (Instant now : List.of(NOON, MIDNIGHT)) {
      SitePart roof =
          new SitePart(
              "roof",
              DeviceRole.PV,
              false,
              false,
              STALE,
              new SitePart.Newest.Read(
                  reading(DeviceRole.PV, nothing, Quality.OK_NO_PRODUCTION, now, null)));

      SitePart meter = grid("meter", 300, now);
      if (now.equals(MIDNIGHT)) {
        assertThat(known(sampled(now, roof, meter).production())).isZero();
      } else {
        assertThat(sentences(now, roof, meter)).isEqualTo("roof does not tell its power.");
      }
    }
  }

  @Test
  void refusesAReading_thatIsOldByItsOwnClock() {
    SitePart late =
        new SitePart(
            "meter",
            DeviceRole.GRID,
            false,
            false,
            STALE,
            new SitePart.Newest.Read(
                reading(
                    DeviceRole.GRID,
                    new Powers(Double.NaN, Double.NaN, -900, Double.NaN),
                    Quality.OK,
                    NOON,
                    NOON.minusSeconds(300))));

    assertThat(sentences(NOON, late, pv("roof", 10, NOON)))
        .isEqualTo("The reading of meter is 300 s old by its own clock.");
  }

  @Test
  void doesNotDependOnTheOrderOfDevices_andNeverMakesZeroOfUnknown() {
    Property.forAll(
        1,
        2_000,
        random -> {
          List<SitePart> parts = new ArrayList<>();
          for (int i = 0; i < 1 + random.nextInt(6); i++) {
            parts.add(anyPart("device-" + i, random));
          }
          SiteMerge.Merged merged = SiteMerge.merge(parts, MUNICH, NOON);
          List<SitePart> shuffled = new ArrayList<>(parts);
          Collections.shuffle(shuffled, new java.util.Random(random.nextLong()));
          assertThat(SiteMerge.merge(shuffled, MUNICH, NOON)).isEqualTo(merged);
          if (merged instanceof SiteMerge.Merged.Sampled(EnergySample sample, var _, var _)) {
            boolean anySilentPanel =
                parts.stream()
                    .anyMatch(
                        part ->
                            part.role() == DeviceRole.PV
                                && !part.check()
                                && part.newest() instanceof SitePart.Newest.Missing);
            assertThat(anySilentPanel).as("a sample by day without a panel").isFalse();
            assertThat(sample.receivedAt()).isAfterOrEqualTo(NOON.minus(STALE));
          }
        });
  }

  private static SitePart anyPart(String label, RandomGenerator random) {
    List<DeviceRole> roles = Arrays.asList(DeviceRole.values());
    DeviceRole role = roles.get(random.nextInt(roles.size()));
    if (random.nextInt(5) == 0) {
      return silent(label, role);
    }
    Powers powers = new Powers(any(random), any(random), any(random), any(random));
    return new SitePart(
        label,
        role,
        random.nextInt(5) == 0,
        random.nextInt(3) == 0,
        STALE,
        new SitePart.Newest.Read(
            reading(role, powers, Quality.OK, NOON.minusSeconds(random.nextInt(40)), null)));
  }

  private static double any(RandomGenerator random) {
    return random.nextInt(3) == 0 ? Double.NaN : random.nextInt(-3_000, 3_000);
  }
}
