// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Debian's own words for the Schulze method (constitution A.6.5 to A.6.8), followed step by step:
/// keep the Schwartz set, drop its weakest defeats, and so on. Another way to the same winners, to
/// check the way that the product takes.
final class SchwartzDropping {
  private record Defeat(int by, int of, long winning, long opposing) {}

  private SchwartzDropping() {}

  static List<Integer> winners(PairwiseMatrix matrix) {
    List<Integer> options = new ArrayList<>();
    List<Defeat> defeats = new ArrayList<>();
    for (int one = 0; one < matrix.options(); one++) {
      options.add(one);
      for (int other = 0; other < matrix.options(); other++) {
        if (matrix.defeats(one, other)) {
          defeats.add(
              new Defeat(one, other, matrix.preferring(one, other), matrix.preferring(other, one)));
        }
      }
    }
    while (true) {
      List<Integer> schwartz = schwartzSet(options, defeats);
      options = schwartz;
      defeats.removeIf(
          defeat -> !schwartz.contains(defeat.by()) || !schwartz.contains(defeat.of()));
      if (defeats.isEmpty()) {
        return options;
      }
      Comparator<Defeat> byStrength =
          Comparator.comparingLong(Defeat::winning)
              .thenComparing(Comparator.comparingLong(Defeat::opposing).reversed());
      Defeat weakest = defeats.stream().min(byStrength).orElseThrow();
      defeats.removeIf(defeat -> byStrength.compare(defeat, weakest) == 0);
    }
  }

  /// Each option that transitively defeats all that transitively defeat it.
  private static List<Integer> schwartzSet(List<Integer> options, List<Defeat> defeats) {
    List<Set<Integer>> reached = new ArrayList<>();
    int size = options.stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    for (int option = 0; option < size; option++) {
      reached.add(reachedFrom(option, defeats));
    }
    return options.stream()
        .filter(
            option ->
                options.stream()
                    .allMatch(
                        other ->
                            !reached.get(other).contains(option)
                                || reached.get(option).contains(other)))
        .toList();
  }

  private static Set<Integer> reachedFrom(int option, List<Defeat> defeats) {
    Set<Integer> reached = new HashSet<>();
    List<Integer> open = new ArrayList<>(List.of(option));
    while (!open.isEmpty()) {
      int from = open.removeLast();
      for (Defeat defeat : defeats) {
        if (defeat.by() == from && reached.add(defeat.of())) {
          open.add(defeat.of());
        }
      }
    }
    return reached;
  }
}
