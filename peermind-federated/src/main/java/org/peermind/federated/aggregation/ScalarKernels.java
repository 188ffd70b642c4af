// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import java.util.Arrays;

/// The canonical order in plain Java.
final class ScalarKernels implements Kernels {
  @Override
  public int weightedSum(
      float[][] vectors, float[] factors, float divisor, float[] target, int from, int to) {
    int largest = 0;
    for (int index = from; index < to; index++) {
      float sum = factors[0] * vectors[0][index];
      for (int vector = 1; vector < vectors.length; vector++) {
        sum = Math.fma(factors[vector], vectors[vector][index], sum);
      }
      float mean = sum / divisor;
      largest = Math.max(largest, Float.floatToRawIntBits(mean) & Integer.MAX_VALUE);
      target[index] = mean;
    }
    return largest;
  }

  @Override
  public void squaredDistances(
      float[] x, float[][] others, int first, int from, int to, double[] sums, int at) {
    float[] partials = new float[PARTIALS];
    for (int other = first; other < others.length; other++) {
      Arrays.fill(partials, 0f);
      addTail(x, others[other], from, from, to, partials, 0);
      sums[at + other - first] = tree(partials, 0);
    }
  }

  /// Adds the squares of `x - y` from `from` on to the partial sums at `at`.
  static void addTail(float[] x, float[] y, int block, int from, int to, float[] partials, int at) {
    for (int index = from; index < to; index++) {
      float difference = x[index] - y[index];
      int partial = at + (index - block) % PARTIALS;
      partials[partial] = Math.fma(difference, difference, partials[partial]);
    }
  }

  @Override
  public double squares(float[] x, int from, int to) {
    float[] partials = new float[PARTIALS];
    addSquaresTail(x, from, from, to, partials);
    return tree(partials, 0);
  }

  static void addSquaresTail(float[] x, int block, int from, int to, float[] partials) {
    for (int index = from; index < to; index++) {
      int partial = (index - block) % PARTIALS;
      partials[partial] = Math.fma(x[index], x[index], partials[partial]);
    }
  }

  /// The sum of a block's partial sums: the upper half is added to the lower one in floats, then
  /// with 8, 4, 2 and 1 between them in doubles.
  static double tree(float[] partials, int at) {
    return (quarter(partials, at) + quarter(partials, at + 2))
        + (quarter(partials, at + 1) + quarter(partials, at + 3));
  }

  private static double quarter(float[] partials, int at) {
    double here =
        (double) (partials[at] + partials[at + 16]) + (partials[at + 8] + partials[at + 24]);
    double beyond =
        (double) (partials[at + 4] + partials[at + 20]) + (partials[at + 12] + partials[at + 28]);
    return here + beyond;
  }

  /// The same sum in doubles from the first operation on, for vectors whose squares leave the range
  /// of floats.
  ///
  /// @param y may be empty for a vector of zeros
  static double wideSquares(float[] x, float[] y, int from, int to) {
    double[] partials = new double[PARTIALS];
    for (int index = from; index < to; index++) {
      double difference = (double) x[index] - (y.length == 0 ? 0 : y[index]);
      int partial = (index - from) % PARTIALS;
      partials[partial] = Math.fma(difference, difference, partials[partial]);
    }
    for (int half = PARTIALS / 2; half > 0; half /= 2) {
      for (int partial = 0; partial < half; partial++) {
        partials[partial] += partials[partial + half];
      }
    }
    return partials[0];
  }

  @Override
  public int gather(float[] vector, int from, int columns, int[] tile, int at) {
    return gatherTail(vector, from, 0, columns, tile, at);
  }

  static int gatherTail(float[] vector, int from, int first, int columns, int[] tile, int at) {
    int largest = 0;
    for (int column = first; column < columns; column++) {
      int bits = Float.floatToRawIntBits(vector[from + column]);
      largest = Math.max(largest, bits & Integer.MAX_VALUE);
      tile[at + column] = Kernels.flip(bits);
    }
    return largest;
  }

  @Override
  public void exchange(int[] tile, int[] network, int stride) {
    for (int step = 0; step < network.length; step += 2) {
      int low = network[step] * stride;
      int high = network[step + 1] * stride;
      for (int column = 0; column < stride; column++) {
        int one = tile[low + column];
        int other = tile[high + column];
        tile[low + column] = Math.min(one, other);
        tile[high + column] = Math.max(one, other);
      }
    }
  }

  @Override
  public void meanOfRows(
      int[] tile, int stride, int firstRow, int rows, float[] target, int from, int columns) {
    meanTail(tile, stride, firstRow, rows, target, from, 0, columns);
  }

  static void meanTail(
      int[] tile,
      int stride,
      int firstRow,
      int rows,
      float[] target,
      int from,
      int first,
      int columns) {
    for (int column = first; column < columns; column++) {
      float sum = value(tile[(firstRow + rows - 1) * stride + column]);
      for (int row = firstRow + rows - 2; row >= firstRow; row--) {
        sum += value(tile[row * stride + column]);
      }
      target[from + column] = sum / rows;
    }
  }

  @Override
  public boolean selects(int vectors) {
    return vectors <= 4;
  }

  @Override
  public int select(float[][] vectors, int above, int count, float[] target, int from, int to) {
    int rows = vectors.length;
    int[] keys = new int[rows];
    int largest = 0;
    for (int index = from; index < to; index++) {
      for (int row = 0; row < rows; row++) {
        int bits = Float.floatToRawIntBits(vectors[row][index]);
        largest = Math.max(largest, bits & Integer.MAX_VALUE);
        keys[row] = Kernels.flip(bits);
      }
      Arrays.sort(keys);
      meanTail(keys, 1, rows - above - count, count, target, index, 0, 1);
    }
    return largest;
  }

  @Override
  public int largest(float[] vector, int from, int to) {
    int largest = 0;
    for (int index = from; index < to; index++) {
      largest = Math.max(largest, Float.floatToRawIntBits(vector[index]) & Integer.MAX_VALUE);
    }
    return largest;
  }

  private static float value(int key) {
    return Float.intBitsToFloat(Kernels.flip(key));
  }
}
