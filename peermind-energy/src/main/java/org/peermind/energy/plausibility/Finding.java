// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import java.time.Instant;

/// What a check found in the reports of a node.
///
/// @param sentence for the node's owner
/// @param refusesUntil before which nothing of the node's power counts
/// @param until before which it halves the share that counts
public record Finding(Check check, String sentence, Instant refusesUntil, Instant until) {
  /// The checks, with their numbers in docs/plausibility.md.
  public enum Check {
    CEILING("E1"),
    NIGHT("E2"),
    BALANCE("E3"),
    BATTERY("E4"),
    FROZEN("E6"),
    REPLAY("E7"),
    CLONE("E8"),
    SCALE("E9"),
    RAMP("E10"),
    CLOCK("E11");

    private final String number;

    Check(String number) {
      this.number = number;
    }

    public String number() {
      return number;
    }
  }
}
