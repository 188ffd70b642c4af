// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.SourceKind;

/// Why the energy path stands where it stands: data first, and a sentence for the owner.
public sealed interface Reason {
  /// The reason in words, without a full stop.
  String sentence();

  /// A reason, and when what it tells is expected to end.
  ///
  /// @param zone in which the owner reads clocks
  record Expecting(Reason now, Expectation.Turn turn, ZoneId zone) implements Reason {
    @Override
    public String sentence() {
      return now.sentence() + "; " + turn.words(zone);
    }
  }

  /// The window is not covered yet.
  record Collecting(double coverage, double coverageMin, Duration window) implements Reason {
    @Override
    public String sentence() {
      return "collecting readings: %.0f %% of the last %d s covered, %.0f %% needed"
          .formatted(100 * coverage, window.toSeconds(), 100 * coverageMin);
    }
  }

  /// No usable reading within the deadline.
  ///
  /// @param device what a person calls it
  /// @param age null when nothing was ever read
  /// @param problem the last refusal, null when the device is silent
  record NoReading(String device, @Nullable Duration age, @Nullable String problem)
      implements Reason {
    @Override
    public String sentence() {
      String start =
          age == null
              ? "no reading yet from " + device
              : "no reading for %d s from %s".formatted(age.toSeconds(), device);
      return problem == null ? start : start + ": " + problem;
    }
  }

  /// The sample lacks what the headroom is computed from.
  record GridUnknown(String device) implements Reason {
    @Override
    public String sentence() {
      return "%s does not tell enough: grid power, or production and load, must be known"
          .formatted(device);
    }
  }

  record HeadroomAbove(double watts, double thresholdWatts, Duration duration) implements Reason {
    @Override
    public String sentence() {
      return "headroom %.0f W, above %.0f W for %d s"
          .formatted(watts, thresholdWatts, duration.toSeconds());
    }
  }

  record HeadroomBelow(double watts, double thresholdWatts, Duration duration) implements Reason {
    @Override
    public String sentence() {
      return duration.isZero()
          ? "headroom %.0f W, below %.0f W".formatted(watts, thresholdWatts)
          : "headroom %.0f W, below %.0f W for %d s"
              .formatted(watts, thresholdWatts, duration.toSeconds());
    }
  }

  /// Running, with enough power.
  record Enough(double watts, double neededWatts) implements Reason {
    @Override
    public String sentence() {
      return "headroom %.0f W, %.0f W needed".formatted(watts, neededWatts);
    }
  }

  /// Enough power, but not for long enough.
  record Waiting(double watts, double thresholdWatts, Duration elapsed, Duration delay)
      implements Reason {
    @Override
    public String sentence() {
      return "headroom %.0f W, above %.0f W for %d of %d s"
          .formatted(watts, thresholdWatts, elapsed.toSeconds(), delay.toSeconds());
    }
  }

  /// Enough power, but the last change is too recent.
  record Resting(double watts, Duration elapsed, Duration minimum) implements Reason {
    @Override
    public String sentence() {
      return "headroom %.0f W, but the model was unloaded only %d s ago and rests for %d s"
          .formatted(watts, elapsed.toSeconds(), minimum.toSeconds());
    }
  }

  /// Enough power now, but not long enough to be worth loading.
  record NotWorthLoading(double watts, double laterWatts, Duration horizon) implements Reason {
    @Override
    public String sentence() {
      return "headroom %.0f W, about %.0f W in %d min: loading the model would not pay back"
          .formatted(watts, laterWatts, horizon.toMinutes());
    }
  }

  record BatteryBelowReserve(double stateOfChargePercent, double reservePercent) implements Reason {
    @Override
    public String sentence() {
      return "battery %.0f %%, below reserve %.0f %%"
          .formatted(stateOfChargePercent, reservePercent);
    }
  }

  /// A battery is configured and its state of charge is not known.
  record BatteryUnknown() implements Reason {
    @Override
    public String sentence() {
      return "the battery's state of charge is unknown, so it claims all power it can charge with";
    }
  }

  /// Reduced operation rests on the battery.
  record OnBattery(double stateOfChargePercent, double totalWatts) implements Reason {
    @Override
    public String sentence() {
      return "battery %.0f %%, %.0f W with stored renewable energy"
          .formatted(stateOfChargePercent, totalWatts);
    }
  }

  /// Trip: raw import.
  record Importing(double watts, double limitWatts, Duration duration) implements Reason {
    @Override
    public String sentence() {
      return "grid import %.0f W, above %.0f W for %d s"
          .formatted(watts, limitWatts, duration.toSeconds());
    }
  }

  /// The inverter could give more than it does, so a level is tried that nothing has measured yet.
  record Probing(double watts, double neededWatts) implements Reason {
    @Override
    public String sentence() {
      return "headroom %.0f W, but the inverter holds production back: trying whether it gives %.0f W"
          .formatted(watts, neededWatts);
    }
  }

  /// Trip: what was tried came from the grid or the battery.
  record NothingHeldBack(double gridWatts) implements Reason {
    @Override
    public String sentence() {
      return "the inverter had no more to give: grid %.0f W when more was tried"
          .formatted(gridWatts);
    }
  }

  record Islanded() implements Reason {
    @Override
    public String sentence() {
      return "the public grid is gone; the battery is kept for the house";
    }
  }

  record NotRenewable(SourceKind kind) implements Reason {
    @Override
    public String sentence() {
      return "the site runs on %s power, which is not counted"
          .formatted(kind.name().toLowerCase(Locale.ROOT));
    }
  }

  /// No sun, so no headroom to expect.
  ///
  /// @param nextSun null when the sun does not rise within a day and a half
  record Night(double watts, double thresholdWatts, @Nullable Instant nextSun, ZoneId zone)
      implements Reason {
    private static final DateTimeFormatter CLOCK =
        DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);

    @Override
    public String sentence() {
      String start = "headroom %.0f W, below %.0f W; ".formatted(watts, thresholdWatts);
      return nextSun == null
          ? start + "no sun within a day"
          : start + "next sun about " + CLOCK.format(nextSun.atZone(zone));
    }
  }

  record EngineBroken() implements Reason {
    @Override
    public String sentence() {
      return "the inference engine is broken; see its log";
    }
  }

  record LoadingTooLong(Duration limit) implements Reason {
    @Override
    public String sentence() {
      return "the model did not load within %d s".formatted(limit.toSeconds());
    }
  }

  record ClockWentBack(Duration by) implements Reason {
    @Override
    public String sentence() {
      return "the clock went back by %d s, so earlier readings do not count"
          .formatted(by.toSeconds());
    }
  }
}
