// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.ArrayList;
import java.util.List;

/// The Schulze method (M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and
/// Condorcet-consistent single-winner election method", 2011). A defeat is as strong as the weight
/// that prefers the winner of the pair; of equal ones, that with less weight against it is stronger
/// (Debian constitution A.6.7).
public final class Schulze {
  private final List<Integer> options;
  private final Strength[][] strongest;

  /// How strong a chain of defeats is: as its weakest defeat.
  private record Strength(long winning, long opposing) implements Comparable<Strength> {
    static final Strength NONE = new Strength(0, Long.MAX_VALUE);

    @Override
    public int compareTo(Strength other) {
      int byWinning = Long.compare(winning, other.winning);
      return byWinning != 0 ? byWinning : Long.compare(other.opposing, opposing);
    }

    static Strength weaker(Strength one, Strength other) {
      return one.compareTo(other) <= 0 ? one : other;
    }
  }

  private Schulze(PairwiseMatrix matrix, List<Integer> options) {
    this.options = List.copyOf(options);
    int count = matrix.options();
    this.strongest = new Strength[count][count];
    for (int from : options) {
      for (int to : options) {
        strongest[from][to] =
            matrix.defeats(from, to)
                ? new Strength(matrix.preferring(from, to), matrix.preferring(to, from))
                : Strength.NONE;
      }
    }
    for (int through : options) {
      for (int from : options) {
        for (int to : options) {
          Strength detour = Strength.weaker(strongest[from][through], strongest[through][to]);
          if (detour.compareTo(strongest[from][to]) > 0) {
            strongest[from][to] = detour;
          }
        }
      }
    }
  }

  /// Who wins among some of the options: more than one when they are tied, none when there are no
  /// options.
  public static List<Integer> winners(PairwiseMatrix matrix, List<Integer> options) {
    return new Schulze(matrix, options).winners();
  }

  private List<Integer> winners() {
    List<Integer> winners = new ArrayList<>();
    for (int option : options) {
      boolean isBeaten =
          options.stream()
              .anyMatch(other -> strongest[other][option].compareTo(strongest[option][other]) > 0);
      if (!isBeaten) {
        winners.add(option);
      }
    }
    return winners;
  }
}
