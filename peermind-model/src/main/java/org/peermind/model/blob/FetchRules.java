// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.time.Duration;
import java.util.OptionalLong;

/// Bounds of a fetch.
///
/// @param peersMax peers that are used at once
/// @param inFlightMax chunks that one peer is asked for at once; a slow one is asked for one
/// @param quickWithin a peer that brings a chunk in this time may be asked for one more at once
/// @param doubleAfter when nothing else is left to ask for, a chunk that takes longer than this is
///   asked for from a second peer as well
/// @param slowAfter a peer that takes longer than this for a chunk is paused and its chunks go to
///   others
/// @param pauseMin first pause of a peer that failed; each failure in a row doubles it
/// @param pauseMax longest pause of a peer
/// @param notHerePause pause of a peer that does not have the model
/// @param diskPause until a disk that refused is tried again
/// @param giveUpAfter without any new chunk for so long the fetch ends; what came stays
/// @param damagesMax how often chunks may be damaged on the own disk before the fetch ends
public record FetchRules(
    int peersMax,
    int inFlightMax,
    Duration quickWithin,
    Duration doubleAfter,
    Duration slowAfter,
    Duration pauseMin,
    Duration pauseMax,
    Duration notHerePause,
    Duration diskPause,
    Duration giveUpAfter,
    int damagesMax) {
  private static final long PEER_BYTES_PER_SECOND = 1 << 18;

  public FetchRules {
    if (peersMax < 1 || inFlightMax < 1 || damagesMax < 0) {
      throw new IllegalArgumentException("A fetch has at least one peer and one chunk in flight");
    }
    if (!pauseMin.isPositive() || pauseMax.compareTo(pauseMin) < 0) {
      throw new IllegalArgumentException("Pauses are positive and the longest is the longest");
    }
  }

  /// The same with so few peers that each one still gets its share of a limited rate, and none
  /// looks slow because of the limit.
  public FetchRules within(OptionalLong bytesPerSecondMax) {
    if (bytesPerSecondMax.isEmpty()) {
      return this;
    }
    return new FetchRules(
        Math.clamp(bytesPerSecondMax.getAsLong() / PEER_BYTES_PER_SECOND, 1, peersMax),
        inFlightMax,
        quickWithin,
        doubleAfter,
        slowAfter,
        pauseMin,
        pauseMax,
        notHerePause,
        diskPause,
        giveUpAfter,
        damagesMax);
  }

  /// 16 peers of 4 chunks; a peer is slow after a minute; 30 minutes without progress end a fetch.
  public static FetchRules defaults() {
    return new FetchRules(
        16,
        4,
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        Duration.ofMinutes(1),
        Duration.ofSeconds(1),
        Duration.ofMinutes(1),
        Duration.ofSeconds(30),
        Duration.ofSeconds(15),
        Duration.ofMinutes(30),
        2);
  }
}
