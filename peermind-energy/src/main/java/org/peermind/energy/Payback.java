// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;

/// Loading a model costs energy; it is worth it only if the power expected until the earliest
/// moment of unloading covers the loading and a first piece of work (design section 5).
///
/// @param loadJoules what one load costs, typically 5 to 20 kJ for a 16 GB model
/// @param jobJoules the least work that justifies it
public record Payback(double loadJoules, double jobJoules) {
  /// Whether `headroomWatts`, changing evenly to `headroomLaterWatts` within `horizon`, pays back.
  public boolean worthLoading(double headroomWatts, double headroomLaterWatts, Duration horizon) {
    double mean = (Math.max(0, headroomWatts) + Math.max(0, headroomLaterWatts)) / 2;
    return mean * (horizon.toNanos() / 1e9) >= loadJoules + jobJoules;
  }
}
