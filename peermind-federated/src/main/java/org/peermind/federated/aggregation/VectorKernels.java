// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The canonical order with as many lanes as the processor has, at most sixteen.
///
/// No method here takes or returns a register: where the compiler does not inline such a call,
/// which it stops to do when a method has grown large, every register becomes an object and the
/// loop ten times slower. Calls of the vector API itself are always inlined.
final class VectorKernels implements Kernels {
  static final VectorSpecies<Float> FLOATS =
      FloatVector.SPECIES_PREFERRED.vectorBitSize() > 512
          ? FloatVector.SPECIES_512
          : FloatVector.SPECIES_PREFERRED;
  static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final int LANES = FLOATS.length();

  private static final int SELECTED_MAX = 32;
  private static final int SELECTED_COLUMNS = 272;
  private static final ScalarKernels SCALAR = new ScalarKernels();

  VectorKernels() {}

  /// Bits of a register, for reports.
  static int bits() {
    return VectorShape.forBitSize(FLOATS.vectorBitSize()).vectorBitSize();
  }

  /// Four vectors at a time: a processor looks ahead in a few arrays better than in many. What is
  /// summed so far waits in the target, near the processor if `from` and `to` are not far apart.
  @Override
  public int weightedSum(
      float[][] vectors, float[] factors, float divisor, float[] target, int from, int to) {
    int end = to - (to - from) % (2 * LANES);
    Arrays.fill(target, from, end, -0f);
    int vector = 0;
    for (; vector + 4 <= vectors.length; vector += 4) {
      addFour(vectors, factors, vector, target, from, end);
    }
    for (; vector < vectors.length; vector++) {
      addOne(vectors[vector], factors[vector], target, from, end);
    }
    return Math.max(
        divide(target, divisor, from, end),
        SCALAR.weightedSum(vectors, factors, divisor, target, end, to));
  }

  private static void addFour(
      float[][] vectors, float[] factors, int first, float[] target, int from, int end) {
    float[] x0 = vectors[first];
    float[] x1 = vectors[first + 1];
    float[] x2 = vectors[first + 2];
    float[] x3 = vectors[first + 3];
    FloatVector f0 = FloatVector.broadcast(FLOATS, factors[first]);
    FloatVector f1 = FloatVector.broadcast(FLOATS, factors[first + 1]);
    FloatVector f2 = FloatVector.broadcast(FLOATS, factors[first + 2]);
    FloatVector f3 = FloatVector.broadcast(FLOATS, factors[first + 3]);
    for (int index = from; index < end; index += 2 * LANES) {
      int next = index + LANES;
      FloatVector a = FloatVector.fromArray(FLOATS, target, index);
      FloatVector b = FloatVector.fromArray(FLOATS, target, next);
      a = FloatVector.fromArray(FLOATS, x0, index).fma(f0, a);
      b = FloatVector.fromArray(FLOATS, x0, next).fma(f0, b);
      a = FloatVector.fromArray(FLOATS, x1, index).fma(f1, a);
      b = FloatVector.fromArray(FLOATS, x1, next).fma(f1, b);
      a = FloatVector.fromArray(FLOATS, x2, index).fma(f2, a);
      b = FloatVector.fromArray(FLOATS, x2, next).fma(f2, b);
      FloatVector.fromArray(FLOATS, x3, index).fma(f3, a).intoArray(target, index);
      FloatVector.fromArray(FLOATS, x3, next).fma(f3, b).intoArray(target, next);
    }
  }

  private static void addOne(float[] x, float factor, float[] target, int from, int end) {
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    for (int index = from; index < end; index += LANES) {
      FloatVector sum = FloatVector.fromArray(FLOATS, target, index);
      FloatVector.fromArray(FLOATS, x, index).fma(factors, sum).intoArray(target, index);
    }
  }

