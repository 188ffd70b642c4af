// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import java.util.List;

/// Whether an update may be used.
///
/// @param parentLoss mean of the held-out items without it, in nats a token
/// @param loss with it
/// @param reasons why not, in sentences; empty when it passes
public record Judgement(double parentLoss, double loss, List<String> reasons) {
  public Judgement {
    reasons = List.copyOf(reasons);
  }

  public boolean hasPassed() {
    return reasons.isEmpty();
  }
}
