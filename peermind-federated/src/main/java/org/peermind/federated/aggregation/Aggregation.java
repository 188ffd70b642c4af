// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.peermind.federated.aggregation.AggregationRule.CentredClipping;
import org.peermind.federated.aggregation.AggregationRule.CoordinateMedian;
import org.peermind.federated.aggregation.AggregationRule.GeometricMedian;
import org.peermind.federated.aggregation.AggregationRule.Krum;
import org.peermind.federated.aggregation.AggregationRule.MixedTrimmedMean;
import org.peermind.federated.aggregation.AggregationRule.MultiKrum;
import org.peermind.federated.aggregation.AggregationRule.TrimmedMean;
import org.peermind.federated.aggregation.AggregationRule.WeightedMean;

/// Applies the rules (spec sections 2, 5 and 7). The same vectors, in the same order, give the same
/// bits on every machine and with any number of threads.
public final class Aggregation {
  /// Vectors that are aggregated at once.
  public static final int VECTORS_MAX = 256;

  private static final int MIXED_AT_ONCE = 1 << 18;

  private static final Aggregation HERE = new Aggregation(Kernels.here(), Spread.SEQUENTIAL);

  private final Kernels kernels;
  private final VectorMaths maths;

  Aggregation(Kernels kernels, Spread spread) {
    this.kernels = kernels;
    maths = new VectorMaths(kernels, spread);
  }

  /// On the caller's thread.
  public static Aggregation here() {
    return HERE;
  }

  /// Over threads that the caller keeps.
  public static Aggregation over(Spread spread) {
    return new Aggregation(HERE.kernels, spread);
  }

  /// Makes one vector of many.
  ///
  /// @param vectors all of one length; neither changed nor kept
  /// @param weights one above 0 for each vector, or none at all for equal ones; rules that do not
  ///   weigh ([TrimmedMean], [MixedTrimmedMean], [CoordinateMedian], [Krum]) refuse unequal ones
  /// @param centre where [CentredClipping] begins; empty for 0 in every coordinate, and for all
  ///   other rules
  public AggregationOutcome aggregate(
      AggregationRule rule, List<float[]> vectors, List<Double> weights, float[] centre) {
    Optional<String> wrong =
        wrongVectors(vectors)
            .or(() -> wrongWeights(rule, vectors.size(), weights))
            .or(() -> wrongCentre(rule, vectors, centre))
            .or(() -> wrongCount(rule, vectors.size()));
    if (wrong.isPresent()) {
      return new AggregationRefused(wrong.get());
    }
    float[][] x = vectors.toArray(float[][]::new);
    double[] w = new double[x.length];
    Arrays.setAll(w, index -> weights.isEmpty() ? 1 : weights.get(index));
    List<Integer> all = IntStream.range(0, x.length).boxed().toList();
    return switch (rule) {
      case WeightedMean _ -> result(x, maths.mean(x, w), all, List.of());
      case TrimmedMean trimmed -> middle(x, trimmed.cut(x.length), all);
      case MixedTrimmedMean mixed -> mixed(x, mixed.cut(x.length), all);
      case CoordinateMedian _ -> middle(x, (x.length - 1) / 2, all);
      case Krum(int f) -> krum(x, w, f, 1);
      case MultiKrum(int f, int m) -> krum(x, w, f, m);
      case GeometricMedian median -> result(x, geometricMedian(x, w, median), all, List.of());
      case CentredClipping clipping -> {
        float[] start = centre.length == 0 ? new float[x[0].length] : centre.clone();
        yield result(x, centredClipping(x, w, start, clipping), all, List.of());
      }
    };
  }

  /// Euclidean distances of a point from each vector; all of the point's length.
  public List<Double> distances(float[] point, List<float[]> vectors) {
    return Arrays.stream(maths.distances(point, vectors.toArray(float[][]::new))).boxed().toList();
  }

  /// The Euclidean norm.
  public double norm(float[] vector) {
    return maths.norm(vector);
  }

  /// The sums behind the rules, for the benchmark.
  VectorMaths maths() {
    return maths;
  }

  private static Optional<String> wrongVectors(List<float[]> vectors) {
    if (vectors.isEmpty()) {
      return Optional.of("There is no vector to aggregate.");
    }
    if (vectors.size() > VECTORS_MAX) {
      return Optional.of(
          "At most %d vectors can be aggregated at once, not %d."
              .formatted(VECTORS_MAX, vectors.size()));
    }
    int length = vectors.getFirst().length;
    if (length == 0) {
      return Optional.of("The vectors have no coordinates.");
    }
    for (int index = 1; index < vectors.size(); index++) {
      if (vectors.get(index).length != length) {
        return Optional.of(
            "Vector %d has %d coordinates but vector 0 has %d; all must have as many."
                .formatted(index, vectors.get(index).length, length));
      }
    }
    return Optional.empty();
  }

