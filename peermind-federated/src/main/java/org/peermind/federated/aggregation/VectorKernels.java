// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The canonical order with as many lanes as the processor has, at most sixteen.
final class VectorKernels implements Kernels {
  private static final VectorSpecies<Float> FLOATS =
      FloatVector.SPECIES_PREFERRED.vectorBitSize() > 512
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final int LANES = FLOATS.length();

  private static final int SELECTED_MAX = 32;
  private static final int SELECTED_COLUMNS = 512;
  private static final ScalarKernels SCALAR = new ScalarKernels();

  VectorKernels() {}

  /// Bits of a register, for reports.
  static int bits() {
    return VectorShape.forBitSize(FLOATS.vectorBitSize()).vectorBitSize();
  }

  @Override
  public void weightedSum(
      float[][] vectors, float[] factors, float divisor, float[] target, int from, int to) {
    int end = to - (to - from) % (4 * LANES);
    FloatVector division = FloatVector.broadcast(FLOATS, divisor);
    for (int index = from; index < end; index += 4 * LANES) {
      float[] x = vectors[0];
      FloatVector factor = FloatVector.broadcast(FLOATS, factors[0]);
      FloatVector a = FloatVector.fromArray(FLOATS, x, index).mul(factor);
      FloatVector b = FloatVector.fromArray(FLOATS, x, index + LANES).mul(factor);
      FloatVector c = FloatVector.fromArray(FLOATS, x, index + 2 * LANES).mul(factor);
      FloatVector d = FloatVector.fromArray(FLOATS, x, index + 3 * LANES).mul(factor);
      for (int vector = 1; vector < vectors.length; vector++) {
        x = vectors[vector];
        factor = FloatVector.broadcast(FLOATS, factors[vector]);
        a = FloatVector.fromArray(FLOATS, x, index).fma(factor, a);
        b = FloatVector.fromArray(FLOATS, x, index + LANES).fma(factor, b);
        c = FloatVector.fromArray(FLOATS, x, index + 2 * LANES).fma(factor, c);
        d = FloatVector.fromArray(FLOATS, x, index + 3 * LANES).fma(factor, d);
      }
      a.div(division).intoArray(target, index);
      b.div(division).intoArray(target, index + LANES);
      c.div(division).intoArray(target, index + 2 * LANES);
      d.div(division).intoArray(target, index + 3 * LANES);
    }
    SCALAR.weightedSum(vectors, factors, divisor, target, end, to);
  }

  @Override
  public void squaredDistances(
      float[] x, float[][] others, int first, int from, int to, double[] sums, int at) {
    int end = to - (to - from) % PARTIALS;
    float[] partials = new float[4 * PARTIALS];
    int other = first;
    for (; other + 4 <= others.length; other += 4) {
      for (int lane = 0; lane < PARTIALS; lane += 2 * LANES) {
        fourDistances(x, others, other, from + lane, end, partials, lane);
      }
      for (int one = 0; one < 4; one++) {
        int begin = one * PARTIALS;
        ScalarKernels.addTail(x, others[other + one], from, end, to, partials, begin);
        sums[at + other + one - first] = ScalarKernels.tree(partials, begin);
      }
    }
    for (; other < others.length; other++) {
      for (int lane = 0; lane < PARTIALS; lane += 2 * LANES) {
        oneDistance(x, others[other], from + lane, end, partials, lane);
      }
      ScalarKernels.addTail(x, others[other], from, end, to, partials, 0);
      sums[at + other - first] = ScalarKernels.tree(partials, 0);
    }
  }

