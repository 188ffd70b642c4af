// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SourceKind;
import org.peermind.protocol.Watts;

/// Where the engine's power comes from at a moment, as far as the energy path knows.
///
/// @param renewableShare 0 to 1 of what the engine draws; empty when nobody knows
/// @param source one word of a green receipt
/// @param trustLevel 0 for what is declared, simulated or replayed, 1 for what a device measured
/// @param declared whether the owner stated it and nothing measured it
/// @param quality of the newest sample, in one word
record PowerMix(
    OptionalDouble renewableShare,
    String source,
    int trustLevel,
    boolean declared,
    String quality) {
  private static final String NO_WORD = "unknown";

  /// Nothing is known.
  static final PowerMix UNKNOWN = new PowerMix(OptionalDouble.empty(), NO_WORD, 0, false, NO_WORD);

  /// The mix by the newest sample.
  ///
  /// @param drawWatts of the engine, if known
  /// @param hasBattery whether the site has one
  /// @param isBatteryRenewable whether its owner declares that only renewable power charges it
  static PowerMix of(
      EnergyDecision decision,
      OptionalDouble drawWatts,
      boolean hasBattery,
      boolean isBatteryRenewable) {
    Optional<EnergySample> newest = decision.newestSample();
    if (newest.isEmpty() || !newest.get().quality().usable()) {
      return UNKNOWN;
    }
    EnergySample sample = newest.get();
    return new PowerMix(
        renewableShare(sample, drawWatts, hasBattery, isBatteryRenewable),
        source(sample),
        sample.origin() == Origin.MEASURED ? 1 : 0,
        sample.origin() == Origin.DECLARED,
        sample.quality().word());
  }

  private static String source(EnergySample sample) {
    return switch (sample.origin()) {
      case SIMULATED, REPLAYED -> "simulated";
      case MEASURED, DECLARED -> sample.sourceKind().name().toLowerCase(Locale.ROOT);
    };
  }

  /// What the grid delivers to the site is taken to feed the engine first, as the count of brown
  /// energy does (design section 1); what a battery gives counts as renewable only if its charge is
  /// known to be.
  private static OptionalDouble renewableShare(
      EnergySample sample,
      OptionalDouble drawWatts,
      boolean hasBattery,
      boolean isBatteryRenewable) {
    if (!sample.sourceKind().canBeRenewable()) {
      return OptionalDouble.of(0);
    }
    OptionalDouble imported = imported(sample);
    OptionalDouble discharged = discharged(sample, hasBattery, isBatteryRenewable);
    if (imported.isEmpty() || discharged.isEmpty()) {
      return OptionalDouble.empty();
    }
    double brownWatts = imported.getAsDouble() + discharged.getAsDouble();
    if (brownWatts == 0) {
      return OptionalDouble.of(1);
    }
    return drawWatts.isPresent() && drawWatts.getAsDouble() > 0
        ? OptionalDouble.of(1 - Math.min(1, brownWatts / drawWatts.getAsDouble()))
        : OptionalDouble.empty();
  }

  private static OptionalDouble imported(EnergySample sample) {
    if (sample.gridConnection() == GridConnection.ISLANDED) {
      return OptionalDouble.of(0);
    }
    return positive(sample.grid(), 1);
  }

  /// Watts out of a battery whose charge is not known to be renewable.
  private static OptionalDouble discharged(
      EnergySample sample, boolean hasBattery, boolean isBatteryRenewable) {
    if (isBatteryRenewable || (!hasBattery && sample.sourceKind() != SourceKind.BATTERY)) {
      return OptionalDouble.of(0);
    }
    return positive(sample.battery(), -1);
  }

  private static OptionalDouble positive(Reading<Watts> reading, int sign) {
    return reading
        .known()
        .map(watts -> OptionalDouble.of(Math.max(0, sign * watts.value())))
        .orElseGet(OptionalDouble::empty);
  }
}
