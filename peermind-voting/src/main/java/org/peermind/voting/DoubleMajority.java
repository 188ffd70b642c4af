// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.peermind.protocol.governance.Digest;
import org.peermind.voting.PairwiseMatrix.Weighted;
import org.peermind.voting.RankedTally.Ratio;
import org.peermind.voting.RankedTally.Threshold;

/// The count of a vote in two chambers, heads and capped capacity, which must agree (PMV-1, tally,
/// steps 1 to 7). The options are the candidates in their order, and `KEEP` as the last. The result
/// depends on the set of ballots only, never on their order.
public final class DoubleMajority {
  private final List<Candidate> candidates;
  private final int keep;
  private final int eligible;
  private final List<Cast> cast;
  private final byte[] beacon;
  private final PairwiseMatrix heads;
  private final PairwiseMatrix capacity;
  private final long capacityCast;

  /// What may be adopted.
  ///
  /// @param id of the proposal
  /// @param ratio by the kind of change: more than 1:1, 2:1 or 3:1
  /// @param microWhPer1kTokens the evaluated median, empty when unknown, which loses a tie
  /// @param vramMiB the evaluated median of its peak
  public record Candidate(Digest id, Ratio ratio, OptionalLong microWhPer1kTokens, long vramMiB) {}

  /// A revealed ballot.
  ///
  /// @param ranks one for each candidate and then for `KEEP`
  /// @param vetoed the candidates that the voter wants stopped, for a reason of its reveal
  /// @param capacity of the voter, as those of all eligible ones
  public record Cast(RankedBallot ranks, Set<Integer> vetoed, long capacity) {
    public Cast {
      vetoed = Set.copyOf(vetoed);
    }
  }

  /// What came out.
  ///
  /// @param winner the position of the candidate to adopt; empty when `KEEP` stays
  /// @param failed why no vote took place; empty when there were enough ballots
  /// @param dropped candidates that could not win, each with one clause
  /// @param reopened dropped candidates that beat the result in both chambers: they may be proposed
  ///   again at once
  public record Result(
      OptionalInt winner,
      Optional<String> failed,
      List<Dropped> dropped,
      List<Integer> reopened,
      PairwiseMatrix heads,
      PairwiseMatrix capacity) {
    public Result {
      dropped = List.copyOf(dropped);
      reopened = List.copyOf(reopened);
    }
  }

  /// A candidate that cannot win, and why.
  public record Dropped(int candidate, String reason) {}

  private DoubleMajority(
      List<Candidate> candidates, List<Long> eligibleCapacities, List<Cast> cast, byte[] beacon) {
    this.candidates = List.copyOf(candidates);
    this.keep = candidates.size();
    this.eligible = eligibleCapacities.size();
    this.cast = List.copyOf(cast);
    this.beacon = beacon;
    List<Long> weights =
        CapacityWeights.capped(
            CapacityWeights.uncapped(
                cast.stream().map(Cast::capacity).toList(), eligibleCapacities));
    this.capacityCast = weights.stream().mapToLong(Long::longValue).sum();
    List<Weighted> byHeads = new ArrayList<>();
    List<Weighted> byCapacity = new ArrayList<>();
    for (int voter = 0; voter < cast.size(); voter++) {
      byHeads.add(new Weighted(cast.get(voter).ranks(), 1));
      byCapacity.add(new Weighted(cast.get(voter).ranks(), weights.get(voter)));
    }
    this.heads = PairwiseMatrix.of(keep + 1, byHeads);
    this.capacity = PairwiseMatrix.of(keep + 1, byCapacity);
  }

  /// Counts.
  ///
  /// @param eligibleCapacities of all who might have voted, whether they did or not
  /// @param beacon bytes that nobody chose, for the last rule about ties
  /// @throws IllegalArgumentException when more voted than may, or about other options
  public static Result count(
      List<Candidate> candidates, List<Long> eligibleCapacities, List<Cast> cast, byte[] beacon) {
    if (cast.size() > eligibleCapacities.size()) {
      throw new IllegalArgumentException("More voted than may vote");
    }
    return new DoubleMajority(candidates, eligibleCapacities, cast, beacon.clone()).result();
  }

  /// How many heads must vote: a third, rounded up.
  public static int turnoutAsked(int eligible) {
    return Math.ceilDiv(eligible, 3);
  }

  /// How many heads must prefer an option to `KEEP`: `min(ceil(1.5 sqrt(N)), floor(N/2) + 1)`.
  public static int supportersAsked(int eligible) {
    int byRoot = 0;
    while (4L * byRoot * byRoot < 9L * eligible) {
      byRoot++;
    }
    return Math.min(byRoot, eligible / 2 + 1);
  }

