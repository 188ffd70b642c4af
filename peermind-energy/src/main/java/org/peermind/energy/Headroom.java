// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import org.jspecify.annotations.Nullable;
import org.peermind.energy.RollingAverage.Statistics;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Percent;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Watts;

/// How much renewable power is there for our engine (design section 5).
///
/// `surplus = own - grid + battery` adds our own draw back, or the engine would oscillate against
/// itself; it equals production minus the rest of the house, so grid import never counts. A margin
/// and the battery's claim are subtracted.
///
/// @param battery the owner's battery, null when there is none
public record Headroom(
    double marginMinWatts,
    double marginProductionShare,
    double marginDeviations,
    @Nullable BatterySettings battery) {
  private static final double BAND_HYSTERESIS_PERCENT = 2;
  private static final double ISLAND_EXTRA_RESERVE_PERCENT = 20;

  /// What one sample offers, in watts.
  ///
  /// @param surplus production minus everything but our own engine
  /// @param spare the surplus less what the battery charges with
  public record Offer(double surplus, double spare) {}

  /// Where the state of charge lies. Moving up takes 2 % more than the threshold.
  public enum Band {
    NO_BATTERY,
    BELOW_RESERVE,
    BELOW_PRIORITY,
    BELOW_BUFFER,
    ABOVE_BUFFER
  }

  /// What is known of the battery now.
  ///
  /// @param deviceReserve the state of charge that the device itself keeps back
  /// @param renewableWattHours how much renewable energy leaves next, by the [BatteryLedger]
  public record Charge(
      Reading<Percent> stateOfCharge,
      Reading<Percent> deviceReserve,
      double renewableWattHours,
      boolean islanded) {
    static Charge of(EnergySample sample, BatteryLedger ledger) {
      return new Charge(
          sample.stateOfCharge(),
          sample.reserve(),
          ledger.renewableNextWattHours(),
          sample.gridConnection() == GridConnection.ISLANDED);
    }
  }

  /// The headroom of a window in watts.
  ///
  /// @param mean from the source, after margin and claim; may be negative
  /// @param minimum the worst moment of the window, after the fixed margin and claim
  /// @param stored what the battery may add for reduced operation
  public record Estimate(
      double mean,
      double minimum,
      double standardDeviation,
      double stored,
      double margin,
      double coverage,
      int count) {}

  /// The offer of one sample, or null when grid, battery or their substitutes are unknown.
  ///
  /// @param ownWatts what our engine drew when the sample was taken; 0 when unknown, which
  ///   understates the offer
  public @Nullable Offer offer(EnergySample sample, double ownWatts) {
    double grid = known(sample.grid());
    double charging = known(sample.battery());
    double production = known(sample.production());
    double load = known(sample.load());
    if (battery == null && Double.isNaN(charging)) {
      charging = 0;
    }
    double surplus = ownWatts - grid + charging;
    if (Double.isNaN(surplus)) {
      surplus = production - load + ownWatts;
    }
    if (Double.isNaN(surplus)) {
      return null;
    }
    if (!Double.isNaN(production)) {
      surplus = Math.min(surplus, Math.max(0, production)); // a battery that exports adds nothing
    }
    // An unknown charging power claims all that the battery can take.
    double claim = Double.isNaN(charging) ? chargeMax() : Math.max(0, charging);
    return new Offer(surplus, surplus - claim);
  }

  /// The raw power from the grid, measured or derived, or NaN when unknown.
  public double gridWatts(EnergySample sample) {
    double grid = known(sample.grid());
    if (!Double.isNaN(grid)) {
      return grid;
    }
    if (sample.gridConnection() == GridConnection.ISLANDED) {
      return 0;
    }
    double charging = known(sample.battery());
    if (battery == null && Double.isNaN(charging)) {
      charging = 0;
    }
    return known(sample.load()) - known(sample.production()) + charging;
  }

  /// The band of a state of charge; unknown counts as below reserve. An islanded site holds 20 %
  /// more in reserve.
  public Band band(@Nullable Band before, Charge charge) {
    if (battery == null) {
      return Band.NO_BATTERY;
    }
    return switch (charge.stateOfCharge) {
      case Reading.Unknown<Percent> _ -> Band.BELOW_RESERVE;
      case Reading.Known<Percent> known -> {
        double soc = known.value().value();
        double reserve = reservePercent(charge);
        if (!reaches(soc, reserve, before, Band.BELOW_PRIORITY)) {
          yield Band.BELOW_RESERVE;
        }
        double priority = Math.max(reserve, battery.priorityPercent());
        if (!reaches(soc, priority, before, Band.BELOW_BUFFER)) {
          yield Band.BELOW_PRIORITY;
        }
        double buffer = Math.max(reserve, battery.bufferPercent());
        yield reaches(soc, buffer, before, Band.ABOVE_BUFFER)
            ? Band.ABOVE_BUFFER
            : Band.BELOW_BUFFER;
      }
    };
  }

  private static boolean reaches(double soc, double threshold, @Nullable Band before, Band band) {
    boolean rising = before != null && before.compareTo(band) < 0;
    return soc >= (rising ? threshold + BAND_HYSTERESIS_PERCENT : threshold);
  }

  /// The reserve in force, in percent: the owner's or the device's own, whichever is more.
  public double reservePercent(Charge charge) {
    double owners = battery == null ? 0 : battery.reservePercent();
    double reserve = Math.max(owners, charge.deviceReserve.known().map(Percent::value).orElse(0.0));
    return charge.islanded ? reserve + ISLAND_EXTRA_RESERVE_PERCENT : reserve;
  }

  /// The headroom of a window.
  ///
  /// @param surplus statistics of [Offer#surplus]
  /// @param spare statistics of [Offer#spare]
  /// @param production statistics of the production, null when unknown
  public Estimate estimate(
      Statistics surplus,
      Statistics spare,
      @Nullable Statistics production,
      Band band,
      Charge charge) {
    Statistics basis =
        switch (band) {
          case NO_BATTERY, BELOW_PRIORITY -> spare;
          case BELOW_RESERVE, BELOW_BUFFER, ABOVE_BUFFER -> surplus;
        };
    double claim = band == Band.BELOW_RESERVE ? chargeMax() : 0;
    double fixedMargin =
        Math.max(
            marginMinWatts,
            production == null ? 0 : marginProductionShare * Math.max(0, production.mean()));
    double margin = Math.max(fixedMargin, marginDeviations * basis.standardDeviation());
    return new Estimate(
        basis.mean() - margin - claim,
        basis.minimum() - fixedMargin - claim,
        basis.standardDeviation(),
        stored(band, charge),
        margin,
        basis.coverage(),
        basis.count());
  }

  private double stored(Band band, Charge charge) {
    if (battery == null || band != Band.ABOVE_BUFFER) {
      return 0;
    }
    double soc = charge.stateOfCharge.known().map(Percent::value).orElse(0.0);
    double aboveReserve =
        Math.max(0, soc - reservePercent(charge)) / 100 * battery.capacityWattHours();
    double usableWattHours =
        Math.min(aboveReserve, charge.renewableWattHours) * battery.efficiency();
    double hours = battery.horizon().toNanos() / 3.6e12;
    return Math.min(battery.dischargeMaxWatts(), usableWattHours / hours);
  }

  private double chargeMax() {
    return battery == null ? 0 : battery.chargeMaxWatts();
  }

  private static double known(Reading<Watts> reading) {
    return switch (reading) {
      case Reading.Known<Watts> known -> known.value().value();
      case Reading.Unknown<Watts> _ -> Double.NaN;
    };
  }
}
