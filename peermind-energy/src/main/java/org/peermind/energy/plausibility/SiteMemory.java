// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.plausibility.Finding.Check;
import org.peermind.protocol.PlaceCell;

/// What is remembered of one site, and the checks that need no other.
///
/// A report that is not newer than the last one changes nothing here: only what it says for itself
/// is judged.
final class SiteMemory {
  private static final Duration COUNTS_FOR = Duration.ofHours(24);
  private static final Duration REFUSES_FOR = Duration.ofMinutes(10);
  private static final Duration GAP_MAX = Duration.ofMinutes(3);
  private static final double NIGHT_WATTS = 5;
  private static final double NIGHT_WATTS_UNRATED = 20;
  private static final double NIGHT_SHARE = 0.002;
  private static final double TWILIGHT_SHARE = 0.03;
  private static final double HEADROOM_SLACK_WATTS = 50;
  private static final double RATED_FACTOR_MAX = 1.5;
  private static final double RATED_MEAN_MAX = 1.2;
  private static final Duration MEAN_OVER = Duration.ofMinutes(15);
  private static final int READINGS_MAX = 64;
  private static final int BALANCED_OVER = 20;
  private static final double OPEN_SHARE_MAX = 0.25;
  private static final int FROZEN_READINGS = 6;
  private static final double FROZEN_SECONDS_MIN = 140;
  private static final double FROZEN_SHARE_MIN = 0.05;
  private static final double FROZEN_SHARE_MAX = 0.95;
  private static final double FROZEN_STEPS = 10;
  private static final double STEP_UNSEEN_SHARE = 0.005;
  private static final Duration DEVICE_CLOCK_MAX = Duration.ofMinutes(20);
  private static final double RAMP_SHARE_MAX = 0.8;
  private static final double RAMP_SECONDS_MAX = 2;
  private static final double GREEN_SHARE_MIN = 0.5;
  private static final double DISCHARGE_WATTS_MIN = 50;

  private Area area;
  private final Map<Check, Finding> findings = new EnumMap<>(Check.class);
  private final Deque<Reading> readings = new ArrayDeque<>();
  private final StoredEnergy stored = new StoredEnergy();
  private final Yields yields = new Yields();
  private @Nullable Clouds clouds;
  private @Nullable Claim last;
  private Instant heardAt;
  private double frozenWatts = Double.NaN;
  private double frozenClear;
  private Instant frozenSince = Instant.MIN;
  private int frozenCount;
  private @Nullable Instant deviceTime;
  private Instant deviceTimeSince = Instant.MIN;
  private double stepWatts = Double.NaN;
  private long openReports;
  private int balancedReports;
  private long cleanDay = Long.MIN_VALUE;
  private int cleanDays;

  private record Reading(Instant at, double watts, double ceilingWatts) {}

  SiteMemory(PlaceCell cell, Instant now) {
    this.area = new Area(cell);
    this.heardAt = now;
  }

  Area area() {
    return area;
  }

  Yields yields() {
    return yields;
  }

  @Nullable Clouds clouds() {
    return clouds;
  }

  Instant heardAt() {
    return heardAt;
  }

  /// Share of the stored energy that did not come from the grid.
  double greenShare() {
    return stored.greenShare();
  }

  /// The days in a row that ended without a finding.
  int cleanDays() {
    return cleanDays;
  }

  /// A node that moves keeps what was found, but not what its sky was like.
  void moveTo(PlaceCell cell) {
    if (!area.cell().equals(cell)) {
      area = new Area(cell);
      clouds = null;
      readings.clear();
      frozenWatts = Double.NaN;
    }
  }

  void found(Check check, String sentence, Instant at) {
    note(new Finding(check, sentence, at, at.plus(COUNTS_FOR)));
  }

  void refuse(Check check, String sentence, Instant at) {
    note(new Finding(check, sentence, at.plus(REFUSES_FOR), at.plus(COUNTS_FOR)));
  }

  private void note(Finding finding) {
    Finding before = findings.get(finding.check());
    if (before == null || before.until().isBefore(finding.until())) {
      findings.put(finding.check(), finding);
    }
    cleanDays = 0;
    cleanDay = area.day(finding.until());
  }

  List<Finding> findings(Instant now) {
    findings.values().removeIf(finding -> !now.isBefore(finding.until()));
    return List.copyOf(findings.values());
  }

  /// Judges a claim and remembers it.
  ///
  /// @return whether a solar day has just ended
  boolean take(Claim claim, Instant now) {
    heardAt = now;
    byItself(claim);
    Claim before = last;
    if (before != null && !claim.at().isAfter(before.at())) {
      return false;
    }
    last = claim;
    deviceClock(claim);
    balance(claim);
    stored(claim);
    if (Double.isNaN(claim.production())) {
      return false;
    }
    boolean hasDayEnded = before != null && made(before, claim);
    if (claim.sun()) {
      frozen(claim);
      mean(claim);
      ramp(before, claim);
      cloudiness(claim);
    }
    return hasDayEnded;
  }