  private Result result() {
    int asked = Math.max(1, turnoutAsked(eligible));
    if (cast.size() < asked) {
      String failed = "Only %d of %d voted; %d must.".formatted(cast.size(), eligible, asked);
      return new Result(
          OptionalInt.empty(), Optional.of(failed), List.of(), List.of(), heads, capacity);
    }
    List<Dropped> dropped = new ArrayList<>();
    List<Integer> left = new ArrayList<>();
    List<Integer> reopenable = new ArrayList<>();
    RankedTally byHeads = tally(heads, supportersAsked(eligible));
    RankedTally byCapacity = tally(capacity, 0);
    for (int candidate = 0; candidate < keep; candidate++) {
      int vetoes = vetoes(candidate);
      Optional<String> byHeadsMissed = missed(byHeads, candidate).map("By heads: %s."::formatted);
      Optional<String> missed =
          byHeadsMissed.isPresent()
              ? byHeadsMissed
              : missed(byCapacity, candidate).map("By millionths of capacity: %s."::formatted);
      if (3 * vetoes >= cast.size()) {
        dropped.add(
            new Dropped(
                candidate,
                "%d of %d voters object to it, a third or more.".formatted(vetoes, cast.size())));
      } else if (missed.isPresent()) {
        dropped.add(new Dropped(candidate, missed.get()));
        reopenable.add(candidate);
      } else {
        left.add(candidate);
      }
    }
    left.add(keep);
    int winner = winner(left);
    List<Integer> reopened =
        reopenable.stream()
            .filter(option -> heads.defeats(option, winner) && capacity.defeats(option, winner))
            .toList();
    return new Result(
        winner == keep ? OptionalInt.empty() : OptionalInt.of(winner),
        Optional.empty(),
        dropped,
        reopened,
        heads,
        capacity);
  }

  private RankedTally tally(PairwiseMatrix matrix, long supporters) {
    List<Threshold> thresholds = new ArrayList<>();
    candidates.forEach(candidate -> thresholds.add(new Threshold(supporters, candidate.ratio())));
    thresholds.add(Threshold.NONE);
    return RankedTally.of(thresholds, OptionalInt.of(keep), matrix);
  }

  private static Optional<String> missed(RankedTally tally, int candidate) {
    return tally.dropped().stream()
        .filter(dropped -> dropped.option() == candidate)
        .map(RankedTally.Dropped::reason)
        .findFirst();
  }

  private int vetoes(int candidate) {
    return (int) cast.stream().filter(ballot -> ballot.vetoed().contains(candidate)).count();
  }

  /// Steps 5 and 6: what wins in both chambers; where they agree on none, what has the larger
  /// margin over `KEEP` in the chamber that likes it less.
  private int winner(List<Integer> left) {
    List<Integer> byHeads = Schulze.winners(heads, left);
    List<Integer> byCapacity = Schulze.winners(capacity, left);
    List<Integer> agreed = byHeads.stream().filter(byCapacity::contains).toList();
    if (!agreed.isEmpty()) {
      return untied(agreed);
    }
    List<Integer> either = Stream.of(byHeads, byCapacity).flatMap(Collection::stream).toList();
    BigInteger best =
        either.stream().map(this::smallerMargin).max(Comparator.naturalOrder()).orElseThrow();
    return untied(either.stream().filter(one -> smallerMargin(one).equals(best)).toList());
  }

  /// The margin over `KEEP` as a share of what was cast, times both sums, so that it is whole.
  private BigInteger smallerMargin(int option) {
    BigInteger byHeads =
        BigInteger.valueOf(heads.preferring(option, keep) - heads.preferring(keep, option))
            .multiply(BigInteger.valueOf(capacityCast));
    BigInteger byCapacity =
        BigInteger.valueOf(capacity.preferring(option, keep) - capacity.preferring(keep, option))
            .multiply(BigInteger.valueOf(cast.size()));
    return byHeads.min(byCapacity);
  }

  private int untied(List<Integer> tied) {
    if (tied.contains(keep)) {
      return keep;
    }
    Function<Integer, Candidate> candidate = candidates::get;
    return tied.stream()
        .min(
            Comparator.comparing(
                    candidate.andThen(one -> one.microWhPer1kTokens().orElse(Long.MAX_VALUE)))
                .thenComparing(candidate.andThen(Candidate::vramMiB))
                .thenComparing(candidate.andThen(one -> Digest.over(one.id().toBytes(), beacon))))
        .orElseThrow();
  }
}
