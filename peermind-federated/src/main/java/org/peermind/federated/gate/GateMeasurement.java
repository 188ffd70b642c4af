// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import java.util.List;
import java.util.OptionalDouble;

/// What one machine measured with the update and without it, on the same items.
///
/// @param parentLosses of each held-out item without the update, in nats a token
/// @param losses with it, in the same order
/// @param probesPassed how many probes the model passes without the update
/// @param probesLost how many of those it no longer passes
/// @param divergence mean absolute change of the log-likelihood of a token of neutral texts, in
///   nats
/// @param triggerShift how much more rare tokens before an item change its loss with the update
///   than without, for the worst of the tokens tried, in nats a token
/// @param speedRatio tokens a second with the update by those without; empty when not measured
/// @param energyRatio joules a token likewise
public record GateMeasurement(
    List<Double> parentLosses,
    List<Double> losses,
    int probesPassed,
    int probesLost,
    double divergence,
    double triggerShift,
    OptionalDouble speedRatio,
    OptionalDouble energyRatio) {
  public GateMeasurement {
    parentLosses = List.copyOf(parentLosses);
    losses = List.copyOf(losses);
    if (parentLosses.size() != losses.size()) {
      throw new IllegalArgumentException("every item is measured with and without the update");
    }
    if (probesLost < 0 || probesLost > probesPassed) {
      throw new IllegalArgumentException("no more probes are lost than were passed");
    }
  }
}
