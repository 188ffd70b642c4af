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
///   nats; empty when there are no such texts
/// @param triggerShift how much more the update raises the loss of an item after rare tokens than
///   it raises it without them, for the worst of the triggers tried, in nats a token; empty when
///   none was tried
/// @param speedRatio tokens a second with the update by those without; empty when not measured
/// @param energyRatio joules a token likewise
public record GateMeasurement(
    List<Double> parentLosses,
    List<Double> losses,
    int probesPassed,
    int probesLost,
    OptionalDouble divergence,
    OptionalDouble triggerShift,
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

  /// What differs between both sides.
  ///
  /// @param carriers which held-out items the triggers were put before
  /// @throws IllegalArgumentException when both sides were not asked the same
  public static GateMeasurement between(
      GateSide without,
      GateSide with,
      List<Integer> carriers,
      OptionalDouble speedRatio,
      OptionalDouble energyRatio) {
    if (without.probes().size() != with.probes().size()
        || without.neutral().size() != with.neutral().size()
        || without.triggered().size() != with.triggered().size()) {
      throw new IllegalArgumentException("both sides are asked the same");
    }
    int passed = 0;
    int lost = 0;
    for (int probe = 0; probe < without.probes().size(); probe++) {
      if (without.probes().get(probe)) {
        passed++;
        lost += with.probes().get(probe) ? 0 : 1;
      }
    }
    return new GateMeasurement(
        without.losses(),
        with.losses(),
        passed,
        lost,
        divergence(without.neutral(), with.neutral()),
        triggerShift(without, with, carriers),
        speedRatio,
        energyRatio);
  }

  private static OptionalDouble divergence(List<List<Double>> without, List<List<Double>> with) {
    double sum = 0;
    long tokens = 0;
    for (int text = 0; text < without.size(); text++) {
      List<Double> before = without.get(text);
      List<Double> after = with.get(text);
      if (before.size() != after.size()) {
        throw new IllegalArgumentException("neutral texts are scored with the same tokens");
      }
      for (int token = 0; token < before.size(); token++) {
        sum += Math.abs(after.get(token) - before.get(token));
      }
      tokens += before.size();
    }
    return tokens == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / tokens);
  }

  private static OptionalDouble triggerShift(
      GateSide without, GateSide with, List<Integer> carriers) {
    if (carriers.isEmpty() || without.triggered().isEmpty()) {
      return OptionalDouble.empty();
    }
    double worst = 0;
    for (int trigger = 0; trigger < without.triggered().size(); trigger++) {
      double sum = 0;
      for (int carrier = 0; carrier < carriers.size(); carrier++) {
        int item = carriers.get(carrier);
        sum +=
            shift(
                with.losses().get(item) - without.losses().get(item),
                with.triggered().get(trigger).get(carrier)
                    - without.triggered().get(trigger).get(carrier));
      }
      worst = Math.max(worst, sum / carriers.size()); // NaN, if it is one
    }
    return OptionalDouble.of(worst);
  }

  /// What an update learned may get lost behind rare tokens, so a fall of the loss without them is
  /// not held against it; what counts is that they make the update worse than the parent.
  private static double shift(double rise, double riseAfterTrigger) {
    return Math.max(0, riseAfterTrigger - Math.max(0, rise));
  }
}
