// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// Vectors and refusals for the tests.
final class Vectors {
  private static final float[] NO_CENTRE = {};

  private Vectors() {}

  static List<float[]> random(RandomGenerator random, int vectors, int length) {
    List<float[]> all = new ArrayList<>();
    for (int index = 0; index < vectors; index++) {
      float[] vector = new float[length];
      for (int place = 0; place < length; place++) {
        vector[place] = (float) random.nextGaussian();
      }
      all.add(vector);
    }
    return all;
  }

  static Aggregate aggregate(AggregationRule rule, List<float[]> vectors) {
    return aggregate(Aggregation.here(), rule, vectors);
  }

  static Aggregate aggregate(Aggregation by, AggregationRule rule, List<float[]> vectors) {
    return switch (by.aggregate(rule, vectors, List.of(), NO_CENTRE)) {
      case Aggregate aggregate -> aggregate;
      case AggregationRefused(String reason) -> throw new AssertionError(reason);
    };
  }

  static String refusal(AggregationRule rule, List<float[]> vectors, Double... weights) {
    return switch (Aggregation.here().aggregate(rule, vectors, Arrays.asList(weights), NO_CENTRE)) {
      case Aggregate _ -> throw new AssertionError("it was aggregated");
      case AggregationRefused(String reason) -> reason;
    };
  }
}
