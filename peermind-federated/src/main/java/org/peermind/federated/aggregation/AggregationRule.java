// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

/// How many vectors become one (spec sections 2 and 7). What each rule does with ties, counts and
/// weights: docs/federated.md.
public sealed interface AggregationRule {
  /// Steps that an iterated rule may take.
  int ITERATIONS_MAX = 1_000;

  /// `sum w x / sum w`. No vector is bounded: clip first.
  record WeightedMean() implements AggregationRule {}

  /// The mean of what is left of each coordinate without its `floor(fraction * n)` smallest and as
  /// many largest values (Yin et al., arXiv 1803.01498).
  ///
  /// @param fraction left out on each side, from 0 to below 0.5
  record TrimmedMean(double fraction) implements AggregationRule {
    public TrimmedMean {
      requireFraction(fraction);
    }

    /// Values left out on each side.
    public int cut(int vectors) {
      return (int) Math.floor(fraction * vectors);
    }
  }

  /// Each vector becomes the mean of itself and its nearest others, `n - t` in all with `t =
  /// floor(fraction * n)`; then [TrimmedMean] with the same `t`. What stands far from most of the
  /// others gets into few of these means, and is cut off there (Allouah et al., AISTATS 2023, arXiv
  /// 2302.01772).
  ///
  /// @param fraction left out on each side, and of each vector's company, from 0 to below 0.5
  record MixedTrimmedMean(double fraction) implements AggregationRule {
    public MixedTrimmedMean {
      requireFraction(fraction);
    }

    /// Values left out on each side.
    public int cut(int vectors) {
      return (int) Math.floor(fraction * vectors);
    }
  }

  /// The middle value of each coordinate, of an even number the mean of the two in the middle.
  record CoordinateMedian() implements AggregationRule {}

  /// The vector with the least sum of squared distances to its `n - f - 2` nearest others
  /// (Blanchard et al., NeurIPS 2017).
  ///
  /// @param f vectors that may be malicious
  record Krum(int f) implements AggregationRule {
    public Krum {
      requireMalicious(f);
    }
  }

  /// The mean of the `m` vectors with the least scores of [Krum].
  ///
  /// @param f vectors that may be malicious
  /// @param m vectors that are averaged
  record MultiKrum(int f, int m) implements AggregationRule {
    public MultiKrum {
      requireMalicious(f);
      require(m >= 1, "Multi-Krum must average at least one vector, not " + m + ".");
    }
  }

  /// The point with the least weighted sum of distances over whole vectors, by smoothed Weiszfeld
  /// steps from the weighted mean or the coordinate median, whichever is better (Pillutla et al.,
  /// arXiv 1912.13445).
  ///
  /// @param smoothing least distance that a step divides by, in units of the vectors
  /// @param iterations steps; there is no test that ends them sooner
  record GeometricMedian(double smoothing, int iterations) implements AggregationRule {
    public GeometricMedian {
      require(
          smoothing >= 1e-30 && smoothing <= 1e30,
          "The smoothing must be from 1e-30 to 1e30, not " + smoothing + ".");
      requireIterations(iterations);
    }
  }

  /// Moves a centre by the weighted mean of the differences from it, each shortened to the radius
  /// (Karimireddy et al., arXiv 2012.10333).
  ///
  /// @param radius in units of the vectors
  /// @param iterations moves
  record CentredClipping(double radius, int iterations) implements AggregationRule {
    public CentredClipping {
      require(
          radius > 0 && Double.isFinite(radius),
          "The radius must be a number above 0, not " + radius + ".");
      requireIterations(iterations);
    }
  }

  private static void requireFraction(double fraction) {
    require(
        fraction >= 0 && fraction < 0.5,
        "The trimmed fraction must be from 0 to below 0.5, not " + fraction + ".");
  }

  private static void requireMalicious(int f) {
    require(f >= 0, "The number of malicious vectors f must be 0 or more, not " + f + ".");
  }

  private static void requireIterations(int iterations) {
    require(
        iterations >= 1 && iterations <= ITERATIONS_MAX,
        "The iterations must be from 1 to %d, not %d.".formatted(ITERATIONS_MAX, iterations));
  }

  private static void require(boolean holds, String sentence) {
    if (!holds) {
      throw new IllegalArgumentException(sentence);
    }
  }
}