  /// Two registers of partial sums for each of four vectors: eight sums that wait for none of the
  /// others.
  private static void fourDistances(
      float[] x, float[][] others, int other, int from, int end, float[] partials, int lane) {
    float[] y0 = others[other];
    float[] y1 = others[other + 1];
    float[] y2 = others[other + 2];
    float[] y3 = others[other + 3];
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector b0 = a0;
    FloatVector a1 = a0;
    FloatVector b1 = a0;
    FloatVector a2 = a0;
    FloatVector b2 = a0;
    FloatVector a3 = a0;
    FloatVector b3 = a0;
    for (int index = from; index < end; index += PARTIALS) {
      FloatVector a = FloatVector.fromArray(FLOATS, x, index);
      FloatVector b = FloatVector.fromArray(FLOATS, x, index + LANES);
      FloatVector d = a.sub(FloatVector.fromArray(FLOATS, y0, index));
      a0 = d.fma(d, a0);
      d = b.sub(FloatVector.fromArray(FLOATS, y0, index + LANES));
      b0 = d.fma(d, b0);
      d = a.sub(FloatVector.fromArray(FLOATS, y1, index));
      a1 = d.fma(d, a1);
      d = b.sub(FloatVector.fromArray(FLOATS, y1, index + LANES));
      b1 = d.fma(d, b1);
      d = a.sub(FloatVector.fromArray(FLOATS, y2, index));
      a2 = d.fma(d, a2);
      d = b.sub(FloatVector.fromArray(FLOATS, y2, index + LANES));
      b2 = d.fma(d, b2);
      d = a.sub(FloatVector.fromArray(FLOATS, y3, index));
      a3 = d.fma(d, a3);
      d = b.sub(FloatVector.fromArray(FLOATS, y3, index + LANES));
      b3 = d.fma(d, b3);
    }
    a0.intoArray(partials, lane);
    b0.intoArray(partials, lane + LANES);
    a1.intoArray(partials, PARTIALS + lane);
    b1.intoArray(partials, PARTIALS + lane + LANES);
    a2.intoArray(partials, 2 * PARTIALS + lane);
    b2.intoArray(partials, 2 * PARTIALS + lane + LANES);
    a3.intoArray(partials, 3 * PARTIALS + lane);
    b3.intoArray(partials, 3 * PARTIALS + lane + LANES);
  }

  private static void oneDistance(
      float[] x, float[] y, int from, int end, float[] partials, int lane) {
    FloatVector one = FloatVector.zero(FLOATS);
    FloatVector two = one;
    for (int index = from; index < end; index += PARTIALS) {
      FloatVector d =
          FloatVector.fromArray(FLOATS, x, index).sub(FloatVector.fromArray(FLOATS, y, index));
      one = d.fma(d, one);
      d =
          FloatVector.fromArray(FLOATS, x, index + LANES)
              .sub(FloatVector.fromArray(FLOATS, y, index + LANES));
      two = d.fma(d, two);
    }
    one.intoArray(partials, lane);
    two.intoArray(partials, lane + LANES);
  }

  @Override
  public double squares(float[] x, int from, int to) {
    int end = to - (to - from) % PARTIALS;
    float[] partials = new float[PARTIALS];
    for (int lane = 0; lane < PARTIALS; lane += 2 * LANES) {
      FloatVector one = FloatVector.zero(FLOATS);
      FloatVector two = one;
      for (int index = from + lane; index < end; index += PARTIALS) {
        FloatVector value = FloatVector.fromArray(FLOATS, x, index);
        one = value.fma(value, one);
        value = FloatVector.fromArray(FLOATS, x, index + LANES);
        two = value.fma(value, two);
      }
      one.intoArray(partials, lane);
      two.intoArray(partials, lane + LANES);
    }
    ScalarKernels.addSquaresTail(x, from, end, to, partials);
    return ScalarKernels.tree(partials, 0);
  }

  @Override
  public int gather(float[] vector, int from, int columns, int[] tile, int at) {
    int end = columns - columns % LANES;
    IntVector largest = IntVector.zero(INTS);
    for (int column = 0; column < end; column += LANES) {
      IntVector bits = FloatVector.fromArray(FLOATS, vector, from + column).reinterpretAsInts();
      largest = largest.max(bits.and(Integer.MAX_VALUE));
      flip(bits).intoArray(tile, at + column);
    }
    return Math.max(
        largest.reduceLanes(VectorOperators.MAX),
        ScalarKernels.gatherTail(vector, from, end, columns, tile, at));
  }

  private static IntVector flip(IntVector bits) {
    return bits.lanewise(VectorOperators.ASHR, 31)
        .and(Integer.MAX_VALUE)
        .lanewise(VectorOperators.XOR, bits);
  }

  @Override
  public void exchange(int[] tile, int[] network, int stride) {
    for (int step = 0; step < network.length; step += 2) {
      exchangeRows(tile, network[step] * stride, network[step + 1] * stride, stride);
    }
  }

  private static void exchangeRows(int[] tile, int low, int high, int stride) {
    for (int column = 0; column < stride; column += LANES) {
      IntVector one = IntVector.fromArray(INTS, tile, low + column);
      IntVector other = IntVector.fromArray(INTS, tile, high + column);
      one.min(other).intoArray(tile, low + column);
      one.max(other).intoArray(tile, high + column);
    }
  }

