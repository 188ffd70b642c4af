// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How much weight prefers each option to each other. Independent of the order of the ballots.
public final class PairwiseMatrix {
  private final long[][] preferring;

  private PairwiseMatrix(long[][] preferring) {
    this.preferring = preferring;
  }

  /// A ballot and what it weighs; for a vote by heads, how many cast it.
  public record Weighted(RankedBallot ballot, long weight) {
    public Weighted {
      if (weight < 0) {
        throw new IllegalArgumentException("A ballot's weight is not negative");
      }
    }
  }

  /// Counts ballots.
  ///
  /// @throws IllegalArgumentException when a ballot is about another number of options
  /// @throws ArithmeticException when the weights do not fit into a `long`
  public static PairwiseMatrix of(int options, List<Weighted> ballots) {
    long[][] preferring = new long[options][options];
    for (Weighted weighted : ballots) {
      RankedBallot ballot = weighted.ballot();
      if (ballot.ranks().size() != options) {
        throw new IllegalArgumentException("A ballot is about another number of options");
      }
      for (int one = 0; one < options; one++) {
        for (int other = 0; other < options; other++) {
          if (ballot.prefers(one, other)) {
            preferring[one][other] = Math.addExact(preferring[one][other], weighted.weight());
          }
        }
      }
    }
    return new PairwiseMatrix(preferring);
  }

  /// Takes counts that somebody published: a row for each option, and in it the weight that prefers
  /// it to each other.
  ///
  /// @throws IllegalArgumentException unless there are as many columns as rows
  public static PairwiseMatrix ofRows(List<List<Long>> rows) {
    long[][] preferring = new long[rows.size()][];
    for (int row = 0; row < rows.size(); row++) {
      if (rows.get(row).size() != rows.size()) {
        throw new IllegalArgumentException("A matrix has as many columns as rows");
      }
      preferring[row] = rows.get(row).stream().mapToLong(Long::longValue).toArray();
    }
    return new PairwiseMatrix(preferring);
  }

  public int options() {
    return preferring.length;
  }

  /// The weight that prefers `one` to `other`.
  public long preferring(int one, int other) {
    return preferring[one][other];
  }

  /// Whether more weight prefers `one` to `other` than the other way round.
  public boolean defeats(int one, int other) {
    return preferring[one][other] > preferring[other][one];
  }

  /// The rows, for printing.
  public List<List<Long>> rows() {
    List<List<Long>> rows = new ArrayList<>();
    for (long[] row : preferring) {
      rows.add(Arrays.stream(row).boxed().toList());
    }
    return rows;
  }
}
