// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.peermind.federated.aggregation.OuterOptimiser.FedAdam;
import org.peermind.federated.aggregation.OuterOptimiser.Nesterov;
import org.peermind.federated.aggregation.OuterOptimiser.Plain;

/// Coordinates between two rounds with what an optimiser keeps of earlier ones. A state never
/// changes; a step makes another.
public final class OuterState {
  private static final byte[] MAGIC = "PMOUT1\n\0".getBytes(StandardCharsets.US_ASCII);
  private static final int HEAD_BYTES = MAGIC.length + Long.BYTES + 3 * Integer.BYTES;
  private static final double[] NONE = {};

  private final long steps;
  private final double[] coordinates;
  private final double[] momentum;
  private final double[] squares;

  private OuterState(long steps, double[] coordinates, double[] momentum, double[] squares) {
    this.steps = steps;
    this.coordinates = coordinates;
    this.momentum = momentum;
    this.squares = squares;
  }

  /// Before the first step.
  ///
  /// @throws IllegalArgumentException when a coordinate is not finite
  public static OuterState at(float[] coordinates) {
    double[] start = new double[coordinates.length];
    for (int index = 0; index < start.length; index++) {
      start[index] = finite(coordinates[index], index);
    }
    return new OuterState(0, start, NONE, NONE);
  }

  private static double finite(double value, int index) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("coordinate " + index + " is not finite");
    }
    return value;
  }

  /// Steps so far.
  public long steps() {
    return steps;
  }

  /// The coordinates as floats, to the nearest.
  public float[] coordinates() {
    float[] rounded = new float[coordinates.length];
    for (int index = 0; index < rounded.length; index++) {
      rounded[index] = (float) coordinates[index];
    }
    return rounded;
  }

  OuterState next(OuterOptimiser optimiser, float[] d) {
    if (d.length != coordinates.length) {
      throw new IllegalArgumentException(
          "the aggregate has %d coordinates but the state %d"
              .formatted(d.length, coordinates.length));
    }
    double[] c = coordinates.clone();
    double[] m = optimiser instanceof Plain ? NONE : kept(momentum, 0);
    double[] v =
        optimiser instanceof FedAdam(_, _, _, double tau) ? kept(squares, tau * tau) : NONE;
    for (int index = 0; index < c.length; index++) {
      double change = finite(d[index], index);
      switch (optimiser) {
        case Plain(double rate) -> c[index] += rate * change;
        case Nesterov(double rate, double decay) -> {
          m[index] = decay * m[index] + change;
          c[index] += rate * (change + decay * m[index]);
        }
        case FedAdam(double rate, double beta1, double beta2, double tau) -> {
          m[index] = beta1 * m[index] + (1 - beta1) * change;
          v[index] = beta2 * v[index] + (1 - beta2) * (change * change);
          c[index] += rate * m[index] / (Math.sqrt(v[index]) + tau);
        }
      }
      if (!Float.isFinite((float) c[index])) {
        throw new ArithmeticException("coordinate " + index + " leaves the range of floats");
      }
    }
    return new OuterState(Math.incrementExact(steps), c, m, v);
  }

  /// A copy, or a new array when the optimiser before kept none.
  private double[] kept(double[] before, double first) {
    if (before.length == coordinates.length) {
      return before.clone();
    }
    double[] fresh = new double[coordinates.length];
    Arrays.fill(fresh, first);
    return fresh;
  }

  /// The state as bytes: magic, steps, three lengths, and the doubles, all big-endian.
  public byte[] toBytes() {
    double[][] arrays = {coordinates, momentum, squares};
    long doubles = (long) coordinates.length + momentum.length + squares.length;
    ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(HEAD_BYTES + doubles * Double.BYTES));
    bytes.put(MAGIC).putLong(steps);
    for (double[] array : arrays) {
      bytes.putInt(array.length);
    }
    for (double[] array : arrays) {
      for (double value : array) {
        bytes.putDouble(value);
      }
    }
    return bytes.array();
  }

  /// Reads [#toBytes].
  ///
  /// @throws IllegalArgumentException when they are not the bytes of a state
  public static OuterState ofBytes(byte[] bytes) {
    if (bytes.length < HEAD_BYTES
        || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new IllegalArgumentException("these are not the bytes of an optimiser's state");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, MAGIC.length, bytes.length - MAGIC.length);
    long steps = in.getLong();
    int[] lengths = {in.getInt(), in.getInt(), in.getInt()};
    long doubles = 0;
    for (int length : lengths) {
      if (length < 0 || (length != 0 && length != lengths[0])) {
        throw new IllegalArgumentException("the lengths in the optimiser's state do not agree");
      }
      doubles += length;
    }
    if (steps < 0 || doubles * Double.BYTES != in.remaining()) {
      throw new IllegalArgumentException("the optimiser's state is cut short or too long");
    }
    return new OuterState(steps, read(in, lengths[0]), read(in, lengths[1]), read(in, lengths[2]));
  }

  private static double[] read(ByteBuffer in, int length) {
    double[] array = new double[length];
    for (int index = 0; index < length; index++) {
      array[index] = finite(in.getDouble(), index);
    }
    return array;
  }
}
