// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peermind.energy.plausibility.Finding.Check;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.NodeId;
import org.peermind.testkit.Property;

/// What a referee believes of single reports and of short series (trust facts, section 3).
class PlausibilityTest {
  private static final Instant NOON = Instant.parse("2026-06-21T11:15:00Z");
  private static final Instant MIDNIGHT = Instant.parse("2026-06-21T23:15:00Z");

  private final Plausibility judge = new Plausibility();
  private final TestSite clear = new TestSite(1, 48.1, 11.6, 0);
  private final TestSite broken = new TestSite(2, 48.1, 11.6, 0.5);

  private static List<Check> checks(Verdict verdict) {
    return verdict.findings().stream().map(Finding::check).toList();
  }

  @Test
  void countsSevenTenths_ofAnHonestClaim() {
    Verdict verdict = clear.tell(judge, NOON, NOON.plusSeconds(1_800));
    assertThat(verdict.findings()).isEmpty();
    assertThat(verdict.level()).isEqualTo(TrustLevel.CHECKED);
    assertThat(verdict.share()).isEqualTo(0.7);
    assertThat(verdict.objection()).isEmpty();
  }

  @Test
  void countsNothing_ofWhatTheOwnerStates() {
    clear.declared = true;
    Verdict verdict = clear.tell(judge, NOON);
    assertThat(verdict.level()).isEqualTo(TrustLevel.STATED);
    assertThat(verdict.share()).isZero();
    assertThat(verdict.objection().orElseThrow()).contains("states its power");
  }

  @Test
  void countsNothing_ofAReportWithoutMeasuredPower() {
    clear.measured = false;
    Verdict verdict = clear.tell(judge, NOON);
    assertThat(verdict.refuses()).isTrue();
    assertThat(verdict.objection().orElseThrow()).contains("no measured power");
  }

  @Test
  void leavesSimulatedPower_toTheNetworksOwnSetting() {
    clear.simulated = true;
    clear.production = OptionalDouble.of(3_000);
    assertThat(clear.tell(judge, MIDNIGHT).share()).isEqualTo(1);
  }

  @Test
  void refusesSolarPowerAtNight_withTheFirstReport() {
    clear.production = OptionalDouble.of(900);
    Verdict verdict = clear.tell(judge, MIDNIGHT);
    assertThat(verdict.refuses()).isTrue();
    assertThat(verdict.objection().orElseThrow())
        .isEqualTo("It reports 900 W from the sun, but where it is it is night.");
  }

  @Test
  void refusesHeadroomAtNight_whenNeitherSunNorBatteryGivesIt() {
    clear.headroom = OptionalDouble.of(600);
    assertThat(checks(clear.tell(judge, MIDNIGHT))).contains(Check.NIGHT);
  }

  @Test
  void countsHalf_forADayAfterTheNight() {
    clear.production = OptionalDouble.of(900);
    clear.tell(judge, MIDNIGHT);
    clear.production = OptionalDouble.empty();
    assertThat(clear.tell(judge, NOON.plusSeconds(86_400)).share()).isEqualTo(0.35);
    assertThat(clear.tell(judge, NOON.plusSeconds(2 * 86_400)).share()).isEqualTo(0.7);
  }

  @Test
  void doesNotJudgeWindAndWaterByTheSun() {
    for (String source : List.of("wind", "hydro")) {
      TestSite mill = new TestSite(source.hashCode(), 48.1, 11.6, 0);
      mill.source = source;
      mill.production = OptionalDouble.of(3_000);
      assertThat(mill.tell(judge, MIDNIGHT, MIDNIGHT.plusSeconds(3_600)).share()).isEqualTo(0.7);
    }
  }

  @Test
  void refusesMoreThanTheRatedPower_byHalf() {
    clear.production = OptionalDouble.of(1.6 * TestSite.RATED_WATTS);
    assertThat(checks(clear.tell(judge, NOON))).contains(Check.CEILING);
  }

  @Test
  void refusesReadingsTimesTwo_withinOneClearDay() {
    Instant at = Instant.parse("2026-06-21T02:00:00Z");
    Instant evening = Instant.parse("2026-06-21T20:00:00Z");
    Verdict verdict = clear.tell(judge, at);
    while (!verdict.refuses() && at.isBefore(evening)) {
      at = at.plusSeconds(30);
      clear.production = OptionalDouble.of(2 * clear.watts(at));
      verdict = clear.tell(judge, at);
    }
    assertThat(checks(verdict)).contains(Check.CEILING);
  }

