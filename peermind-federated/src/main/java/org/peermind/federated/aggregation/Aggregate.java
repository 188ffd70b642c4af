// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import java.util.List;

/// One vector out of many.
public final class Aggregate implements AggregationOutcome {
  private final float[] vector;
  private final List<Integer> selected;
  private final List<Double> scores;

  /// Keeps `vector` itself.
  Aggregate(float[] vector, List<Integer> selected, List<Double> scores) {
    this.vector = vector;
    this.selected = List.copyOf(selected);
    this.scores = List.copyOf(scores);
  }

  /// The result, all finite; a copy.
  public float[] vector() {
    return vector.clone();
  }

  /// How many coordinates it has.
  public int length() {
    return vector.length;
  }

  /// Which vectors take part, by index, ascending: for Krum one, for Multi-Krum `m`, else all.
  public List<Integer> selected() {
    return selected;
  }

  /// For Krum and Multi-Krum the score of each vector, a sum of squared distances; else empty.
  public List<Double> scores() {
    return scores;
  }
}
