// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Batcher's odd-even merge sort as a list of comparisons, without those that cannot change a
/// wanted row (K. E. Batcher, Sorting networks and their applications, AFIPS 1968).
final class SortingNetwork {
  private SortingNetwork() {}

  /// The comparisons that bring the right keys into the rows from `from` to before `to`.
  ///
  /// @return row, row, row, row, ...; the smaller key goes to the first of two
  static int[] of(int rows, int from, int to) {
    List<int[]> steps = new ArrayList<>();
    for (int width = 1; width < rows; width *= 2) {
      for (int distance = width; distance >= 1; distance /= 2) {
        addMerge(rows, width, distance, steps);
      }
    }
    boolean[] wanted = new boolean[rows];
    Arrays.fill(wanted, from, to, true);
    List<int[]> kept = new ArrayList<>();
    for (int[] step : steps.reversed()) {
      if (wanted[step[0]] || wanted[step[1]]) {
        wanted[step[0]] = true;
        wanted[step[1]] = true;
        kept.add(step);
      }
    }
    return kept.reversed().stream().flatMapToInt(Arrays::stream).toArray();
  }

  private static void addMerge(int rows, int width, int distance, List<int[]> steps) {
    for (int begin = distance % width; begin + distance < rows; begin += 2 * distance) {
      for (int row = begin; row < Math.min(begin + distance, rows - distance); row++) {
        if (row / (2 * width) == (row + distance) / (2 * width)) {
          steps.add(new int[] {row, row + distance});
        }
      }
    }
  }
}
