// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.MIN;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// Finds the six largest values of each coordinate in registers: all that the median of up to
/// eleven vectors wants. The first six vectors are sorted, then the others sink through them.
///
/// As in [VectorKernels], no method of ours takes or returns registers.
final class SixLargest {
  static final int KNOWN = 6;

  private static final VectorSpecies<Float> FLOATS = VectorKernels.FLOATS;
  private static final VectorSpecies<Integer> INTS = VectorKernels.INTS;
  private static final int LANES = INTS.length();

  private SixLargest() {}

  /// Puts the six largest keys of each coordinate into six rows of a tile, the largest last.
  ///
  /// @param vectors at least six
  /// @param columns a multiple of the lanes, at most `stride`
  /// @return the largest `bits & 0x7fffffff` among the floats
  static int take(float[][] vectors, int from, int columns, int[] tile, int stride) {
    int largest = sort(vectors, from, columns, tile, stride);
    return vectors.length == KNOWN
        ? largest
        : Math.max(largest, sink(vectors, from, columns, tile, stride));
  }

  private static int sort(float[][] vectors, int from, int columns, int[] tile, int stride) {
    IntVector largest = IntVector.broadcast(INTS, Integer.MIN_VALUE);
    IntVector smallest = IntVector.broadcast(INTS, Integer.MAX_VALUE);
    for (int column = 0; column < columns; column += LANES) {
      int at = from + column;
      IntVector a = FloatVector.fromArray(FLOATS, vectors[0], at).reinterpretAsInts();
      a = a.lanewise(ASHR, 31).and(Integer.MAX_VALUE).lanewise(XOR, a);
      IntVector b = FloatVector.fromArray(FLOATS, vectors[1], at).reinterpretAsInts();
      b = b.lanewise(ASHR, 31).and(Integer.MAX_VALUE).lanewise(XOR, b);
      IntVector c = FloatVector.fromArray(FLOATS, vectors[2], at).reinterpretAsInts();
      c = c.lanewise(ASHR, 31).and(Integer.MAX_VALUE).lanewise(XOR, c);
      IntVector d = FloatVector.fromArray(FLOATS, vectors[3], at).reinterpretAsInts();
      d = d.lanewise(ASHR, 31).and(Integer.MAX_VALUE).lanewise(XOR, d);
      IntVector e = FloatVector.fromArray(FLOATS, vectors[4], at).reinterpretAsInts();
      e = e.lanewise(ASHR, 31).and(Integer.MAX_VALUE).lanewise(XOR, e);
      IntVector f = FloatVector.fromArray(FLOATS, vectors[5], at).reinterpretAsInts();
      f = f.lanewise(ASHR, 31).and(Integer.MAX_VALUE).lanewise(XOR, f);
      // Four are sorted.
      IntVector t = a.min(b);
      IntVector u = a.max(b);
      IntVector v = c.min(d);
      IntVector w = c.max(d);
      a = t.min(v);
      b = t.max(v);
      c = u.min(w);
      d = u.max(w);
      t = b.min(c);
      u = b.max(c);
      // a <= t <= u <= d; the fifth sinks in.
      v = d.min(e);
      d = d.max(e);
      e = u.max(v);
      v = u.min(v);
      u = t.max(v);
      v = t.min(v);
      t = a.max(v);
      a = a.min(v);
      // a <= t <= u <= e <= d; so does the sixth.
      v = d.min(f);
      d = d.max(f);
      f = e.max(v);
      v = e.min(v);
      e = u.max(v);
      v = u.min(v);
      u = t.max(v);
      v = t.min(v);
      t = a.max(v);
      a = a.min(v);
      // a <= t <= u <= e <= f <= d
      smallest = smallest.min(a);
      largest = largest.max(d);
      a.intoArray(tile, column);
      t.intoArray(tile, stride + column);
      u.intoArray(tile, 2 * stride + column);
      e.intoArray(tile, 3 * stride + column);
      f.intoArray(tile, 4 * stride + column);
      d.intoArray(tile, 5 * stride + column);
    }
    return magnitude(largest.reduceLanes(MAX), smallest.reduceLanes(MIN));
  }

  private static int sink(float[][] vectors, int from, int columns, int[] tile, int stride) {
    IntVector largest = IntVector.broadcast(INTS, Integer.MIN_VALUE);
    IntVector smallest = IntVector.broadcast(INTS, Integer.MAX_VALUE);
    for (int column = 0; column < columns; column += LANES) {
      IntVector a = IntVector.fromArray(INTS, tile, 5 * stride + column);
      IntVector b = IntVector.fromArray(INTS, tile, 4 * stride + column);
      IntVector c = IntVector.fromArray(INTS, tile, 3 * stride + column);
      IntVector d = IntVector.fromArray(INTS, tile, 2 * stride + column);
      IntVector e = IntVector.fromArray(INTS, tile, stride + column);
      IntVector f = IntVector.fromArray(INTS, tile, column);
      for (int row = KNOWN; row < vectors.length; row++) {
        IntVector key =
            FloatVector.fromArray(FLOATS, vectors[row], from + column).reinterpretAsInts();
        key = key.lanewise(ASHR, 31).and(Integer.MAX_VALUE).lanewise(XOR, key);
        smallest = smallest.min(key);
        IntVector less = a.min(key);
        a = a.max(key);
        key = b.min(less);
        b = b.max(less);
        less = c.min(key);
        c = c.max(key);
        key = d.min(less);
        d = d.max(less);
        less = e.min(key);
        e = e.max(key);
        f = f.max(less);
      }
      largest = largest.max(a);
      f.intoArray(tile, column);
      e.intoArray(tile, stride + column);
      d.intoArray(tile, 2 * stride + column);
      c.intoArray(tile, 3 * stride + column);
      b.intoArray(tile, 4 * stride + column);
      a.intoArray(tile, 5 * stride + column);
    }
    return magnitude(largest.reduceLanes(MAX), smallest.reduceLanes(MIN));
  }

  private static int magnitude(int largest, int smallest) {
    return Math.max(
        Kernels.flip(largest) & Integer.MAX_VALUE, Kernels.flip(smallest) & Integer.MAX_VALUE);
  }
}