  private static Optional<String> wrongWeights(
      AggregationRule rule, int vectors, List<Double> weights) {
    if (weights.isEmpty()) {
      return Optional.empty();
    }
    if (weights.size() != vectors) {
      return Optional.of(
          "There are %d weights for %d vectors; give one for each."
              .formatted(weights.size(), vectors));
    }
    for (int index = 0; index < vectors; index++) {
      double weight = weights.get(index);
      if (!Double.isFinite(weight) || weight <= 0) {
        return Optional.of(
            "The weight of vector %d is %s; weights must be finite and above 0."
                .formatted(index, weight));
      }
    }
    boolean areEqual = weights.stream().distinct().count() == 1;
    return areEqual || weighs(rule)
        ? Optional.empty()
        : Optional.of("This rule counts every vector alike; leave the weights out.");
  }

  private static boolean weighs(AggregationRule rule) {
    return switch (rule) {
      case WeightedMean _, MultiKrum _, GeometricMedian _, CentredClipping _ -> true;
      case TrimmedMean _, MixedTrimmedMean _, CoordinateMedian _, Krum _ -> false;
    };
  }

  private static Optional<String> wrongCentre(
      AggregationRule rule, List<float[]> vectors, float[] centre) {
    if (centre.length == 0) {
      return Optional.empty();
    }
    if (!(rule instanceof CentredClipping)) {
      return Optional.of("Only centred clipping takes a centre.");
    }
    if (centre.length != vectors.getFirst().length) {
      return Optional.of(
          "The centre has %d coordinates but the vectors have %d."
              .formatted(centre.length, vectors.getFirst().length));
    }
    return notFinite("The centre", centre);
  }

  private static Optional<String> wrongCount(AggregationRule rule, int vectors) {
    return switch (rule) {
      case Krum(int f) -> tooManyMalicious(f, vectors);
      case MultiKrum(int f, int m) ->
          tooManyMalicious(f, vectors)
              .or(
                  () ->
                      m <= vectors - f
                          ? Optional.empty()
                          : Optional.of(
                              "Multi-Krum can average at most n - f = %d of %d vectors, not %d."
                                  .formatted(vectors - f, vectors, m)));
      case WeightedMean _,
          TrimmedMean _,
          MixedTrimmedMean _,
          CoordinateMedian _,
          GeometricMedian _,
          CentredClipping _ ->
          Optional.empty();
    };
  }

  private static Optional<String> tooManyMalicious(int f, int vectors) {
    return f < (vectors + 1) / 2
        ? Optional.empty()
        : Optional.of(
            "Of %d vectors at most %d may be malicious, not f = %d."
                .formatted(vectors, (vectors - 1) / 2, f));
  }

  private static Optional<String> notFinite(String name, float[] vector) {
    for (int index = 0; index < vector.length; index++) {
      if (!Float.isFinite(vector[index])) {
        return Optional.of(
            "%s has %s at coordinate %d; only finite numbers are aggregated."
                .formatted(name, vector[index], index));
      }
    }
    return Optional.empty();
  }

  private static AggregationRefused refused(float[][] x) {
    for (int index = 0; index < x.length; index++) {
      Optional<String> wrong = notFinite("Vector " + index, x[index]);
      if (wrong.isPresent()) {
        return new AggregationRefused(wrong.get());
      }
    }
    return new AggregationRefused(
        "The numbers are so large that their sum leaves the range of floats; clip them first.");
  }

  /// What is not finite in a vector leaves its trace in every weighted sum, so that looking at the
  /// result is enough.
  private static AggregationOutcome result(
      float[][] x, Optional<float[]> vector, List<Integer> selected, List<Double> scores) {
    return vector.isPresent() ? new Aggregate(vector.get(), selected, scores) : refused(x);
  }

  private AggregationOutcome middle(float[][] x, int cut, List<Integer> all) {
    return result(x, maths.meanOfMiddle(x, cut, x.length - cut), all, List.of());
  }

  /// Piece by piece, so that not all means of neighbours are in memory at once.
  private AggregationOutcome mixed(float[][] x, int cut, List<Integer> all) {
    double[][] squares = maths.squaredDistances(x);
    int[][] company = new int[x.length][];
    for (int vector = 0; vector < x.length; vector++) {
      if (!Double.isFinite(Arrays.stream(squares[vector]).sum())) {
        return refused(x);
      }
      company[vector] = nearest(squares[vector], vector, x.length - cut);
    }
    float[] factors = new float[x.length - cut];
    Arrays.fill(factors, 1);
    float[] made = new float[x[0].length];
    for (int from = 0; from < made.length; from += MIXED_AT_ONCE) {
      int begin = from;
      int end = Math.min(from + MIXED_AT_ONCE, made.length);
      float[][] piece =
          Arrays.stream(x).map(one -> Arrays.copyOfRange(one, begin, end)).toArray(float[][]::new);
      float[][] means = new float[x.length][];
      for (int vector = 0; vector < x.length; vector++) {
        float[][] near =
            Arrays.stream(company[vector]).mapToObj(one -> piece[one]).toArray(float[][]::new);
        Optional<float[]> mean = maths.combine(near, factors, factors.length);
        if (mean.isEmpty()) {
          return refused(x);
        }
        means[vector] = mean.get();
      }
      Optional<float[]> middle = maths.meanOfMiddle(means, cut, x.length - cut);
      if (middle.isEmpty()) {
        return refused(x);
      }
      System.arraycopy(middle.get(), 0, made, begin, end - begin);
    }
    return new Aggregate(made, all, List.of());
  }

