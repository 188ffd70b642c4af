// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.voting.PairwiseMatrix.Weighted;

/// One count of ranked ballots, in the order of steps of the Debian constitution (A.6): options
/// that too few prefer to the default are dropped, then those that do not beat it by their ratio,
/// and the Schulze method decides among the rest. Dropping comes first, so that an option which
/// cannot be adopted is not the reason why another one loses.
///
/// @param matrix of all options, dropped or not
/// @param dropped in the order of the options
/// @param winners the best of the rest; more than one when they are tied
public record RankedTally(PairwiseMatrix matrix, List<Dropped> dropped, List<Integer> winners) {
  public RankedTally {
    dropped = List.copyOf(dropped);
    winners = List.copyOf(winners);
  }

  /// What an option must reach.
  ///
  /// @param quorum the weight that must prefer it to the default
  /// @param ratio how many times the weight against it that must be; at 1 and below, more is asked
  ///   than the weight against it, above that at least as much
  public record Threshold(long quorum, Ratio ratio) {
    public static final Threshold NONE = new Threshold(0, new Ratio(1, 1));

    public Threshold {
      if (quorum < 0) {
        throw new IllegalArgumentException("A quorum is not negative");
      }
    }
  }

  /// A ratio of two whole numbers, as in 3:1, so that nothing is rounded.
  public record Ratio(long supporting, long opposing) {
    public Ratio {
      if (supporting < 1 || opposing < 1 || supporting > 1_000_000 || opposing > 1_000_000) {
        throw new IllegalArgumentException("A ratio is made of numbers within 1 and 1,000,000");
      }
    }

    boolean isReached(long weightFor, long weightAgainst) {
      return weightFor > weightAgainst
          && Math.multiplyExact(weightFor, opposing)
              >= Math.multiplyExact(weightAgainst, supporting);
    }

    @Override
    public String toString() {
      return supporting + ":" + opposing;
    }
  }

  /// An option that cannot win, and why.
  public record Dropped(int option, Cause cause, long weightFor, long weightAgainst) {
    /// One clause for a person.
    public String reason() {
      return switch (cause) {
        case Cause.Quorum(long asked) ->
            "%d prefer it to the default; %d must".formatted(weightFor, asked);
        case Cause.Majority(Ratio asked) ->
            "%d prefer it to the default and %d the default to it; the ratio must be %s"
                .formatted(
                    weightFor,
                    weightAgainst,
                    asked.supporting() <= asked.opposing() ? "more than 1:1" : asked + " or more");
      };
    }
  }

  /// What an option missed.
  public sealed interface Cause {
    record Quorum(long asked) implements Cause {}

    record Majority(Ratio asked) implements Cause {}
  }

  /// Counts.
  ///
  /// @param thresholds one for each option; the default's is not looked at
  /// @param standard the default option, if there is one: without, nothing is dropped
  public static RankedTally of(
      List<Threshold> thresholds, OptionalInt standard, List<Weighted> ballots) {
    return of(thresholds, standard, PairwiseMatrix.of(thresholds.size(), ballots));
  }

  /// Decides by what was counted already.
  public static RankedTally of(
      List<Threshold> thresholds, OptionalInt standard, PairwiseMatrix matrix) {
    int options = thresholds.size();
    if (matrix.options() != options) {
      throw new IllegalArgumentException("There is a threshold for each option");
    }
    List<Dropped> dropped = new ArrayList<>();
    List<Integer> left = new ArrayList<>();
    for (int option = 0; option < options; option++) {
      Optional<Dropped> missed =
          standard.isEmpty() || standard.getAsInt() == option
              ? Optional.empty()
              : missed(matrix, option, standard.getAsInt(), thresholds.get(option));
      missed.ifPresent(dropped::add);
      if (missed.isEmpty()) {
        left.add(option);
      }
    }
    return new RankedTally(matrix, dropped, Schulze.winners(matrix, left));
  }

  private static Optional<Dropped> missed(
      PairwiseMatrix matrix, int option, int standard, Threshold threshold) {
    long weightFor = matrix.preferring(option, standard);
    long weightAgainst = matrix.preferring(standard, option);
    if (weightFor < threshold.quorum()) {
      return Optional.of(
          new Dropped(option, new Cause.Quorum(threshold.quorum()), weightFor, weightAgainst));
    }
    if (!threshold.ratio().isReached(weightFor, weightAgainst)) {
      return Optional.of(
          new Dropped(option, new Cause.Majority(threshold.ratio()), weightFor, weightAgainst));
    }
    return Optional.empty();
  }
}
