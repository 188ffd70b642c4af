// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.peermind.protocol.governance.Figures;

/// What was gathered of one model so far.
final class Gathered {
  private static final long FIGURE_MAX = 1L << 40;
  private static final double MILLI_TOKENS_IN_NANOS = 1e12;

  /// 1 J is 1/3,600 Wh.
  private static final double MICRO_WH_PER_JOULE = 1e6 / 3_600;

  private final List<byte[]> tokensOfItems = new ArrayList<>();
  private final Set<Integer> right = new HashSet<>();
  private final List<Long> toFirst = new ArrayList<>();
  private final Rate prompt = new Rate();
  private final Rate alone = new Rate();
  private final Rate byFour = new Rate();
  private double joules;
  private long tokensOfJoules;

  /// Sums of windows.
  private static final class Rate {
    private long tokens;
    private long nanos;

    void add(SpeedMeter.Window window) {
      tokens += window.tokens();
      nanos += window.nanos();
    }

    /// Thousandths of a token a second; at least 1, since a record has no 0.
    long milliTokensPerSecond() {
      return nanos == 0 ? 1 : figure(MILLI_TOKENS_IN_NANOS * (double) tokens / (double) nanos);
    }
  }

  /// Takes the next item's answer.
  void item(Hearing.Heard answer, boolean isRight) {
    if (isRight) {
      right.add(tokensOfItems.size());
    }
    ByteBuffer ids = ByteBuffer.allocate(Integer.BYTES * answer.tokenIds().size());
    answer.tokenIds().forEach(ids::putInt);
    tokensOfItems.add(ids.array());
  }

  int items() {
    return tokensOfItems.size();
  }

  /// The token ids of an item's answer, four bytes each, big-endian.
  byte[] tokens(int item) {
    return tokensOfItems.get(item).clone();
  }

  /// Takes a window.
  ///
  /// @param elapsedNanos of the whole window
  /// @param watts of the machine in it
  void window(
      SpeedMeter.Speed speed, SpeedMeter.Window window, long elapsedNanos, OptionalDouble watts) {
    switch (speed) {
      case PROMPT -> prompt.add(window);
      case ALONE -> alone.add(window);
      case BY_FOUR -> byFour.add(window);
    }
    toFirst.addAll(window.toFirst());
    boolean isGenerating = speed != SpeedMeter.Speed.PROMPT;
    if (isGenerating && watts.isPresent() && window.generated() > 0) {
      joules += watts.getAsDouble() * (double) elapsedNanos / 1e9;
      tokensOfJoules += window.generated();
    }
  }

  Figures figures(long peakMib, long loadMillis) {
    List<Long> sorted = toFirst.stream().sorted().toList();
    return new Figures(
        prompt.milliTokensPerSecond(),
        alone.milliTokensPerSecond(),
        byFour.milliTokensPerSecond(),
        percentileMillis(sorted, 50),
        percentileMillis(sorted, 95),
        Math.clamp(peakMib, 1, FIGURE_MAX),
        Math.min(loadMillis, FIGURE_MAX),
        microWhPer1kTokens(),
        right);
  }

  private OptionalLong microWhPer1kTokens() {
    return tokensOfJoules == 0
        ? OptionalLong.empty()
        : OptionalLong.of(figure(1_000 * MICRO_WH_PER_JOULE * joules / (double) tokensOfJoules));
  }

  /// Nearest rank, in whole milliseconds, rounded up.
  private static long percentileMillis(List<Long> sortedNanos, int percent) {
    if (sortedNanos.isEmpty()) {
      return FIGURE_MAX;
    }
    int rank = Math.ceilDiv(percent * sortedNanos.size(), 100);
    return figure(Math.ceil((double) sortedNanos.get(rank - 1) / 1e6));
  }

  private static long figure(double value) {
    return Math.clamp(Math.round(value), 1, FIGURE_MAX);
  }
}