  @Override
  public void meanOfRows(
      int[] tile, int stride, int firstRow, int rows, float[] target, int from, int columns) {
    int end = columns - columns % LANES;
    for (int column = 0; column < end; column += LANES) {
      FloatVector sum = row(tile, (firstRow + rows - 1) * stride + column);
      for (int row = firstRow + rows - 2; row >= firstRow; row--) {
        sum = sum.add(row(tile, row * stride + column));
      }
      (rows == 1 ? sum : sum.div(rows)).intoArray(target, from + column);
    }
    ScalarKernels.meanTail(tile, stride, firstRow, rows, target, from, end, columns);
  }

  private static FloatVector row(int[] tile, int at) {
    return flip(IntVector.fromArray(INTS, tile, at)).reinterpretAsFloats();
  }

  @Override
  public boolean selects(int vectors) {
    return vectors <= SELECTED_MAX;
  }

  /// Four keys of each column at a time are held in registers while the others pass, and are then
  /// the largest. Rows that are the largest or smallest of all fill up to four.
  @Override
  public int select(float[][] vectors, int above, int count, float[] target, int from, int to) {
    int beyond = (4 - above % 4) % 4;
    int taken = (count + 3) / 4 * 4;
    int below = Math.max(0, taken - (vectors.length - above));
    int all = below + vectors.length + beyond;
    int[] tile = new int[all * SELECTED_COLUMNS];
    int largest = 0;
    for (int column = from; column < to; column += SELECTED_COLUMNS) {
      int columns = Math.min(SELECTED_COLUMNS, to - column);
      Arrays.fill(tile, 0, below * SELECTED_COLUMNS, Integer.MIN_VALUE);
      for (int row = 0; row < vectors.length; row++) {
        int at = (below + row) * SELECTED_COLUMNS;
        largest = Math.max(largest, gather(vectors[row], column, columns, tile, at));
      }
      Arrays.fill(
          tile, (all - beyond) * SELECTED_COLUMNS, all * SELECTED_COLUMNS, Integer.MAX_VALUE);
      int left = all;
      for (; left > below + vectors.length - above; left -= 4) {
        takeFour(tile, left);
      }
      for (int rows = left; rows > left - taken; rows -= 4) {
        takeFour(tile, rows);
      }
      meanOfRows(tile, SELECTED_COLUMNS, left - count, count, target, column, columns);
    }
    return largest;
  }

  /// Moves the four largest of `left` rows to their end, the largest last.
  private static void takeFour(int[] tile, int left) {
    for (int column = 0; column < SELECTED_COLUMNS; column += LANES) {
      takeFour(tile, left, column);
    }
  }

  private static void takeFour(int[] rows, int left, int column) {
    IntVector a = key(rows, left - 1, column);
    IntVector b = key(rows, left - 2, column);
    IntVector c = key(rows, left - 3, column);
    IntVector d = key(rows, left - 4, column);
    IntVector e = a.max(b);
    b = a.min(b);
    a = c.max(d);
    d = c.min(d);
    c = e.min(a);
    a = e.max(a);
    e = b.max(d);
    d = b.min(d);
    b = c.max(e);
    c = c.min(e);
    for (int row = left - 5; row >= 0; row--) {
      IntVector key = key(rows, row, column);
      e = a.max(key);
      key = a.min(key);
      a = e;
      e = b.max(key);
      key = b.min(key);
      b = e;
      e = c.max(key);
      key = c.min(key);
      c = e;
      e = d.max(key);
      d.min(key).intoArray(rows, row * SELECTED_COLUMNS + column);
      d = e;
    }
    a.intoArray(rows, (left - 1) * SELECTED_COLUMNS + column);
    b.intoArray(rows, (left - 2) * SELECTED_COLUMNS + column);
    c.intoArray(rows, (left - 3) * SELECTED_COLUMNS + column);
    d.intoArray(rows, (left - 4) * SELECTED_COLUMNS + column);
  }

  private static IntVector key(int[] rows, int row, int column) {
    return IntVector.fromArray(INTS, rows, row * SELECTED_COLUMNS + column);
  }

  @Override
  public int largest(float[] vector, int from, int to) {
    int end = to - (to - from) % LANES;
    IntVector largest = IntVector.zero(INTS);
    for (int index = from; index < end; index += LANES) {
      largest =
          largest.max(
              FloatVector.fromArray(FLOATS, vector, index)
                  .reinterpretAsInts()
                  .and(Integer.MAX_VALUE));
    }
    return Math.max(largest.reduceLanes(VectorOperators.MAX), SCALAR.largest(vector, end, to));
  }
}
