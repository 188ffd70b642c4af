// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.peermind.federated.aggregation.Aggregate;
import org.peermind.federated.aggregation.Aggregation;
import org.peermind.federated.aggregation.AggregationRefused;
import org.peermind.federated.aggregation.AggregationRule;
import org.peermind.federated.aggregation.IntegerMean;
import org.peermind.federated.aggregation.OuterOptimiser;
import org.peermind.federated.aggregation.OuterState;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.OuterChoice;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.RuleChoice;
import org.peermind.protocol.governance.Digest;

/// What the updates of a round make together. The aggregator computes it, and anyone who has the
/// updates computes it again, bit for bit: updates are whole numbers, and everything after them is
/// done in one order ([org.peermind.federated.aggregation]).
///
/// @param exclusions updates that do not count
/// @param vector the aggregated update, as whole numbers
/// @param state of the outer optimiser after it; its coordinates are the adapter's
public record Recomputation(
    List<RoundAggregate.Exclusion> exclusions, AggregatedUpdate vector, OuterState state) {
  /// The geometric median divides by no distance below one unit.
  private static final double SMOOTHING_UNITS = 1;

  private static final double MICRO = 1e-6;
  private static final double NANO = 1e-9;

  public Recomputation {
    exclusions = List.copyOf(exclusions);
  }

  /// Whole numbers that nobody changes.
  public static final class AggregatedUpdate {
    private final int[] numbers;

    private AggregatedUpdate(int[] numbers) {
      this.numbers = numbers;
    }

    /// As it travels.
    public byte[] toBytes() {
      return FixedPoint.toBytes(numbers);
    }
  }

  /// Aggregates.
  ///
  /// @param vectors the bytes of every update in the transcript
  /// @param parentState bytes of the outer state before; empty for a model's first round
  /// @throws IllegalArgumentException in a sentence when nothing can come of it
  public static Recomputation of(
      Round round, Map<NodeId, byte[]> vectors, Optional<byte[]> parentState) {
    RoundDescriptor descriptor = round.descriptor();
    List<RoundAggregate.Exclusion> exclusions = UpdateCheck.exclusions(descriptor, vectors);
    Set<NodeId> excluded = new HashSet<>();
    exclusions.forEach(one -> excluded.add(one.member()));
    List<int[]> counted = new ArrayList<>();
    List<Integer> weights = new ArrayList<>();
    new TreeMap<>(vectors)
        .forEach(
            (member, bytes) -> {
              if (!excluded.contains(member)) {
                counted.add(FixedPoint.ofBytes(bytes));
                weights.add(round.weight(member));
              }
            });
    if (counted.isEmpty()) {
      throw new IllegalArgumentException("no update is without a fault");
    }
    int[] numbers = aggregate(descriptor.rule(), counted, weights);
    OuterState before =
        parentState
            .map(OuterState::ofBytes)
            .orElseGet(() -> OuterState.at(new float[descriptor.subspace().length()]));
    float[] change = new FixedPoint(descriptor.unitBits()).decode(numbers);
    return new Recomputation(
        exclusions,
        new AggregatedUpdate(numbers),
        optimiser(descriptor.outer()).step(before, change));
  }

  private static int[] aggregate(RuleChoice choice, List<int[]> updates, List<Integer> weights) {
    if (choice.kind() == RuleChoice.Kind.WEIGHTED_MEAN) {
      return IntegerMean.of(updates, weights.stream().map(Integer::longValue).toList());
    }
    AggregationRule rule = rule(choice);
    List<float[]> vectors = updates.stream().map(Recomputation::floats).toList();
    boolean isEqual = weights.stream().distinct().count() == 1;
    boolean weighs =
        switch (choice.kind()) {
          case MULTI_KRUM, GEOMETRIC_MEDIAN, CENTRED_CLIPPING, WEIGHTED_MEAN -> !isEqual;
          case TRIMMED_MEAN, MIXED_TRIMMED_MEAN, COORDINATE_MEDIAN, KRUM -> false;
        };
    List<Double> counted = weighs ? weights.stream().map(Integer::doubleValue).toList() : List.of();
    return switch (Aggregation.here().aggregate(rule, vectors, counted, new float[0])) {
      case Aggregate made -> rounded(made.vector());
      case AggregationRefused(String sentence) -> throw new IllegalArgumentException(sentence);
    };
  }

  /// Exact, for no number of an update is beyond what a float holds exactly.
  private static float[] floats(int[] numbers) {
    float[] floats = new float[numbers.length];
    for (int index = 0; index < numbers.length; index++) {
      floats[index] = numbers[index];
    }
    return floats;
  }

  private static int[] rounded(float[] vector) {
    int[] numbers = new int[vector.length];
    for (int index = 0; index < vector.length; index++) {
      numbers[index] = (int) Math.rint((double) vector[index]);
    }
    return numbers;
  }

  private static AggregationRule rule(RuleChoice choice) {
    return switch (choice.kind()) {
      case WEIGHTED_MEAN -> new AggregationRule.WeightedMean();
      case TRIMMED_MEAN -> new AggregationRule.TrimmedMean(choice.trimPermille() / 1_000.0);
      case MIXED_TRIMMED_MEAN ->
          new AggregationRule.MixedTrimmedMean(choice.trimPermille() / 1_000.0);
      case COORDINATE_MEDIAN -> new AggregationRule.CoordinateMedian();
      case KRUM -> new AggregationRule.Krum(choice.byzantine());
      case MULTI_KRUM -> new AggregationRule.MultiKrum(choice.byzantine(), choice.chosen());
      case GEOMETRIC_MEDIAN ->
          new AggregationRule.GeometricMedian(SMOOTHING_UNITS, choice.iterations());
      case CENTRED_CLIPPING ->
          new AggregationRule.CentredClipping(choice.radiusUnits(), choice.iterations());
    };
  }

  private static OuterOptimiser optimiser(OuterChoice choice) {
    double rate = choice.rateMicro() * MICRO;
    double momentum = choice.momentumMicro() * MICRO;
    return switch (choice.kind()) {
      case PLAIN -> new OuterOptimiser.Plain(rate);
      case NESTEROV -> new OuterOptimiser.Nesterov(rate, momentum);
      case FED_ADAM ->
          new OuterOptimiser.FedAdam(
              rate, momentum, choice.secondMicro() * MICRO, choice.tauNano() * NANO);
    };
  }

  /// Whether the aggregator said what comes out.
  public boolean agrees(RoundAggregate said) {
    return exclusions.equals(said.exclusions())
        && Digest.over(vector.toBytes()).equals(said.vector())
        && Digest.over(state.toBytes()).equals(said.state());
  }
}
