// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// Order statistics of what a benchmark measured.
final class Medians {
  private Medians() {}

  static <T> double of(List<T> samples, ToDoubleFunction<T> figure) {
    return quantile(samples.stream().map(figure::applyAsDouble).toList(), 0.5);
  }

  /// The median of the ratios of samples that were taken in the same round.
  static <T> double ofRatios(List<T> ours, List<T> theirs, ToDoubleFunction<T> figure) {
    return quantile(
        IntStream.range(0, Math.min(ours.size(), theirs.size()))
            .mapToObj(
                round ->
                    figure.applyAsDouble(ours.get(round)) / figure.applyAsDouble(theirs.get(round)))
            .toList(),
        0.5);
  }

  /// The nearest-rank quantile; NaN of nothing.
  static double quantile(List<Double> values, double share) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.isEmpty()
        ? Double.NaN
        : sorted.get(Math.min(sorted.size() - 1, (int) (share * sorted.size())));
  }
}
