// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntConsumer;

/// Whole vectors by blocks: sums, distances and norms with the kernels, spread over threads.
final class VectorMaths {
  /// A squared distance below this, or none that is finite, is computed again in doubles.
  private static final double SMALLEST_SQUARE = 0x1p-80;

  private static final int PIECE = 16 * Kernels.BLOCK;
  private static final int SUMS_AT_ONCE = 1 << 20;
  private static final int INFINITY_BITS = 0x7f80_0000;
  private static final float[] NOTHING = {};
  private static final int TILE_KEYS = 8_192;

  /// Coordinates whose sums stay in the processor's caches while vectors pass.
  private static final int SUMMED = 2 * Kernels.BLOCK;

  private final Kernels kernels;
  private final Spread spread;

  VectorMaths(Kernels kernels, Spread spread) {
    this.kernels = kernels;
    this.spread = spread;
  }

  private static int count(int length, int size) {
    return Math.ceilDiv(length, size);
  }

  /// `sum w x / sum w`, with the weights as floats after a power of two brought the largest to
  /// between 1 and 2.
  ///
  /// @return empty when a number of the result is not finite, as it is when one of the vectors is
  ///   not
  Optional<float[]> mean(float[][] vectors, double[] weights) {
    double largest = Arrays.stream(weights).max().orElseThrow();
    int exponent = Math.getExponent(largest);
    float[] factors = new float[weights.length];
    double sum = 0;
    for (int index = 0; index < factors.length; index++) {
      factors[index] = (float) Math.scalb(weights[index], -exponent);
      sum += factors[index];
    }
    return combine(vectors, factors, (float) sum);
  }

  /// `(f[0] x[0] + f[1] x[1] + ...) / divisor`.
  ///
  /// @return empty when a number of the result is not finite
  Optional<float[]> combine(float[][] vectors, float[] factors, float divisor) {
    int length = vectors[0].length;
    float[] target = new float[length];
    boolean[] broken = new boolean[count(length, PIECE)];
    spread.each(
        broken.length,
        piece -> {
          int from = piece * PIECE;
          int to = (int) Math.min((long) from + PIECE, length);
          for (int part = from; part < to; part += SUMMED) {
            int end = Math.min(part + SUMMED, to);
            broken[piece] |=
                kernels.weightedSum(vectors, factors, divisor, target, part, end) >= INFINITY_BITS;
          }
        });
    return unless(broken, target);
  }

  private static Optional<float[]> unless(boolean[] broken, float[] target) {
    for (boolean isBroken : broken) {
      if (isBroken) {
        return Optional.empty();
      }
    }
    return Optional.of(target);
  }

  /// Squared distances of all pairs; the diagonal is 0.
  double[][] squaredDistances(float[][] vectors) {
    int rows = vectors.length;
    double[] sums =
        sums(
            vectors[0].length,
            rows * (rows - 1) / 2,
            (from, to, block, at) -> {
              int next = at;
              for (int row = 0; row < rows - 1; row++) {
                kernels.squaredDistances(vectors[row], vectors, row + 1, from, to, block, next);
                next += rows - 1 - row;
              }
            });
    double[][] matrix = new double[rows][rows];
    int next = 0;
    for (int row = 0; row < rows; row++) {
      for (int other = row + 1; other < rows; other++) {
        double square = checked(sums[next++], vectors[row], vectors[other]);
        matrix[row][other] = square;
        matrix[other][row] = square;
      }
    }
    return matrix;
  }

  /// Distances of `point` from each vector.
  double[] distances(float[] point, float[][] vectors) {
    double[] sums =
        sums(
            point.length,
            vectors.length,
            (from, to, block, at) ->
                kernels.squaredDistances(point, vectors, 0, from, to, block, at));
    for (int index = 0; index < sums.length; index++) {
      sums[index] = Math.sqrt(checked(sums[index], point, vectors[index]));
    }
    return sums;
  }

  /// The length of a vector.
  double norm(float[] vector) {
    double square =
        sums(
            vector.length,
            1,
            (from, to, block, at) -> block[at] = kernels.squares(vector, from, to))[0];
    return Math.sqrt(checked(square, vector, NOTHING));
  }

  private interface BlockSums {
    void add(int from, int to, double[] sums, int at);
  }

  /// Sums of blocks, added in the order of the blocks.
  private double[] sums(int length, int width, BlockSums block) {
    int blocks = count(length, Kernels.BLOCK);
    int wave = Math.clamp(SUMS_AT_ONCE / Math.max(1, width), 16, 4_096);
    double[] totals = new double[width];
    double[] sums = new double[Math.multiplyExact(Math.min(wave, blocks), width)];
    for (int first = 0; first < blocks; first += wave) {
      int begin = first;
      int pieces = Math.min(wave, blocks - first);
      IntConsumer work =
          piece -> {
            int from = (begin + piece) * Kernels.BLOCK;
            int to = (int) Math.min((long) from + Kernels.BLOCK, length);
            block.add(from, to, sums, piece * width);
          };
      spread.each(pieces, work);
      for (int piece = 0; piece < pieces; piece++) {
        for (int index = 0; index < width; index++) {
          totals[index] += sums[piece * width + index];
        }
      }
    }
    return totals;
  }

  /// Squares leave the range of floats for coordinates beyond about 1e18 or all below about 1e-12.
  private static double checked(double square, float[] x, float[] y) {
    if (square >= SMALLEST_SQUARE && Double.isFinite(square)) {
      return square;
    }
    double total = 0;
    for (int from = 0; from < x.length; from += Kernels.BLOCK) {
      int to = Math.min(from + Kernels.BLOCK, x.length);
      total += ScalarKernels.wideSquares(x, y, from, to);
    }
    return total;
  }

  /// The mean of the values from place `from` to before `to` of each coordinate, by size.
  ///
  /// @return empty when not all numbers are finite
  Optional<float[]> meanOfMiddle(float[][] vectors, int from, int to) {
    int rows = vectors.length;
    int length = vectors[0].length;
    float[] target = new float[length];
    boolean[] broken = new boolean[count(length, PIECE)];
    // No sum of so many values as small leaves the range.
    int safe = Float.floatToRawIntBits(Float.MAX_VALUE / (2 * (to - from)));
    int[] network = kernels.selects(rows) ? new int[0] : SortingNetwork.of(rows, from, to);
    spread.each(
        broken.length,
        piece -> {
          int begin = piece * PIECE;
          int end = (int) Math.min((long) begin + PIECE, length);
          int largest =
              kernels.selects(rows)
                  ? kernels.select(vectors, rows - to, to - from, target, begin, end)
                  : sort(vectors, network, from, to, target, begin, end);
          broken[piece] =
              largest >= INFINITY_BITS
                  || (largest > safe && kernels.largest(target, begin, end) >= INFINITY_BITS);
        });
    return unless(broken, target);
  }

  /// Sorts tile by tile.
  private int sort(
      float[][] vectors, int[] network, int first, int last, float[] target, int from, int to) {
    int rows = vectors.length;
    int step = Kernels.COLUMNS_STEP;
    int stride = Math.max(step, Math.min(1_024, TILE_KEYS / rows / step * step));
    int[] tile = new int[rows * stride];
    int largest = 0;
    for (int column = from; column < to; column += stride) {
      int columns = Math.min(stride, to - column);
      for (int row = 0; row < rows; row++) {
        largest =
            Math.max(largest, kernels.gather(vectors[row], column, columns, tile, row * stride));
      }
      kernels.exchange(tile, network, stride);
      kernels.meanOfRows(tile, stride, first, last - first, target, column, columns);
    }
    return largest;
  }
}
