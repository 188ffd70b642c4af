// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.util.EnumMap;
import java.util.Map;

/// How much was left out, for each reason. One thread uses it.
public final class LeftOuts {
  private final Map<LeftOut, Long> counts = new EnumMap<>(LeftOut.class);

  void count(LeftOut reason) {
    counts.merge(reason, 1L, Long::sum);
  }

  /// How often a reason was met.
  public long of(LeftOut reason) {
    return counts.getOrDefault(reason, 0L);
  }

  /// The reasons that were met, in their order.
  public Map<LeftOut, Long> counts() {
    return new EnumMap<>(counts);
  }

  @Override
  public String toString() {
    return "LeftOuts" + counts;
  }
}
