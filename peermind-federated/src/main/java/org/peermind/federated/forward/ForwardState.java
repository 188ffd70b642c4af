// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.forward;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.peermind.protocol.Sha256;
import org.peermind.protocol.governance.Digest;

/// Where a descent is between two steps: a few numbers, and for each direction how far it went
/// along it. All else follows from these and the task. It tells of what was learned, so that it
/// does not show its numbers.
public final class ForwardState {
  private static final byte[] MAGIC = "PMFWD1\n\0".getBytes(StandardCharsets.US_ASCII);
  private static final int HEAD_BYTES =
      MAGIC.length + Sha256.BYTES + 3 * Integer.BYTES + Double.BYTES;

  /// The longest [#toBytes].
  public static final int BYTES_MAX =
      HEAD_BYTES + ForwardTask.SEEDS_MAX * Long.BYTES + Sha256.BYTES;

  private final int step;
  private final int skipped;
  private final double meanSquare;
  private final long[] sums;

  ForwardState(int step, int skipped, double meanSquare, long[] sums) {
    this.step = step;
    this.skipped = skipped;
    this.meanSquare = meanSquare;
    this.sums = sums.clone();
  }

  /// Steps so far.
  public int step() {
    return step;
  }

  /// Steps so far whose losses were no finite numbers.
  public int skipped() {
    return skipped;
  }

  double meanSquare() {
    return meanSquare;
  }

  /// How far it went along each direction, in units of `2^-40` for each coordinate.
  public long[] sums() {
    return sums.clone();
  }

  /// The state as bytes, big-endian: magic, the task, the number of directions, step, skipped
  /// steps, the mean square, the sums, and the SHA-256 of all that.
  public byte[] toBytes(Digest task) {
    ByteBuffer bytes = ByteBuffer.allocate(HEAD_BYTES + sums.length * Long.BYTES + Sha256.BYTES);
    bytes.put(MAGIC).put(task.toBytes()).putInt(sums.length).putInt(step).putInt(skipped);
    bytes.putDouble(meanSquare);
    for (long sum : sums) {
      bytes.putLong(sum);
    }
    return bytes.put(Sha256.of(Arrays.copyOf(bytes.array(), bytes.position()))).array();
  }

  /// Reads [#toBytes].
  ///
  /// @param task whose state it has to be
  /// @throws IllegalArgumentException in a sentence, when they are not exactly the bytes of a state
  ///   of that task
  public static ForwardState ofBytes(byte[] bytes, Digest task) {
    int content = bytes.length - Sha256.BYTES;
    if (content < HEAD_BYTES
        || !Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
        || !Arrays.equals(
            Sha256.of(Arrays.copyOf(bytes, content)),
            Arrays.copyOfRange(bytes, content, bytes.length))) {
      throw new IllegalArgumentException("The state of a training is damaged.");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, MAGIC.length, content - MAGIC.length);
    byte[] itsTask = new byte[Sha256.BYTES];
    in.get(itsTask);
    if (!Arrays.equals(itsTask, task.toBytes())) {
      throw new IllegalArgumentException("The state of a training is of another task.");
    }
    int seeds = in.getInt();
    int step = in.getInt();
    int skipped = in.getInt();
    double meanSquare = in.getDouble();
    boolean isSound = skipped >= 0 && step >= skipped && meanSquare >= 0;
    if (!isSound || !Double.isFinite(meanSquare) || in.remaining() != (long) seeds * Long.BYTES) {
      throw new IllegalArgumentException("The state of a training is damaged.");
    }
    long[] sums = new long[seeds];
    in.asLongBuffer().get(sums);
    return new ForwardState(step, skipped, meanSquare, sums);
  }

  /// Equal when all bits are.
  @Override
  public boolean equals(Object other) {
    return other instanceof ForwardState that
        && step == that.step
        && skipped == that.skipped
        && Double.doubleToLongBits(meanSquare) == Double.doubleToLongBits(that.meanSquare)
        && Arrays.equals(sums, that.sums);
  }

  @Override
  public int hashCode() {
    return 31 * step + Arrays.hashCode(sums);
  }

  @Override
  public String toString() {
    return "ForwardState[step %d, %d directions]".formatted(step, sums.length);
  }
}