  /// What one report shows without any other (E1, E2).
  private void byItself(Claim claim) {
    double watts = claim.productionLeast();
    double rated = claim.rated();
    Instant at = claim.at();
    if (watts > RATED_FACTOR_MAX * rated) {
      refuse(
          Check.CEILING,
          String.format(Locale.ROOT, "It reports %.0f W from a source of %.0f W.", watts, rated),
          claim.at());
    }
    if (!claim.sun()) {
      return;
    }
    boolean isRated = !Double.isNaN(rated);
    double nightMost = isRated ? Math.max(NIGHT_WATTS, NIGHT_SHARE * rated) : NIGHT_WATTS_UNRATED;
    boolean isNight = area.isNight(at);
    if (isNight && watts > nightMost + (Double.isNaN(claim.production()) ? 30 : 0)) {
      refuse(
          Check.NIGHT,
          String.format(
              Locale.ROOT, "It reports %.0f W from the sun, but where it is it is night.", watts),
          at);
    } else if (isNight && claim.noBattery() && claim.headroom() > HEADROOM_SLACK_WATTS) {
      refuse(
          Check.NIGHT,
          String.format(
              Locale.ROOT, "It claims %.0f W of headroom from the sun at night.", claim.headroom()),
          at);
    } else if (!isNight && isRated && watts > Math.max(NIGHT_WATTS, ceilingWatts(claim))) {
      refuse(
          area.isTwilight(at) ? Check.NIGHT : Check.CEILING,
          String.format(
              Locale.ROOT,
              "It reports %.0f W; the sun gives it at most %.0f W.",
              watts,
              ceilingWatts(claim)),
          at);
    }
  }

  private double ceilingWatts(Claim claim) {
    double share = Math.min(RATED_FACTOR_MAX, area.ceiling(claim.at()));
    return claim.rated() * Math.max(TWILIGHT_SHARE, share);
  }

  /// E11: readings that are no younger than twenty minutes ago are no measurement of now.
  private void deviceClock(Claim claim) {
    Instant device = claim.deviceTime();
    if (device == null || !device.equals(deviceTime)) {
      deviceTime = device;
      deviceTimeSince = claim.at();
    } else if (claim.seconds(deviceTimeSince) > DEVICE_CLOCK_MAX.toSeconds()) {
      found(
          Check.CLOCK,
          String.format(
              Locale.ROOT,
              "The clock of its device has stood still for %.0f s.",
              claim.seconds(deviceTimeSince)),
          claim.at());
    }
  }

  /// E3: the flows add up, and nobody has more headroom than production.
  private void balance(Claim claim) {
    double imbalance = claim.imbalance();
    if (!Double.isNaN(imbalance)) {
      openReports = openReports << 1 | (imbalance > 0 ? 1 : 0);
      balancedReports = Math.min(BALANCED_OVER, balancedReports + 1);
      int open = Long.bitCount(openReports & ((1L << BALANCED_OVER) - 1));
      if (balancedReports == BALANCED_OVER && open > OPEN_SHARE_MAX * BALANCED_OVER) {
        found(
            Check.BALANCE,
            String.format(
                Locale.ROOT,
                "In %.0f of its last 20 reports the powers do not add up.",
                (double) open),
            claim.at());
      }
    }
    if (claim.noBattery() && !claim.throttled() && !readings.isEmpty()) {
      double most = claim.production();
      for (Reading reading : readings) {
        most = Math.max(most, reading.watts());
      }
      if (claim.headroom() > 1.1 * most + HEADROOM_SLACK_WATTS) {
        found(
            Check.BALANCE,
            String.format(
                Locale.ROOT,
                "It claims %.0f W of headroom and makes %.0f W.",
                claim.headroom(),
                most),
            claim.at());
      }
    }
  }

  /// E4: charge follows power, and only energy that is not from the grid counts.
  private void stored(Claim claim) {
    double battery = claim.battery();
    if (Double.isNaN(battery + claim.percent() + claim.capacityWattHours())) {
      return;
    }
    double fromGrid = Double.isNaN(claim.grid()) ? 0 : Math.max(0, claim.grid());
    double made = Double.isNaN(claim.production()) ? battery : Math.max(0, claim.production());
    double green = Math.min(made, battery - fromGrid);
    double error =
        stored.take(
            claim.at(), battery, Math.max(0, green), claim.percent(), claim.capacityWattHours());
    if (error > 0) {
      found(
          Check.BATTERY,
          String.format(
              Locale.ROOT, "Charge and power of its battery differ by %.0f %% of it.", 100 * error),
          claim.at());
    }
    if (battery < -DISCHARGE_WATTS_MIN && stored.greenShare() < GREEN_SHARE_MIN) {
      found(
          Check.BATTERY,
          String.format(
              Locale.ROOT,
              "Of what its battery holds %.0f %% came from the grid.",
              100 * (1 - stored.greenShare())),
          claim.at());
    }
  }

