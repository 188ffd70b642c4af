// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.util.Optional;

/// The mean headroom that an inferer expects of the next hour (design section 5).
///
/// @param p10 what nine of ten such hours exceed; empty when the inferer's history is too short to
///   tell
/// @param p50 what one of two exceeds, or all that is expected
public record ExpectedPower(Optional<Watts> p10, Watts p50) {
  /// @throws IllegalArgumentException when one is negative, or the lower is above the middle
  public ExpectedPower {
    double low = p10.map(Watts::value).orElse(0.0);
    if (!(low >= 0 && low <= p50.value())) {
      throw new IllegalArgumentException(
          "the expected power must be 0 W or more, the lower not above the middle: %s and %s W"
              .formatted(low, p50.value()));
    }
  }
}
