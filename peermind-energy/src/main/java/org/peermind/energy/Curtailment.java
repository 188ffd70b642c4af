// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.Hysteresis.Level;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Watts;

/// Finds the sun that an inverter holds back (facts section 5): where export is limited, the real
/// headroom shows only after the load has risen. So the level is raised by one step, and the meter
/// tells at once whether the inverter had more to give.
///
/// Raised only while the inverter says that it is throttled, or the export stands at the site's
/// limit; never on a site without a grid, nor while the battery lacks charge or gives any. Back off
/// at once when import (or discharge) shows, once the inverter had time to follow. Attempts are
/// bounded per hour, and after a failure none is made for a quarter of an hour. What is granted
/// moves the engine only; it is in no report, because nothing has measured it.
///
/// @param limitedSince since when production has been held back, null when it is not
/// @param unlimitedSince since when it has not, null while it is
/// @param granted the level that is tried, off when none is
/// @param attempts when levels were granted within the last hour, oldest first
/// @param failure when an attempt last met import, null when none did
public record Curtailment(
    @Nullable Instant limitedSince,
    @Nullable Instant unlimitedSince,
    Level granted,
    List<Instant> attempts,
    @Nullable Instant failure) {
  static final Curtailment NONE = new Curtailment(null, null, Level.OFF, List.of(), null);

  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration LIMITED_MIN = Duration.ofSeconds(30);
  private static final Duration SETTLING = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMinutes(15);
  private static final double PRODUCTION_MIN_WATTS = 50;
  private static final double LIMIT_NOISE_WATTS = 30;
  private static final double LIMIT_NOISE_SHARE = 0.03;

  /// When to try.
  ///
  /// @param attemptsPerHour 0 never tries
  /// @param exportLimitWatts what the site may export at most, NaN when there is no limit
  public record Rules(int attemptsPerHour, double exportLimitWatts) {}

  /// What one sample shows.
  ///
  /// @param gridWatts positive on import, NaN when unknown
  /// @param changedAt when the activation last changed
  record View(
      EnergySample sample,
      double gridWatts,
      Headroom.Band band,
      Headroom.Estimate estimate,
      Hysteresis.State level,
      Instant changedAt) {}

  public Curtailment {
    attempts = List.copyOf(attempts);
  }

  boolean probing() {
    return granted != Level.OFF;
  }

  boolean failedAt(Instant at) {
    return at.equals(failure);
  }

  /// Nothing is tried any more; what was tried still counts.
  Curtailment ended(Instant at) {
    Instant kept = failure == null || failure.isAfter(at) ? null : failure;
    return new Curtailment(null, null, Level.OFF, attempts, kept);
  }

  Curtailment step(View view, EnergySettings settings, Instant at) {
    boolean limited = limited(view, settings.probing());
    Instant since = limited ? (limitedSince == null ? at : limitedSince) : null;
    Instant unlimited = limited ? null : (unlimitedSince == null ? at : unlimitedSince);
    List<Instant> recent =
        attempts.stream().filter(attempt -> attempt.isAfter(at.minus(HOUR))).toList();
    Curtailment now = new Curtailment(since, unlimited, granted, recent, failure);
    if (probing()) {
      boolean settled = !at.isBefore(view.changedAt.plus(SETTLING));
      if (settled && feedsFromElsewhere(view, settings)) {
        Instant failed = view.level.level() == Level.OFF ? failure : at; // or nothing was tried yet
        return new Curtailment(since, unlimited, Level.OFF, recent, failed);
      }
      if (unlimited != null && !at.isBefore(unlimited.plus(settings.delays().off()))) {
        return new Curtailment(since, unlimited, Level.OFF, recent, failure);
      }
    }
    return now.mayTry(view, settings, at) ? now.grant(view, settings, at) : now;
  }

  private static boolean feedsFromElsewhere(View view, EnergySettings settings) {
    double tolerance = settings.imports().toleranceWatts();
    return !(view.gridWatts <= tolerance) || charging(view) < -tolerance;
  }

  private static boolean limited(View view, Rules rules) {
    EnergySample sample = view.sample;
    boolean sunny =
        switch (sample.production()) {
          case Reading.Known<Watts> known -> known.value().value() >= PRODUCTION_MIN_WATTS;
          case Reading.Unknown<Watts> _ -> sample.throttled();
        };
    boolean batteryContent =
        view.band != Headroom.Band.BELOW_RESERVE
            && view.band != Headroom.Band.BELOW_PRIORITY
            && !(charging(view) < -LIMIT_NOISE_WATTS);
    double limit = rules.exportLimitWatts;
    double noise = Math.max(LIMIT_NOISE_WATTS, LIMIT_NOISE_SHARE * limit);
    boolean atLimit = -view.gridWatts >= limit - noise; // false for NaN: unknown
    return sunny
        && batteryContent
        && sample.sourceKind().canBeRenewable()
        && sample.gridConnection() != GridConnection.ISLANDED
        && (sample.throttled() || atLimit);
  }

  private static double charging(View view) {
    return view.sample.battery().known().map(Watts::value).orElse(0.0);
  }

  private boolean mayTry(View view, EnergySettings settings, Instant at) {
    boolean lasting = limitedSince != null && !at.isBefore(limitedSince.plus(LIMITED_MIN));
    boolean rested = failure == null || !at.isBefore(failure.plus(PAUSE));
    boolean higher = next(view, settings).compareTo(granted) > 0;
    boolean bounded = attempts.size() < settings.probing().attemptsPerHour();
    boolean stepHeld =
        view.level.level() == Level.OFF
            || !at.isBefore(view.level.since().plus(settings.delays().minimumOn()));
    return lasting && rested && higher && bounded && stepHeld && !enough(view, settings);
  }

  /// One step above what runs.
  private static Level next(View view, EnergySettings settings) {
    return view.level.level() == Level.OFF && settings.engine().reducedWatts() > 0
        ? Level.REDUCED
        : Level.FULL;
  }

  /// Whether what is measured suffices, so that there is nothing to try.
  private static boolean enough(View view, EnergySettings settings) {
    double total = view.estimate.mean() + view.estimate.stored();
    return view.level.level() == Level.FULL
        || view.estimate.mean() > settings.full().upperWatts()
        || (view.level.level() == Level.OFF && total > settings.reduced().upperWatts());
  }

  private Curtailment grant(View view, EnergySettings settings, Instant at) {
    List<Instant> more = new ArrayList<>(attempts);
    more.add(at);
    return new Curtailment(limitedSince, unlimitedSince, next(view, settings), more, failure);
  }

  /// The signal with the granted level taken as covered.
  Hysteresis.Signal.Power credit(Hysteresis.Signal.Power power, Hysteresis hysteresis) {
    if (granted == Level.OFF) {
      return power;
    }
    boolean all = granted == Level.FULL;
    double full = hysteresis.full().upperWatts() + 1;
    double reduced = hysteresis.reduced().upperWatts() + 1;
    double direct = all ? Math.max(power.directMean(), full) : power.directMean();
    double directMinimum = all ? Math.max(power.directMinimum(), full) : power.directMinimum();
    return new Hysteresis.Signal.Power(
        direct,
        directMinimum,
        Math.max(Math.max(power.totalMean(), direct), reduced),
        Math.max(Math.max(power.totalMinimum(), directMinimum), reduced),
        power.importing(),
        power.importSustained(),
        true);
  }

  /// Why the level stands where it does, null when what is measured explains it.
  @Nullable Reason reason(
      Hysteresis.State level, Headroom.Estimate estimate, EnergySettings settings) {
    if (granted == Level.OFF) {
      return null;
    }
    boolean full = level.level() == Level.FULL || granted == Level.FULL;
    double needed = full ? settings.full().lowerWatts() : settings.reduced().lowerWatts();
    double measured = full ? estimate.mean() : estimate.mean() + estimate.stored();
    return measured >= needed ? null : new Reason.Probing(measured, needed);
  }
}