  @Test
  void findsADeviceWhoseClockStandsStill() {
    clear.deviceTime = Optional.of(NOON);
    assertThat(clear.tell(judge, NOON, NOON.plusSeconds(1_200)).findings()).isEmpty();
    Instant later = NOON.plusSeconds(1_200);
    assertThat(checks(clear.tell(judge, later, later.plusSeconds(90)))).contains(Check.CLOCK);
  }

  @Test
  void findsAFrozenReading_withinFiveMinutes() {
    Instant morning = Instant.parse("2026-06-21T07:00:00Z");
    broken.tell(judge, morning, morning.plusSeconds(600));
    broken.production = OptionalDouble.of(1_234);
    Verdict verdict = broken.tell(judge, morning.plusSeconds(600), morning.plusSeconds(600 + 300));
    assertThat(checks(verdict)).contains(Check.FROZEN);
    assertThat(verdict.share()).isEqualTo(0.35);
  }

  @Test
  void letsAThrottledInverterStandStill() {
    clear.production = OptionalDouble.of(1_234);
    clear.throttled = true;
    Instant morning = Instant.parse("2026-06-21T07:00:00Z");
    assertThat(clear.tell(judge, morning, morning.plusSeconds(1_800)).findings()).isEmpty();
  }

  @Test
  void findsGridEnergyToldAsSun_whenThePowersDoNotAddUp() {
    clear.load = OptionalDouble.of(1_500);
    clear.grid = OptionalDouble.of(1_500);
    clear.headroom = OptionalDouble.of(500);
    assertThat(checks(clear.tell(judge, NOON, NOON.plusSeconds(660)))).contains(Check.BALANCE);
  }

  @Test
  void findsHeadroomBeyondProduction() {
    clear.tell(judge, NOON);
    clear.headroom = OptionalDouble.of(2 * TestSite.RATED_WATTS);
    assertThat(checks(clear.tell(judge, NOON.plusSeconds(30)))).contains(Check.BALANCE);
  }

  @Test
  void countsOnlyGreenCharge_afterABatteryWasFilledFromTheGridAtNight() {
    double percent = 10;
    Instant at = MIDNIGHT.minusSeconds(1_800);
    for (int i = 0; i < 240; i++) {
      clear.battery = OptionalDouble.of(3_000);
      clear.percent = OptionalDouble.of(Math.rint(percent * 10) / 10);
      assertThat(checks(clear.tell(judge, at))).isEmpty();
      percent += 0.96 * 3_000 * 30 / 3_600 / 10_000 * 100;
      at = at.plusSeconds(30);
    }
    clear.battery = OptionalDouble.of(-800);
    clear.headroom = OptionalDouble.of(400);
    clear.percent = OptionalDouble.of(Math.rint(percent * 10) / 10);
    Verdict verdict = clear.tell(judge, at);
    assertThat(checks(verdict)).contains(Check.BATTERY);
    assertThat(verdict.share()).isLessThan(0.15);
  }

  @Test
  void findsAChargeThatDoesNotFollowThePower() {
    clear.battery = OptionalDouble.of(-2_000);
    clear.percent = OptionalDouble.of(80);
    Verdict verdict = clear.tell(judge, MIDNIGHT, MIDNIGHT.plusSeconds(3_000));
    assertThat(checks(verdict)).contains(Check.BATTERY);
  }

  @Test
  void refusesAReport_thatIsOldOrAheadOfTime() {
    HeadroomReport report = clear.report(NOON);
    for (long seconds : new long[] {91, 3_600, -31, -3_600}) {
      Verdict verdict =
          judge.judge(clear.node, clear.cell, report, Evidence.NONE, NOON.plusSeconds(seconds));
      assertThat(verdict.refuses()).isTrue();
    }
    Verdict verdict =
        judge.judge(clear.node, clear.cell, report, Evidence.NONE, NOON.plusSeconds(60));
    assertThat(verdict.share()).isEqualTo(0.7);
  }

  @Test
  void findsAJumpToFullPowerWithinASecond() {
    clear.production = OptionalDouble.of(0);
    clear.headroom = OptionalDouble.of(0);
    clear.tell(judge, NOON);
    clear.production = OptionalDouble.of(4_500);
    assertThat(checks(clear.tell(judge, NOON.plusSeconds(1)))).contains(Check.RAMP);
  }