  /// A vector itself and those nearest to it, of equally near ones the first; in ascending order.
  private static int[] nearest(double[] squares, int self, int count) {
    return IntStream.range(0, squares.length)
        .boxed()
        .sorted(
            Comparator.<Integer>comparingInt(other -> other == self ? 0 : 1)
                .thenComparingDouble(other -> squares[other]))
        .limit(count)
        .mapToInt(other -> other)
        .sorted()
        .toArray();
  }

  private AggregationOutcome krum(float[][] x, double[] w, int f, int m) {
    double[][] squares = maths.squaredDistances(x);
    List<Double> scores = new ArrayList<>();
    for (int vector = 0; vector < x.length; vector++) {
      double score = score(squares[vector], vector, f);
      if (!Double.isFinite(score)) {
        return refused(x);
      }
      scores.add(score);
    }
    List<Integer> selected =
        IntStream.range(0, x.length)
            .boxed()
            .sorted(Comparator.comparingDouble(scores::get))
            .limit(m)
            .sorted()
            .toList();
    float[][] chosen = selected.stream().map(index -> x[index]).toArray(float[][]::new);
    double[] weights = selected.stream().mapToDouble(index -> w[index]).toArray();
    // The mean of one is itself, and refused when it is not finite.
    Optional<float[]> vector = maths.mean(chosen, weights);
    return result(x, vector, selected, scores);
  }

  /// The sum of the least `max(1, n - f - 2)` squared distances to others, smallest first. The
  /// vector itself is left out by its index: a duplicate of it counts.
  private static double score(double[] squares, int self, int f) {
    double[] others =
        IntStream.range(0, squares.length)
            .filter(other -> other != self)
            .mapToDouble(other -> squares[other])
            .sorted()
            .toArray();
    int nearest = Math.min(others.length, Math.max(1, squares.length - f - 2));
    for (double other : others) {
      if (!Double.isFinite(other)) {
        return Double.NaN;
      }
    }
    double score = 0;
    for (int place = 0; place < nearest; place++) {
      score += others[place];
    }
    return score;
  }

  private Optional<float[]> geometricMedian(float[][] x, double[] w, GeometricMedian median) {
    Optional<float[]> point = start(x, w);
    for (int step = 0; step < median.iterations() && point.isPresent(); step++) {
      double[] weights = maths.distances(point.get(), x);
      for (int index = 0; index < weights.length; index++) {
        weights[index] = w[index] / Math.max(median.smoothing(), weights[index]);
      }
      point = maths.mean(x, weights);
    }
    return point;
  }

  /// The weighted mean or the coordinate median, whichever has the less weighted sum of distances;
  /// from a mean that few vectors moved far away, the steps would not come back in time.
  private Optional<float[]> start(float[][] x, double[] w) {
    Optional<float[]> median = maths.meanOfMiddle(x, (x.length - 1) / 2, x.length / 2 + 1);
    Optional<float[]> mean = maths.mean(x, w);
    if (median.isEmpty() || mean.isEmpty()) {
      return median;
    }
    return cost(median.get(), x, w) < cost(mean.get(), x, w) ? median : mean;
  }

  private double cost(float[] point, float[][] x, double[] w) {
    double[] distances = maths.distances(point, x);
    double cost = 0;
    for (int index = 0; index < x.length; index++) {
      cost += w[index] * distances[index];
    }
    return cost;
  }

  private Optional<float[]> centredClipping(
      float[][] x, double[] w, float[] centre, CentredClipping clipping) {
    double largest = Arrays.stream(w).max().orElseThrow();
    double sum = 0;
    for (double weight : w) {
      sum += weight / largest;
    }
    Optional<float[]> point = Optional.of(centre);
    for (int step = 0; step < clipping.iterations() && point.isPresent(); step++) {
      double[] distances = maths.distances(point.get(), x);
      float[][] terms = new float[x.length + 1][];
      float[] factors = new float[x.length + 1];
      double moved = 0;
      for (int index = 0; index < x.length; index++) {
        double share = w[index] / largest / sum;
        terms[index + 1] = x[index];
        factors[index + 1] = (float) (share * Math.min(1, clipping.radius() / distances[index]));
        moved += factors[index + 1];
      }
      terms[0] = point.get();
      factors[0] = (float) (1 - moved);
      point = maths.combine(terms, factors, 1f);
    }
    return point;
  }
}
