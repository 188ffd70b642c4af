// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A sample of which some values count more than others.
final class WeightedQuantile {
  private record Value(double value, double weight) {}

  private final List<Value> values = new ArrayList<>();

  void add(double value, double weight) {
    values.add(new Value(value, weight));
  }

  int size() {
    return values.size();
  }

  /// The value below which the share `level` of the weight lies, between neighbours in proportion.
  double at(double level) {
    values.sort(Comparator.comparingDouble(Value::value));
    double total = values.stream().mapToDouble(Value::weight).sum();
    double before = 0;
    double valueBefore = Double.NaN;
    double middleBefore = 0;
    for (Value each : values) {
      double middle = (before + each.weight() / 2) / total;
      if (middle >= level) {
        return Double.isNaN(valueBefore)
            ? each.value()
            : valueBefore
                + (each.value() - valueBefore) * (level - middleBefore) / (middle - middleBefore);
      }
      before += each.weight();
      valueBefore = each.value();
      middleBefore = middle;
    }
    return valueBefore;
  }
}
