// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.util.Optional;

/// What the shell's judge of energy reports makes of one report: how much of its headroom counts.
///
/// @param level `L0` to `L4` (docs/plausibility.md), for status
/// @param share of the claimed headroom that counts, 0 to 1; with 0 the node is not offered work
/// @param objection why not all of it counts, one sentence for the node's owner
public record ReportTrust(String level, double share, Optional<String> objection) {
  /// Nothing is known against the report and nothing is taken off.
  public static final ReportTrust FULL = new ReportTrust("L3", 1, Optional.empty());

  public ReportTrust {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("A share is within 0 and 1");
    }
  }
}