  private static int divide(float[] target, float divisor, int from, int end) {
    FloatVector divisors = FloatVector.broadcast(FLOATS, divisor);
    IntVector largest = IntVector.zero(INTS);
    for (int index = from; index < end; index += LANES) {
      FloatVector mean = FloatVector.fromArray(FLOATS, target, index).div(divisors);
      largest = largest.max(mean.reinterpretAsInts().and(Integer.MAX_VALUE));
      mean.intoArray(target, index);
    }
    return largest.reduceLanes(VectorOperators.MAX);
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
      bits.lanewise(ASHR, 31)
          .and(Integer.MAX_VALUE)
          .lanewise(XOR, bits)
          .intoArray(tile, at + column);
    }
    return Math.max(
        largest.reduceLanes(VectorOperators.MAX),
        ScalarKernels.gatherTail(vector, from, end, columns, tile, at));
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
    int lastRow = (firstRow + rows - 1) * stride;
    if (rows == 2) {
      meanOfTwo(tile, firstRow * stride, lastRow, target, from, end);
    }
    for (int column = rows == 2 ? end : 0; column < end; column += LANES) {
      IntVector key = IntVector.fromArray(INTS, tile, lastRow + column);
      key = key.lanewise(ASHR, 31).and(Integer.MAX_VALUE).lanewise(XOR, key);
      FloatVector sum = key.reinterpretAsFloats();
      for (int row = firstRow + rows - 2; row >= firstRow; row--) {
        key = IntVector.fromArray(INTS, tile, row * stride + column);
        key = key.lanewise(ASHR, 31).and(Integer.MAX_VALUE).lanewise(XOR, key);
        sum = sum.add(key.reinterpretAsFloats());
      }
      sum.div(rows).intoArray(target, from + column);
    }
    ScalarKernels.meanTail(tile, stride, firstRow, rows, target, from, end, columns);
  }

  /// Medians of an even number; [#meanOfRows] would spend as much on its inner loop as on the sum.
  private static void meanOfTwo(
      int[] tile, int first, int last, float[] target, int from, int end) {
    for (int column = 0; column < end; column += LANES) {
      IntVector one = IntVector.fromArray(INTS, tile, last + column);
      one = one.lanewise(ASHR, 31).and(Integer.MAX_VALUE).lanewise(XOR, one);
      IntVector two = IntVector.fromArray(INTS, tile, first + column);
      two = two.lanewise(ASHR, 31).and(Integer.MAX_VALUE).lanewise(XOR, two);
      one.reinterpretAsFloats()
          .add(two.reinterpretAsFloats())
          .mul(0.5f)
          .intoArray(target, from + column);
    }
  }

  @Override
  public boolean selects(int vectors) {
    return vectors <= SELECTED_MAX;
  }

  /// Four keys of each column at a time are held in registers while the others pass, and are then
  /// the largest. Rows that are the largest or smallest of all fill up to four.
  @Override
  public int select(float[][] vectors, int above, int count, float[] target, int from, int to) {
    if (vectors.length >= SixLargest.KNOWN && above + count <= SixLargest.KNOWN) {
      return selectAmongSix(vectors, above, count, target, from, to);
    }
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

  private int selectAmongSix(
      float[][] vectors, int above, int count, float[] target, int from, int to) {
    int[] tile = new int[SixLargest.KNOWN * SELECTED_COLUMNS];
    int firstRow = SixLargest.KNOWN - above - count;
    int end = to - (to - from) % LANES;
    int largest = 0;
    for (int column = from; column < end; column += SELECTED_COLUMNS) {
      int columns = Math.min(SELECTED_COLUMNS, end - column);
      largest =
          Math.max(largest, SixLargest.take(vectors, column, columns, tile, SELECTED_COLUMNS));
      meanOfRows(tile, SELECTED_COLUMNS, firstRow, count, target, column, columns);
    }
    return Math.max(largest, SCALAR.select(vectors, above, count, target, end, to));
  }

  /// Moves the four largest of `left` rows to their end, the largest last.
  private static void takeFour(int[] tile, int left) {
    int last = (left - 1) * SELECTED_COLUMNS;
    for (int column = 0; column < SELECTED_COLUMNS; column += LANES) {
      IntVector a = IntVector.fromArray(INTS, tile, last + column);
      IntVector b = IntVector.fromArray(INTS, tile, last - SELECTED_COLUMNS + column);
      IntVector c = IntVector.fromArray(INTS, tile, last - 2 * SELECTED_COLUMNS + column);
      IntVector d = IntVector.fromArray(INTS, tile, last - 3 * SELECTED_COLUMNS + column);
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
        IntVector key = IntVector.fromArray(INTS, tile, row * SELECTED_COLUMNS + column);
        e = a.min(key);
        a = a.max(key);
        key = b.min(e);
        b = b.max(e);
        e = c.min(key);
        c = c.max(key);
        key = d.min(e);
        d = d.max(e);
        key.intoArray(tile, row * SELECTED_COLUMNS + column);
      }
      a.intoArray(tile, last + column);
      b.intoArray(tile, last - SELECTED_COLUMNS + column);
      c.intoArray(tile, last - 2 * SELECTED_COLUMNS + column);
      d.intoArray(tile, last - 3 * SELECTED_COLUMNS + column);
    }
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
