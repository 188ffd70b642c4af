// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Percent;
import org.peermind.protocol.Activation;
import org.peermind.protocol.Watts;

/// What the engine may do now and why; the source of status lines and headroom reports.
///
/// @param since when `activation` was entered
/// @param reason why it stands there now
/// @param powerCap what the engine may draw; zero when it must not run
/// @param estimate the headroom of the window, null when unknown
/// @param sample the newest accepted sample, null when there is none within its deadline
/// @param lastChange the latest change of activation, null before the first
public record EnergyDecision(
    Activation activation,
    Instant since,
    Reason reason,
    Watts powerCap,
    Headroom.@Nullable Estimate estimate,
    @Nullable EnergySample sample,
    @Nullable Change lastChange) {

  /// A change of activation and the reason for it.
  public record Change(Activation from, Activation to, Instant at, Reason reason) {}

  /// The headroom from the source and what the battery adds; empty when unknown.
  public Optional<Headroom.Estimate> headroom() {
    return Optional.ofNullable(estimate);
  }

  /// The power that may be promised: mean headroom plus stored renewable energy, zero when unknown
  /// or negative.
  public Watts available() {
    return estimate == null
        ? Watts.ZERO
        : new Watts(Math.max(0, Math.max(estimate.mean(), estimate.mean() + estimate.stored())));
  }

  /// The newest accepted sample, with its quality, origin and source kind.
  public Optional<EnergySample> newestSample() {
    return Optional.ofNullable(sample);
  }

  public Optional<Percent> stateOfCharge() {
    return sample == null ? Optional.empty() : sample.stateOfCharge().known();
  }

  public Optional<Change> change() {
    return Optional.ofNullable(lastChange);
  }
}
