// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the battery holds, by where it came from, so that stored renewable energy is computed and
/// not assumed (design section 5).
///
/// Each watt hour is tagged renewable or grid when it enters, and the oldest leaves first. First
/// in, first out rather than in proportion, because it makes a strict statement about every watt
/// hour that leaves: with a mixture, an engine on a battery that was once charged from the grid
/// would run on some grid power for ever. What is not seen entering counts as grid.
///
/// Charge and discharge are booked as metered. Losses show as a book that is above the measured
/// state of charge; it is then shrunk as a whole, which leaves the tags as they were. A measured
/// charge above the book is energy of unknown origin and enters as grid.
///
/// All components are plain values: keep the record over a restart with [KeptLedger] and hand it to
/// [EnergyPath#initial(Instant, BatteryLedger)]. For the time in between the worst is assumed, and
/// the next state of charge corrects the rest.
///
/// @param parcels oldest first, at most [#PARCELS_MAX]
/// @param at until when the flow is booked, null before the first sample
/// @param flow what flows since then
public record BatteryLedger(List<Parcel> parcels, @Nullable Instant at, Flow flow) {
  /// The most parcels kept; a parcel is closed at 1/64 of the capacity.
  public static final int PARCELS_MAX = 96;

  private static final int PARCELS_PER_CAPACITY = 64;

  /// A meter's noise around zero looks like a little import while the sun charges the battery.
  private static final double RENEWABLE_SHARE_MIN = 0.98;

  /// States of charge come in whole percents, and lag.
  private static final double DRIFT_SHARE = 0.02;

  /// Energy that entered together.
  ///
  /// @param gridWattHours from the grid, a generator or unknown
  public record Parcel(double renewableWattHours, double gridWattHours) {
    /// @throws IllegalArgumentException when an amount is negative or not finite
    public Parcel {
      if (!(renewableWattHours >= 0
          && gridWattHours >= 0
          && Double.isFinite(renewableWattHours + gridWattHours))) {
        throw new IllegalArgumentException(
            "A parcel holds zero or more Wh, not %s and %s"
                .formatted(renewableWattHours, gridWattHours));
      }
    }

    double total() {
      return renewableWattHours + gridWattHours;
    }

    boolean renewable() {
      return renewableWattHours >= RENEWABLE_SHARE_MIN * total();
    }

    Parcel times(double factor) {
      return new Parcel(renewableWattHours * factor, gridWattHours * factor);
    }

    Parcel plus(Parcel other) {
      return new Parcel(
          renewableWattHours + other.renewableWattHours, gridWattHours + other.gridWattHours);
    }
  }

  /// The battery's power, split when it charges; held until the next sample.
  public record Flow(double renewableWatts, double gridWatts, double dischargeWatts) {
    static final Flow NONE = new Flow(0, 0, 0);

    /// Charging counts as grid as far as the site imports; all of it when the import is unknown or
    /// the source is not renewable.
    ///
    /// @param batteryWatts positive while charging, NaN when unknown
    /// @param gridWatts positive on import, NaN when unknown
    static Flow of(double batteryWatts, double gridWatts, boolean renewableSource) {
      if (!(Math.abs(batteryWatts) > 0)) {
        return NONE;
      }
      if (batteryWatts < 0) {
        return new Flow(0, 0, -batteryWatts);
      }
      double fromGrid =
          renewableSource && !Double.isNaN(gridWatts)
              ? Math.clamp(gridWatts, 0, batteryWatts)
              : batteryWatts;
      return new Flow(batteryWatts - fromGrid, fromGrid, 0);
    }
  }

  /// Nothing booked yet: the first state of charge is tagged by the owner's declaration.
  public static final BatteryLedger EMPTY = new BatteryLedger(List.of(), null, Flow.NONE);

  /// A book that was begun and lost: the next state of charge is energy of unknown origin, whatever
  /// the owner declared.
  public static final BatteryLedger UNKNOWN =
      new BatteryLedger(List.of(new Parcel(0, 0)), null, Flow.NONE);

  /// @throws IllegalArgumentException when there are more parcels than are ever kept
  public BatteryLedger {
    parcels = List.copyOf(parcels);
    if (parcels.size() > PARCELS_MAX) {
      throw new IllegalArgumentException(
          "A battery ledger keeps at most %d parcels, not %d"
              .formatted(PARCELS_MAX, parcels.size()));
    }
  }

