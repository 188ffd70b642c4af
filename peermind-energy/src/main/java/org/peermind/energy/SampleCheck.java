// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Watts;

/// Decides whether a sample may be believed: quality, age, range, frozen values, balance (facts:
/// normalisation pipeline). A single reading that is too old becomes unknown; anything else that is
/// wrong refuses the whole sample.
///
/// @param ageMax oldest reading that still counts
/// @param frozenAfter how long a site may repeat itself to the last digit
/// @param limits largest believable magnitudes
public record SampleCheck(Duration ageMax, Duration frozenAfter, Limits limits) {
  private static final Duration FUTURE_MAX = Duration.ofSeconds(5);
  private static final int FROZEN_POLLS_MAX = 10;
  private static final double BALANCE_MIN_WATTS = 150;
  private static final double BALANCE_SHARE = 0.10;
  private static final double NEGATIVE_MAX_WATTS = 50;

  /// Largest believable magnitudes in watts: 1.5 times the nameplate, and the site's connection.
  public record Limits(double productionWatts, double batteryWatts, double siteWatts) {}

  /// What the frozen-value detector remembers.
  ///
  /// @param changedAt when any reading last changed
  public record Memory(
      Repeat production, Repeat load, Repeat grid, Repeat battery, @Nullable Instant changedAt) {
    public static final Memory EMPTY =
        new Memory(Repeat.NONE, Repeat.NONE, Repeat.NONE, Repeat.NONE, null);
  }

  /// A value in watts (NaN: unknown) and how many samples repeated it while another reading moved.
  public record Repeat(double watts, int whileOthersMoved) {
    static final Repeat NONE = new Repeat(Double.NaN, 0);
  }

  /// Either the sample to use or the reason to ignore it.
  public sealed interface Outcome {
    Memory memory();

    record Accepted(EnergySample sample, Memory memory) implements Outcome {}

    /// `why` is a clause, as in "the balance is open by 420 W".
    record Refused(String why, Memory memory) implements Outcome {}
  }

  /// Judges one sample.
  public Outcome check(Memory before, EnergySample sample, Instant now) {
    Memory memory = remember(before, sample);
    EnergySample fresh = withoutStale(sample, now);
    String why = objection(fresh, memory, now);
    return why == null ? new Outcome.Accepted(fresh, memory) : new Outcome.Refused(why, memory);
  }

  private @Nullable String objection(EnergySample sample, Memory memory, Instant now) {
    if (!sample.quality().usable()) {
      return "the reading is marked " + sample.quality().word();
    }
    String age = ageObjection(sample, now);
    if (age != null) {
      return age;
    }
    String range = rangeObjection(sample);
    if (range != null) {
      return range;
    }
    String frozen = frozenObjection(sample, memory);
    if (frozen != null) {
      return frozen;
    }
    return balanceObjection(sample);
  }

  private @Nullable String ageObjection(EnergySample sample, Instant now) {
    Instant deviceTime = sample.deviceTime();
    Instant latest = now.plus(FUTURE_MAX);
    if (sample.receivedAt().isAfter(latest) || (deviceTime != null && deviceTime.isAfter(latest))) {
      return "its time lies in the future; check the clocks";
    }
    Instant oldest = now.minus(ageMax);
    if (deviceTime != null && deviceTime.isBefore(oldest)) {
      return "the device's reading is " + seconds(deviceTime, now) + " s old";
    }
    if (sample.receivedAt().isBefore(oldest)) {
      return "the reading was received " + seconds(sample.receivedAt(), now) + " s ago";
    }
    return null;
  }

  private EnergySample withoutStale(EnergySample sample, Instant now) {
    if (usable(sample.production(), now)
        && usable(sample.load(), now)
        && usable(sample.grid(), now)
        && usable(sample.battery(), now)
        && usable(sample.stateOfCharge(), now)) {
      return sample;
    }
    return sample.toBuilder()
        .production(checked(sample.production(), now))
        .load(checked(sample.load(), now))
        .grid(checked(sample.grid(), now))
        .battery(checked(sample.battery(), now))
        .stateOfCharge(checked(sample.stateOfCharge(), now))
        .build();
  }

  private boolean usable(Reading<?> reading, Instant now) {
    return switch (reading) {
      case Reading.Unknown<?> _ -> true;
      case Reading.Known<?> known ->
          known.quality().usable()
              && !known.at().isBefore(now.minus(ageMax))
              && !known.at().isAfter(now.plus(FUTURE_MAX));
    };
  }

  private <T> Reading<T> checked(Reading<T> reading, Instant now) {
    return usable(reading, now) ? reading : Reading.unknown("too old or not usable");
  }

