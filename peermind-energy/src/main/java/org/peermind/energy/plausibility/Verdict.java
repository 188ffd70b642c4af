// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import java.util.List;
import java.util.Optional;

/// What a referee makes of a node's report.
///
/// @param share of the claimed headroom that counts for others, 0 to 1
/// @param objection why nothing counts, or not all of it, one sentence; empty at a full level
/// @param findings those that count now, in the order of their checks
public record Verdict(
    TrustLevel level, double share, Optional<String> objection, List<Finding> findings) {
  public Verdict {
    findings = List.copyOf(findings);
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("A share is within 0 and 1");
    }
  }

  /// Whether nothing of the node's power counts.
  public boolean refuses() {
    return share == 0;
  }
}
