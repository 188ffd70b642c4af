// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.time.Duration;

/// The bounds of keeping an answer alive.
///
/// @param stallAfter silence of a worker that counts as its death (design section 6: 2 s)
/// @param restartWithin how long an answer waits for somebody to take it over
/// @param restartPause between two tries of finding somebody
/// @param failuresMax failures in a row, without a token between them, that end the answer
public record ContinuationRules(
    Duration stallAfter, Duration restartWithin, Duration restartPause, int failuresMax) {

  public static ContinuationRules standard() {
    return new ContinuationRules(
        Duration.ofSeconds(2), Duration.ofSeconds(12), Duration.ofMillis(250), 6);
  }
}
