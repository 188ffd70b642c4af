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
    private final List<int[]> counted;
    private final int faults;

    private Combined(float[] change, List<int[]> counted, int faults) {
      this.change = change;
      this.counted = counted;
      this.faults = faults;
    }

    /// How much of each of these updates is in the aggregate, as a share of what it would be in the
    /// mean: the least squares fit of the aggregate by all that counted. One with a fault has 0.
    List<Double> shares(List<int[]> updates) {
      int rows = counted.size();
      float[][] x = counted.stream().map(UNITS::decode).toArray(float[][]::new);
      double[][] system = new double[rows][rows + 1];
      for (int row = 0; row < rows; row++) {
        for (int other = 0; other < rows; other++) {
          system[row][other] = product(x[row], x[other]);
        }
        system[row][rows] = product(x[row], change);
      }
      double[] weights = solved(system);
      return updates.stream()
          .map(update -> counted.indexOf(update))
          .map(at -> at < 0 ? 0 : weights[at] * rows)
          .toList();
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
    return new Combined(UNITS.decode(made), counted, updates.size() - counted.size());
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int at = 0; at < a.length; at++) {
      sum += (double) a[at] * b[at];
    }
    return sum;
  }

  /// Gauss and Jordan; what was trained apart is never quite alike.
  private static double[] solved(double[][] system) {
    int rows = system.length;
    for (int step = 0; step < rows; step++) {
      for (int row = 0; row < rows; row++) {
        double factor = row == step ? 0 : system[row][step] / system[step][step];
        for (int column = step; column <= rows && factor != 0; column++) {
          system[row][column] -= factor * system[step][column];
        }
      }
    }
    double[] solution = new double[rows];
    Arrays.setAll(solution, row -> system[row][rows] / system[row][row]);
    return solution;
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
