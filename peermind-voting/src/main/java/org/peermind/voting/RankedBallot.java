// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.List;
import java.util.Optional;

/// One voter's order of the options. Equal ranks mean that the voter likes them alike; options
/// without a rank are below all that have one, and alike among themselves.
///
/// @param ranks one for each option, a smaller number being better; empty when unranked
public record RankedBallot(List<Optional<Integer>> ranks) {
  public RankedBallot {
    ranks = List.copyOf(ranks);
    for (Optional<Integer> rank : ranks) {
      if (rank.isPresent() && rank.get() < 1) {
        throw new IllegalArgumentException("Ranks begin at 1");
      }
    }
  }

  /// Whether this voter likes `one` better than `other`.
  public boolean prefers(int one, int other) {
    Optional<Integer> rank = ranks.get(one);
    return rank.isPresent() && rank.get() < ranks.get(other).orElse(Integer.MAX_VALUE);
  }
}
