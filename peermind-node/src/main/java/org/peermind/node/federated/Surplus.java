// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.util.Optional;
import org.peermind.energy.EnergyDecision;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.Headroom;
import org.peermind.protocol.Activation;

/// Whether there is more renewable power than serving asks for: training begins a margin above the
/// upper threshold of full operation, and stops when the mean falls below that threshold or the
/// model is not at full power. Unknown means no.
///
/// @param beginWatts headroom at which training begins
/// @param stopWatts headroom below which it pauses
public record Surplus(double beginWatts, double stopWatts) {

  public static Surplus of(EnergySettings settings, double marginWatts) {
    double upper = settings.full().upperWatts();
    return new Surplus(upper + marginWatts, upper);
  }

  /// What holds next.
  ///
  /// @param trains whether there was surplus before
  public boolean next(boolean trains, EnergyDecision decision) {
    return whyNot(trains, decision).isEmpty();
  }

  /// Why there is no surplus, in a sentence for the owner; empty when there is.
  public Optional<String> whyNot(boolean trains, EnergyDecision decision) {
    if (decision.activation() != Activation.FULL) {
      return Optional.of("It trains only while its engine may run at full power.");
    }
    Optional<Headroom.Estimate> headroom = decision.headroom();
    if (headroom.isEmpty()) {
      return Optional.of("It does not know how much renewable power there is.");
    }
    double needed = trains ? stopWatts : beginWatts;
    return headroom.get().mean() >= needed
        ? Optional.empty()
        : Optional.of(
            "There are %.0f W of renewable power to spare, and training asks for %.0f W."
                .formatted(headroom.get().mean(), needed));
  }
}
