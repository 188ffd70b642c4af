// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.peermind.federated.aggregation.Aggregate;
import org.peermind.federated.aggregation.Aggregation;
import org.peermind.federated.aggregation.AggregationRefused;
import org.peermind.federated.aggregation.AggregationRule;
import org.peermind.federated.aggregation.IntegerMean;
import org.peermind.federated.subspace.FixedPoint;

/// What the aggregator does with updates: those with a fault do not count, the others become one by
/// a rule, in whole numbers as on the wire.
///
/// @param rule the integer mean for [AggregationRule.WeightedMean]
record Combiner(String name, AggregationRule rule) {
  static final FixedPoint UNITS = new FixedPoint(18);

  /// The aggregated change, and how many updates had a fault.
  static final class Combined {
    private final float[] change;
    private final int faults;

    private Combined(float[] change, int faults) {
      this.change = change;
      this.faults = faults;
    }

    float[] change() {
      return change;
    }

    int faults() {
      return faults;
    }
  }

  /// An honest update as it travels: clipped, in whole numbers.
  static int[] encoded(float[] change, double clip) {
    return FixedPoint.clip(UNITS.encode(change), UNITS.units(clip));
  }

  Combined combine(List<int[]> updates, double clip) {
    List<int[]> counted = new ArrayList<>();
    for (int[] update : updates) {
      boolean hasFault =
          FixedPoint.outOfRange(update).isPresent()
              || FixedPoint.isLonger(update, UNITS.units(clip))
              || isEmpty(update)
              || counted.stream().anyMatch(other -> Arrays.equals(other, update));
      if (!hasFault) {
        counted.add(update);
      }
    }
    int[] made =
        rule instanceof AggregationRule.WeightedMean
            ? IntegerMean.of(counted, Collections.nCopies(counted.size(), 1L))
            : aggregated(counted);
    return new Combined(UNITS.decode(made), updates.size() - counted.size());
  }

  private static boolean isEmpty(int[] update) {
    for (int number : update) {
      if (number != 0) {
        return false;
      }
    }
    return true;
  }

  private int[] aggregated(List<int[]> updates) {
    List<float[]> vectors = new ArrayList<>();
    for (int[] update : updates) {
      float[] vector = new float[update.length];
      for (int at = 0; at < vector.length; at++) {
        vector[at] = update[at];
      }
      vectors.add(vector);
    }
    return switch (Aggregation.here().aggregate(rule, vectors, List.of(), new float[0])) {
      case AggregationRefused(String sentence) -> throw new AssertionError(sentence);
      case Aggregate made -> {
        float[] vector = made.vector();
        int[] numbers = new int[vector.length];
        for (int at = 0; at < numbers.length; at++) {
          numbers[at] = (int) Math.rint((double) vector[at]);
        }
        yield numbers;
      }
    };
  }
}
