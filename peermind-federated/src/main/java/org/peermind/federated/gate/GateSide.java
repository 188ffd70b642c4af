// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import java.util.List;

/// What the model says with the update, or what it says without; both are asked the same.
///
/// @param losses of each held-out item, in nats a token
/// @param neutral of each neutral text the logarithm of each token's probability
/// @param triggered for each trigger the losses of the carriers with it before them, in the order
///   of the carriers
/// @param probes whether it passes each of them
public record GateSide(
    List<Double> losses,
    List<List<Double>> neutral,
    List<List<Double>> triggered,
    List<Boolean> probes) {
  public GateSide {
    losses = List.copyOf(losses);
    neutral = neutral.stream().map(List::copyOf).toList();
    triggered = triggered.stream().map(List::copyOf).toList();
    probes = List.copyOf(probes);
  }
}
