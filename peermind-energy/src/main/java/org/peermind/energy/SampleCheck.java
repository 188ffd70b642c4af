// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SourceKind;
import org.peermind.protocol.Watts;

/// Decides whether a sample may be believed: quality, age, range, frozen values, balance (facts:
/// normalisation pipeline). A single reading that is too old becomes unknown; anything else that is
/// wrong refuses the whole sample.
///
/// @param ageMax oldest reading that still counts
/// @param frozenAfter how long a site may repeat itself to the last digit
/// @param limits largest believable magnitudes
/// @param place where the source is, for the bound by the sun; null when unknown
public record SampleCheck(
    Duration ageMax, Duration frozenAfter, Limits limits, @Nullable Place place) {
  private static final Duration FUTURE_MAX = Duration.ofSeconds(5);
  private static final int FROZEN_POLLS_MAX = 10;
  private static final double NEGATIVE_MAX_WATTS = 50;

  /// How far a rated power may be exceeded, and how much larger than the inverter panels may be.
  static final double NAMEPLATE_FACTOR = 1.5;

  /// Largest believable magnitudes in watts: 1.5 times the nameplate, and the site's connection.
  public record Limits(double productionWatts, double batteryWatts, double siteWatts) {}

  /// What the detector of frozen values and the estimate of the device's clock remember.
  ///
  /// @param changedAt when any reading last changed
  public record Memory(
      Repeat production,
      Repeat load,
      Repeat grid,
      Repeat battery,
      @Nullable Instant changedAt,
      DeviceClock clock) {
    public static final Memory EMPTY =
        new Memory(Repeat.NONE, Repeat.NONE, Repeat.NONE, Repeat.NONE, null, DeviceClock.UNKNOWN);
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
    EnergySample fresh = withoutStale(sample, memory.clock, now);
    String why = restart(before.clock, sample);
    if (why == null) {
      why = objection(fresh, memory, now);
    }
    return why == null ? new Outcome.Accepted(fresh, memory) : new Outcome.Refused(why, memory);
  }

  /// One reading of a device that restarted is ignored; what it counts may not be settled.
  private static @Nullable String restart(DeviceClock before, EnergySample sample) {
    Instant deviceTime = sample.deviceTime();
    if (deviceTime == null) {
      return null;
    }
    Duration back = before.setBackBy(deviceTime, sample.receivedAt());
    return back.isZero()
        ? null
        : "the device's time went back by %d s: old readings, or a restart"
            .formatted(back.toSeconds());
  }

  private @Nullable String objection(EnergySample sample, Memory memory, Instant now) {
    if (!sample.quality().usable()) {
      return "the reading is marked " + sample.quality().word();
    }
    String age = ageObjection(sample, memory.clock, now);
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
    return Balance.objection(sample).orElse(null);
  }

  private @Nullable String ageObjection(EnergySample sample, DeviceClock clock, Instant now) {
    Instant said = sample.deviceTime();
    Instant deviceTime = said == null ? null : clock.ours(said);
    Instant latest = now.plus(FUTURE_MAX);
    if (sample.receivedAt().isAfter(latest) || (deviceTime != null && deviceTime.isAfter(latest))) {
      return "its time lies in the future; check the clocks";
    }
    Instant oldest = now.minus(ageMax);
    if (deviceTime != null && deviceTime.isBefore(oldest)) {
      return "the device's reading is "
          + seconds(deviceTime, now)
          + (clock.offset() == null ? " s old, or its clock is wrong" : " s old");
    }
    if (sample.receivedAt().isBefore(oldest)) {
      return "the reading was received " + seconds(sample.receivedAt(), now) + " s ago";
    }
    return null;
  }

  private EnergySample withoutStale(EnergySample sample, DeviceClock clock, Instant now) {
    Freshness fresh = new Freshness(sample.receivedAt(), clock, now.minus(ageMax), now);
    if (fresh.usable(sample.production())
        && fresh.usable(sample.load())
        && fresh.usable(sample.grid())
        && fresh.usable(sample.battery())
        && fresh.usable(sample.stateOfCharge())) {
      return sample;
    }
    return sample.toBuilder()
        .production(fresh.checked(sample.production()))
        .load(fresh.checked(sample.load()))
        .grid(fresh.checked(sample.grid()))
        .battery(fresh.checked(sample.battery()))
        .stateOfCharge(fresh.checked(sample.stateOfCharge()))
        .build();
  }

  /// Judges readings one by one. A reading that has another time than the receipt has it from the
  /// device's clock.
  private record Freshness(Instant receivedAt, DeviceClock clock, Instant oldest, Instant now) {
    boolean usable(Reading<?> reading) {
      return switch (reading) {
        case Reading.Unknown<?> _ -> true;
        case Reading.Known<?> known -> {
          Instant at = known.at().equals(receivedAt) ? receivedAt : clock.ours(known.at());
          yield known.quality().usable()
              && !at.isBefore(oldest)
              && !at.isAfter(now.plus(FUTURE_MAX));
        }
      };
    }

    <T> Reading<T> checked(Reading<T> reading) {
      return usable(reading) ? reading : Reading.unknown("too old or not usable");
    }
  }

  private @Nullable String rangeObjection(EnergySample sample) {
    double production = watts(sample.production());
    double productionMax =
        Math.min(limits.productionWatts, NAMEPLATE_FACTOR * nameplateWatts(sample));
    if (production > productionMax) {
      return outOfRange("production", production, productionMax);
    }
    String sun = sunObjection(sample, production);
    if (sun != null) {
      return sun;
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

  /// What the sun cannot have given (spec section 8.1); wind and water may. Only for what is
  /// measured: recordings and simulations have days of their own.
  private @Nullable String sunObjection(EnergySample sample, double production) {
    double sunny = sample.sourceKind() == SourceKind.PV ? production : watts(sample.solar());
    if (place == null || sample.origin() != Origin.MEASURED || Double.isNaN(sunny)) {
      return null;
    }
    double panels =
        Math.min(
            limits.productionWatts / NAMEPLATE_FACTOR, NAMEPLATE_FACTOR * nameplateWatts(sample));
    double most = ClearSky.productionMaxWatts(place, sample.receivedAt(), panels);
    return sunny > most
        ? "production of %.0f W is more than the %.0f W that the sun can give here and now"
            .formatted(sunny, most)
        : null;
  }

  /// What the device says its rated power is; without limit when it does not.
  private static double nameplateWatts(EnergySample sample) {
    double nameplate = watts(sample.nameplate());
    return nameplate > 0 ? nameplate : Double.POSITIVE_INFINITY;
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

  private Memory remember(Memory before, EnergySample sample) {
    Instant deviceTime = sample.deviceTime();
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
        moved > 0 || before.changedAt == null ? sample.receivedAt() : before.changedAt,
        deviceTime == null
            ? before.clock
            : before.clock.read(deviceTime, sample.receivedAt(), ageMax));
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
