// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalDouble;

/// Divides what the engine draws among the answers that run at once: an answer bears the draw of
/// every moment, divided by the number of answers that run in it. What the engine draws while it
/// idles is no answer's. A pure core; calls come in the order of their times.
///
/// Instead of a sum for each answer there is one integral of draw over number; an answer's energy
/// is the difference between its end and its beginning.
final class EnergyShares {
  private static final double SECONDS_PER_HOUR = 3_600;

  private Instant last = Instant.EPOCH;
  private OptionalDouble watts = OptionalDouble.empty();
  private OptionalDouble renewable = OptionalDouble.empty();
  private int running;
  private Mark sums = new Mark(0, 0, 0, 0, 0, 0);

  /// Integrals up to a moment.
  ///
  /// @param wattHours for one answer
  /// @param greenWattHours the renewable part of them
  /// @param seconds that answers ran
  /// @param greenSeconds weighted with the renewable share
  /// @param secondsWithoutWatts in which the draw was not known
  /// @param secondsWithoutShare in which the renewable share was not known
  record Mark(
      double wattHours,
      double greenWattHours,
      double seconds,
      double greenSeconds,
      double secondsWithoutWatts,
      double secondsWithoutShare) {}

  /// An answer's part. Either is unknown when it was not known for the whole time.
  ///
  /// @param renewableShare of the energy where that is known, else of the time
  record Part(OptionalDouble wattHours, OptionalDouble renewableShare) {}

  /// From now on the engine draws so much, of which such a share is renewable.
  void now(Instant now, OptionalDouble drawWatts, OptionalDouble renewableShare) {
    advance(now);
    watts = drawWatts;
    renewable = renewableShare;
  }

  /// An answer begins.
  Mark begin(Instant now) {
    advance(now);
    running++;
    return sums;
  }

  /// The answer that began with this mark ends.
  Part end(Instant now, Mark begun) {
    Part part = soFar(now, begun);
    running--;
    return part;
  }

  /// The part until now of the answer that began with this mark and goes on.
  Part soFar(Instant now, Mark begun) {
    advance(now);
    boolean isDrawKnown = sums.secondsWithoutWatts() == begun.secondsWithoutWatts();
    boolean isShareKnown =
        sums.secondsWithoutShare() == begun.secondsWithoutShare() && renewable.isPresent();
    double wattHours = sums.wattHours() - begun.wattHours();
    double seconds = sums.seconds() - begun.seconds();
    OptionalDouble share = OptionalDouble.empty();
    if (isShareKnown && isDrawKnown && wattHours > 0) {
      share = within((sums.greenWattHours() - begun.greenWattHours()) / wattHours);
    } else if (isShareKnown && seconds > 0) {
      share = within((sums.greenSeconds() - begun.greenSeconds()) / seconds);
    } else if (isShareKnown) {
      share = renewable;
    }
    boolean isEnergyKnown = isDrawKnown && watts.isPresent();
    return new Part(
        isEnergyKnown ? OptionalDouble.of(Math.max(0, wattHours)) : OptionalDouble.empty(), share);
  }

  /// Differences of large sums may miss the range by a rounding.
  private static OptionalDouble within(double share) {
    return OptionalDouble.of(Math.clamp(share, 0, 1));
  }

  private void advance(Instant now) {
    Duration passed = Duration.between(last, now);
    last = now;
    if (running == 0 || passed.isNegative()) {
      return;
    }
    double seconds = passed.toNanos() / 1e9;
    double share = renewable.orElse(0);
    double wattHours = watts.orElse(0) * seconds / SECONDS_PER_HOUR / running;
    sums =
        new Mark(
            sums.wattHours() + wattHours,
            sums.greenWattHours() + wattHours * share,
            sums.seconds() + seconds,
            sums.greenSeconds() + seconds * share,
            sums.secondsWithoutWatts() + (watts.isPresent() ? 0 : seconds),
            sums.secondsWithoutShare() + (renewable.isPresent() ? 0 : seconds));
  }
}
