// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

/// The loops over coordinates. Every implementation gives the same bits: each method says the order
/// of its floating-point operations, and lanes only stand for places in it (ADR 0030).
sealed interface Kernels permits VectorKernels, ScalarKernels {
  /// Coordinates whose squares are summed in floats, before sums go on in doubles.
  int BLOCK = 4_096;

  /// Partial sums of a block: the square of the coordinate `i` of a block goes to `i mod 32`.
  int PARTIALS = 32;

  /// Columns of a tile are a multiple of this, which every lane count divides.
  int COLUMNS_STEP = 64;

  /// The kernels for this Java virtual machine.
  static Kernels here() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
        ? new VectorKernels()
        : new ScalarKernels();
  }

  /// `target[i] = fma(f[n-1], x[n-1][i], ... fma(f[1], x[1][i], f[0] * x[0][i])) / divisor` for `i`
  /// within `from` and `to`.
  ///
  /// @return the largest `bits & 0x7fffffff` of the result, which says whether all of it is finite
  int weightedSum(
      float[][] vectors, float[] factors, float divisor, float[] target, int from, int to);

  /// Sums of squares of `x - y` within one block, for each `y` of `others` from `first` on: partial
  /// sums by `fma(d, d, partial)` with `d` the float nearest to `x - y`, in the order of the
  /// coordinates, then [ScalarKernels#tree].
  ///
  /// @param from a multiple of [#BLOCK]; `to` is at most one block beyond it
  /// @param sums takes the sums from `at` on
  void squaredDistances(
      float[] x, float[][] others, int first, int from, int to, double[] sums, int at);

  /// The sum of squares of one block, as above with `d` the coordinate itself.
  double squares(float[] x, int from, int to);

  /// Fills a row of a tile with keys that order as the floats do, `-0` below `+0`.
  ///
  /// @return the largest `bits & 0x7fffffff` among the floats, which says whether all are finite
  int gather(float[] vector, int from, int columns, int[] tile, int at);

  /// For each pair of rows of the network, puts the smaller key of every column into the first.
  ///
  /// @param network row, row, row, row, ...
  /// @param stride columns of a row, a multiple of [#COLUMNS_STEP]
  void exchange(int[] tile, int[] network, int stride);

  /// `target[from + c] = (((row[n-1][c] + row[n-2][c]) + row[n-3][c]) + ...) / n` over the floats
  /// of the keys of `n` rows from `firstRow` on: from the largest down.
  void meanOfRows(
      int[] tile, int stride, int firstRow, int rows, float[] target, int from, int columns);

  /// Whether [#select] takes as many vectors.
  boolean selects(int vectors);

  /// For each coordinate the mean, from the largest down, of the `count` values below the `above`
  /// largest: what a network and [#meanOfRows] give.
  ///
  /// @return as from [#gather]
  int select(float[][] vectors, int above, int count, float[] target, int from, int to);

  /// The largest `bits & 0x7fffffff` among floats.
  int largest(float[] vector, int from, int to);

  /// The key of a float's bits, and the bits of a key.
  static int flip(int bits) {
    return bits ^ ((bits >> 31) & Integer.MAX_VALUE);
  }
}