  /// Books the flow so far and takes the new one.
  ///
  /// @param stateOfChargePercent NaN when unknown
  /// @param holdMax how long a flow is believed without a new sample
  BatteryLedger book(
      BatterySettings battery,
      Flow next,
      double stateOfChargePercent,
      Duration holdMax,
      Instant now) {
    if (at != null && now.isBefore(at)) {
      return this;
    }
    List<Parcel> content = new ArrayList<>(parcels);
    if (at != null) {
      Duration since = Duration.between(at, now);
      double hours = (since.compareTo(holdMax) < 0 ? since : holdMax).toNanos() / 3.6e12;
      enter(content, flow.renewableWatts * hours, flow.gridWatts * hours, battery);
      leave(content, flow.dischargeWatts * hours);
    }
    if (!Double.isNaN(stateOfChargePercent)) {
      correct(content, stateOfChargePercent, battery);
    }
    return new BatteryLedger(content, now, next);
  }

  /// The same content, with the flow unknown from now on; after a clock that went back. A book that
  /// was begun stays begun: the owner's declaration tags the first charge only.
  BatteryLedger paused() {
    return at != null && parcels.isEmpty() ? UNKNOWN : new BatteryLedger(parcels, null, Flow.NONE);
  }

  /// The content after a time in which nobody looked. At worst the battery gave its oldest energy
  /// away and took as much from the grid, as fast as it can charge.
  BatteryLedger unwatched(BatterySettings battery, Duration time) {
    List<Parcel> content = new ArrayList<>(paused().parcels);
    double exchanged =
        Math.min(total(content), battery.chargeMaxWatts() * (time.toNanos() / 3.6e12));
    leave(content, exchanged);
    enter(content, 0, exchanged, battery);
    return content.isEmpty() && at != null ? UNKNOWN : new BatteryLedger(content, null, Flow.NONE);
  }

  private void correct(List<Parcel> content, double percent, BatterySettings battery) {
    double capacity = battery.capacityWattHours();
    double measured = percent / 100 * capacity;
    if (at == null && content.isEmpty()) {
      enter(
          content, battery.renewable() ? measured : 0, battery.renewable() ? 0 : measured, battery);
      return;
    }
    double booked = total(content);
    double drift = DRIFT_SHARE * capacity;
    if (measured < booked - drift) {
      double factor = (measured + drift) / booked;
      content.replaceAll(parcel -> parcel.times(factor));
    } else if (measured > booked + drift) {
      enter(content, 0, measured - drift - booked, battery);
    }
  }

  private static void enter(
      List<Parcel> content, double renewable, double grid, BatterySettings battery) {
    Parcel more = new Parcel(renewable, grid);
    if (more.total() <= 0) {
      return;
    }
    int last = content.size() - 1;
    boolean open =
        last >= 0 && content.get(last).total() < battery.capacityWattHours() / PARCELS_PER_CAPACITY;
    if (open) {
      content.set(last, content.get(last).plus(more));
    } else {
      content.add(more);
    }
    if (content.size() > PARCELS_MAX) {
      Parcel oldest = content.removeFirst();
      content.set(0, content.getFirst().plus(oldest));
    }
  }

  private static void leave(List<Parcel> content, double wattHours) {
    double left = wattHours;
    while (left > 0 && !content.isEmpty()) {
      Parcel oldest = content.getFirst();
      if (oldest.total() > left) {
        content.set(0, oldest.times(1 - left / oldest.total()));
        return;
      }
      left -= oldest.total();
      content.removeFirst();
    }
  }

  /// How much leaves next before the first watt hour that may be from the grid.
  public double renewableNextWattHours() {
    double sum = 0;
    for (Parcel parcel : parcels) {
      if (!parcel.renewable()) {
        break;
      }
      sum += parcel.renewableWattHours;
    }
    return sum;
  }

  /// Everything booked as renewable, wherever it lies.
  public double renewableWattHours() {
    return parcels.stream().mapToDouble(Parcel::renewableWattHours).sum();
  }

  /// Everything booked.
  public double wattHours() {
    return total(parcels);
  }

  private static double total(List<Parcel> content) {
    return content.stream().mapToDouble(Parcel::total).sum();
  }
}