  @Test
  void reachesLevelTwo_onlyWithTwoCleanWeeksAndAStepChallenge() {
    Evidence passed = new Evidence(true, false, false);
    Verdict verdict = clear.tell(judge, NOON);
    for (int day = 0; day < 16; day++) {
      Instant noon = NOON.plusSeconds(86_400L * day);
      clear.tell(judge, noon.plusSeconds(30), noon.plusSeconds(600));
      verdict =
          judge.judge(
              clear.node,
              clear.cell,
              clear.report(noon.plusSeconds(600)),
              passed,
              noon.plusSeconds(600));
      assertThat(verdict.level()).isEqualTo(day < 14 ? TrustLevel.CHECKED : TrustLevel.PROVEN);
    }
    clear.unverified = true;
    Instant end = NOON.plusSeconds(86_400L * 15 + 660);
    verdict = judge.judge(clear.node, clear.cell, clear.report(end), passed, end);
    assertThat(verdict.level()).isEqualTo(TrustLevel.CHECKED);
  }

  @Test
  void keepsWhatItFound_whenANodeSaysThatItMoved() {
    clear.production = OptionalDouble.of(900);
    clear.tell(judge, MIDNIGHT);
    TestSite away = new TestSite(1, -33.9, 151.2, 0);
    assertThat(away.node).isEqualTo(clear.node);
    assertThat(checks(away.tell(judge, MIDNIGHT.plusSeconds(30)))).contains(Check.NIGHT);
  }

  @Test
  void cannotBeFlushed_byManyNewNodes() {
    Plausibility small = new Plausibility(2);
    clear.production = OptionalDouble.of(900);
    clear.tell(small, MIDNIGHT);
    for (int i = 0; i < 20; i++) {
      TestSite other = new TestSite(100 + i, 48.1, 11.6, 0);
      other.production = OptionalDouble.of(900);
      assertThat(other.tell(small, MIDNIGHT).refuses()).isTrue();
    }
    clear.production = OptionalDouble.empty();
    assertThat(checks(clear.tell(small, MIDNIGHT.plusSeconds(30)))).contains(Check.NIGHT);
  }

  @Test
  void givesTheSameInAnyInterleavingOfNodes_andDuplicatesChangeNothing() {
    Property.forAll(
        40,
        10,
        random -> {
          List<TestSite> sites = new ArrayList<>();
          for (int i = 0; i < 4; i++) {
            sites.add(new TestSite(random.nextInt(50), 48.1, 11.6, 0.5));
          }
          Map<NodeId, Verdict> straight = new HashMap<>();
          Map<NodeId, Verdict> shuffled = new HashMap<>();
          Plausibility one = new Plausibility();
          Plausibility other = new Plausibility();
          for (int i = 0; i < 60; i++) {
            Instant at = NOON.plusSeconds(30L * i);
            sites.forEach(site -> straight.put(site.node, site.tell(one, at)));
            List<TestSite> order = new ArrayList<>(sites);
            order.addAll(sites.subList(0, 2));
            Collections.shuffle(order, new Random(random.nextLong()));
            order.forEach(site -> shuffled.put(site.node, site.tell(other, at)));
          }
          assertThat(shuffled).isEqualTo(straight);
        });
  }

  @Test
  void neverCountsMoreThanTheClaim_whateverIsReported() {
    Property.forAll(
        7,
        200,
        random -> {
          TestSite site = new TestSite(random.nextInt(5), 48.1, 11.6, 0.5);
          site.production = OptionalDouble.of(random.nextDouble(-1e9, 1e9));
          site.grid = OptionalDouble.of(random.nextDouble(-1e9, 1e9));
          site.headroom = OptionalDouble.of(random.nextDouble(-1e9, 1e9));
          site.battery = OptionalDouble.of(random.nextDouble(-1e9, 1e9));
          site.percent = OptionalDouble.of(random.nextDouble(100));
          site.rated = random.nextBoolean();
          site.unverified = random.nextBoolean();
          Verdict verdict = site.tell(judge, NOON.plusSeconds(random.nextInt(200_000)));
          assertThat(verdict.share()).isBetween(0.0, verdict.level().share());
        });
  }
}
