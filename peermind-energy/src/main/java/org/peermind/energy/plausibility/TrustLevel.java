// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

/// How far a node's power is believed, and the share of its claimed headroom that a referee counts
/// for others (docs/plausibility.md).
public enum TrustLevel {
  /// L0: its owner says so, or the report carries nothing that could be judged.
  STATED("L0", 0),
  /// L1: signed, chained, and no check objects.
  CHECKED("L1", 0.7),
  /// L2: two weeks of that, and the meter followed the work that a referee asked for.
  PROVEN("L2", 0.9),
  /// L3: signed by the meter or the inverter itself.
  SIGNED("L3", 1),
  /// L4: matched by an hourly certificate.
  CERTIFIED("L4", 1);

  private final String text;
  private final double share;

  TrustLevel(String text, double share) {
    this.text = text;
    this.share = share;
  }

  /// Share of the claimed headroom that counts, 0 to 1.
  public double share() {
    return share;
  }

  /// The name in documents and status, `L0` to `L4`.
  public String text() {
    return text;
  }
}