  private @Nullable String rangeObjection(EnergySample sample) {
    double production = watts(sample.production());
    if (production > limits.productionWatts) {
      return outOfRange("production", production, limits.productionWatts);
    }
    if (production < -NEGATIVE_MAX_WATTS) {
      return outOfRange("production", production, -NEGATIVE_MAX_WATTS);
    }
    double load = watts(sample.load());
    if (load > limits.siteWatts) {
      return outOfRange("load", load, limits.siteWatts);
    }
    if (load < -NEGATIVE_MAX_WATTS) {
      return outOfRange("load", load, -NEGATIVE_MAX_WATTS);
    }
    double grid = watts(sample.grid());
    if (Math.abs(grid) > limits.siteWatts) {
      return outOfRange("grid power", grid, Math.copySign(limits.siteWatts, grid));
    }
    double battery = watts(sample.battery());
    if (Math.abs(battery) > limits.batteryWatts) {
      return outOfRange("battery power", battery, Math.copySign(limits.batteryWatts, battery));
    }
    return null;
  }

  private static String outOfRange(String what, double watts, double limit) {
    return "%s of %.0f W is beyond the believable %.0f W".formatted(what, watts, limit);
  }

  private @Nullable String frozenObjection(EnergySample sample, Memory memory) {
    if (stuck(memory.production)) {
      return frozen("production", memory.production);
    }
    if (stuck(memory.load)) {
      return frozen("load", memory.load);
    }
    if (stuck(memory.grid)) {
      return frozen("grid power", memory.grid);
    }
    if (stuck(memory.battery)) {
      return frozen("battery power", memory.battery);
    }
    boolean fullPrecision =
        fullPrecision(memory.production.watts)
            || fullPrecision(memory.load.watts)
            || fullPrecision(memory.grid.watts)
            || fullPrecision(memory.battery.watts);
    Instant changedAt = memory.changedAt;
    // A recording may hold a row; a live site with decimals never repeats itself this long.
    if (sample.origin() == Origin.MEASURED
        && fullPrecision
        && changedAt != null
        && sample.receivedAt().isAfter(changedAt.plus(frozenAfter))) {
      return "no value has moved for %d s; the device repeats itself"
          .formatted(seconds(changedAt, sample.receivedAt()));
    }
    return null;
  }

  private static boolean stuck(Repeat repeat) {
    return repeat.whileOthersMoved > FROZEN_POLLS_MAX;
  }

  private static String frozen(String what, Repeat repeat) {
    return "%s is stuck at %s W while other values move".formatted(what, repeat.watts);
  }

  /// Values rounded to whole watts repeat by chance; values with decimals do not.
  private static boolean fullPrecision(double watts) {
    return !Double.isNaN(watts) && watts != Math.rint(watts);
  }

  private static Memory remember(Memory before, EnergySample sample) {
    double production = watts(sample.production());
    double load = watts(sample.load());
    double grid = watts(sample.grid());
    double battery = watts(sample.battery());
    int moved =
        moved(before.production, production)
            + moved(before.load, load)
            + moved(before.grid, grid)
            + moved(before.battery, battery);
    return new Memory(
        repeat(before.production, production, moved),
        repeat(before.load, load, moved),
        repeat(before.grid, grid, moved),
        repeat(before.battery, battery, moved),
        moved > 0 || before.changedAt == null ? sample.receivedAt() : before.changedAt);
  }

  private static int moved(Repeat before, double watts) {
    return Double.compare(before.watts, watts) == 0 ? 0 : 1;
  }

  private static Repeat repeat(Repeat before, double watts, int moved) {
    if (moved(before, watts) == 1 || !fullPrecision(watts)) {
      return new Repeat(watts, 0);
    }
    return moved == 0 ? before : new Repeat(watts, before.whileOthersMoved + 1);
  }

  private static @Nullable String balanceObjection(EnergySample sample) {
    double production = watts(sample.production());
    double load = watts(sample.load());
    double grid = watts(sample.grid());
    double battery = watts(sample.battery());
    double open = Math.abs(production + grid - battery - load);
    double largest =
        Math.max(
            Math.max(Math.abs(production), Math.abs(load)),
            Math.max(Math.abs(grid), Math.abs(battery)));
    if (open > Math.max(BALANCE_MIN_WATTS, BALANCE_SHARE * largest)) { // false for NaN: unknown
      return "production + grid - battery differs from load by %.0f W; check signs and roles"
          .formatted(open);
    }
    return null;
  }

  private static double watts(Reading<Watts> reading) {
    return switch (reading) {
      case Reading.Known<Watts> known -> known.value().value();
      case Reading.Unknown<Watts> _ -> Double.NaN;
    };
  }

  private static long seconds(Instant from, Instant to) {
    return Duration.between(from, to).toSeconds();
  }
}
