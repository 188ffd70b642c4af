// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.subspace;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;

/// Coordinates as whole numbers of a unit, `n * 2^-unitBits`: what travels, what is summed and what
/// is signed. Sums of whole numbers have no rounding, so everybody who has the updates gets the
/// same sum, in any order.
///
/// @param unitBits from 1 to 40
public record FixedPoint(int unitBits) {
  /// Largest magnitude of a coordinate: every one is exact as a float.
  public static final int MAGNITUDE_MAX = (1 << 23) - 1;

  /// Bytes of a coordinate.
  public static final int COORDINATE_BYTES = Integer.BYTES;

  private static final int SQUARES_MAX = 1 << 16;

  public FixedPoint {
    if (unitBits < 1 || unitBits > 40) {
      throw new IllegalArgumentException("a unit has from 1 to 40 bits, not " + unitBits);
    }
  }

  /// The nearest whole numbers, ties to even; beyond [#MAGNITUDE_MAX] the largest there is.
  ///
  /// @throws IllegalArgumentException when a coordinate is not finite
  public int[] encode(float[] coordinates) {
    int[] numbers = new int[coordinates.length];
    for (int index = 0; index < numbers.length; index++) {
      double value = Math.rint(Math.scalb((double) coordinates[index], unitBits));
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("coordinate " + index + " is not finite");
      }
      numbers[index] = (int) Math.clamp(value, -MAGNITUDE_MAX, MAGNITUDE_MAX);
    }
    return numbers;
  }

  /// What the numbers mean; exact.
  public float[] decode(int[] numbers) {
    float[] coordinates = new float[numbers.length];
    for (int index = 0; index < numbers.length; index++) {
      coordinates[index] = (float) Math.scalb((double) numbers[index], -unitBits);
    }
    return coordinates;
  }

  /// A norm in units, rounded down.
  public long units(double norm) {
    return (long) Math.floor(Math.scalb(norm, unitBits));
  }

  /// Shortens an update so that its norm is at most `clipUnits`; what is short enough stays.
  public static int[] clip(int[] numbers, long clipUnits) {
    int[] shorter = numbers.clone();
    double norm = Math.sqrt(squares(numbers).doubleValue());
    for (double scale = clipUnits / norm; isLonger(shorter, clipUnits); scale *= 1 - 1e-6) {
      for (int index = 0; index < shorter.length; index++) {
        shorter[index] = (int) (numbers[index] * scale); // towards zero, so never longer
      }
    }
    return shorter;
  }

  /// Whether the norm of an update is beyond `clipUnits`; exact.
  public static boolean isLonger(int[] numbers, long clipUnits) {
    return squares(numbers).compareTo(BigInteger.valueOf(clipUnits).pow(2)) > 0;
  }

  private static BigInteger squares(int[] numbers) {
    BigInteger sum = BigInteger.ZERO;
    long part = 0;
    for (int index = 0; index < numbers.length; index++) {
      part += (long) numbers[index] * numbers[index];
      if ((index + 1) % SQUARES_MAX == 0) {
        sum = sum.add(BigInteger.valueOf(part));
        part = 0;
      }
    }
    return sum.add(BigInteger.valueOf(part));
  }

  /// Where the first coordinate out of range is.
  public static OptionalInt outOfRange(int[] numbers) {
    for (int index = 0; index < numbers.length; index++) {
      if (numbers[index] > MAGNITUDE_MAX || numbers[index] < -MAGNITUDE_MAX) {
        return OptionalInt.of(index);
      }
    }
    return OptionalInt.empty();
  }

  /// The numbers as they travel: 4 bytes each, little-endian.
  public static byte[] toBytes(int[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * COORDINATE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(numbers);
    return bytes.array();
  }

  /// @throws IllegalArgumentException when there are not 4 bytes for each number
  public static int[] ofBytes(byte[] bytes) {
    if (bytes.length % COORDINATE_BYTES != 0) {
      throw new IllegalArgumentException("an update has 4 bytes for each coordinate");
    }
    int[] numbers = new int[bytes.length / COORDINATE_BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(numbers);
    return numbers;
  }
}