  private boolean made(Claim before, Claim claim) {
    double seconds = claim.seconds(before.at());
    if (Double.isNaN(claim.rated()) || seconds > GAP_MAX.toSeconds()) {
      return false;
    }
    long day = area.day(claim.at());
    if (findings.isEmpty() && day > cleanDay) {
      cleanDays += cleanDay == Long.MIN_VALUE ? 0 : 1;
      cleanDay = day;
    }
    return claim.sun() && yields.add(day, Math.max(0, claim.production()) / claim.rated(), seconds);
  }

  /// E6: the same figure to the last digit while the sun moves on.
  private void frozen(Claim claim) {
    double watts = claim.production();
    double clear = area.clear(claim.at());
    if (watts != frozenWatts || claim.throttled()) {
      double step = Math.abs(watts - frozenWatts);
      if (step > 0) {
        stepWatts = Double.isNaN(stepWatts) ? step : Math.min(stepWatts, step);
      }
      frozenWatts = watts;
      frozenClear = clear;
      frozenSince = claim.at();
      frozenCount = 1;
      return;
    }
    frozenCount++;
    double rated = claim.rated();
    boolean isTelling = watts > FROZEN_SHARE_MIN * rated && watts < FROZEN_SHARE_MAX * rated;
    if (!isTelling || frozenCount < FROZEN_READINGS) {
      return;
    }
    double step = Double.isNaN(stepWatts) ? STEP_UNSEEN_SHARE * rated : Math.max(1, stepWatts);
    double change = watts * Math.abs(clear - frozenClear) / Math.max(1, frozenClear);
    double seconds = claim.seconds(frozenSince);
    if (seconds >= FROZEN_SECONDS_MIN && change > FROZEN_STEPS * step) {
      found(
          Check.FROZEN,
          String.format(
              Locale.ROOT,
              "It reports exactly %.0f W for %.0f s while the sun moves.",
              watts,
              seconds),
          claim.at());
    }
  }

  /// E1 for the mean of 15 minutes, over which no cloud's edge lasts.
  private void mean(Claim claim) {
    double rated = claim.rated();
    double most = rated * Math.min(RATED_MEAN_MAX, area.ceiling(claim.at()));
    Instant oldest = claim.at().minus(MEAN_OVER);
    while (!readings.isEmpty()
        && (readings.getFirst().at().isBefore(oldest) || readings.size() >= READINGS_MAX)) {
      readings.removeFirst();
    }
    readings.addLast(new Reading(claim.at(), claim.production(), most));
    if (Double.isNaN(rated)
        || claim.seconds(readings.getFirst().at()) < 0.9 * MEAN_OVER.toSeconds()) {
      return;
    }
    double watts = readings.stream().mapToDouble(Reading::watts).average().orElse(0);
    double ceiling = readings.stream().mapToDouble(Reading::ceilingWatts).average().orElse(0);
    if (watts > Math.max(ceiling, NIGHT_WATTS)) {
      refuse(
          Check.CEILING,
          String.format(
              Locale.ROOT,
              "It reports %.0f W over 15 min; the sun gives at most %.0f W.",
              watts,
              ceiling),
          claim.at());
    }
  }

  /// E10: no panels rise to full power within a second or two.
  private static boolean isJump(Claim before, Claim claim) {
    double seconds = claim.seconds(before.at());
    double rise = (claim.production() - before.production()) / claim.rated();
    return seconds <= RAMP_SECONDS_MAX && rise > RAMP_SHARE_MAX * Math.max(1, seconds);
  }

  private void ramp(@Nullable Claim before, Claim claim) {
    if (before != null && isJump(before, claim)) {
      found(
          Check.RAMP,
          String.format(
              Locale.ROOT,
              "Its panels went from %.0f W to %.0f W at once.",
              before.production(),
              claim.production()),
          claim.at());
    }
  }

  private void cloudiness(Claim claim) {
    double clear = area.clear(claim.at());
    if (clear <= 0 || claim.throttled()) {
      return;
    }
    Clouds sky = clouds;
    if (sky == null) {
      sky = new Clouds();
      clouds = sky;
    }
    sky.add(Math.floorDiv(claim.at().getEpochSecond(), 60L), claim.production(), clear);
  }
}
