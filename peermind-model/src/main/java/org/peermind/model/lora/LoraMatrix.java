// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.lora;

import java.util.Arrays;
import java.util.regex.Pattern;

/// The change `B A` of one matrix `W` of a model: the adapted model computes with `W + B A`.
///
/// `A` has `rank` rows of `in` numbers, `B` has `out` rows of `rank` numbers; both are row-major,
/// as in the file, where they are `NAME.lora_a` and `NAME.lora_b`. All numbers are finite. Two are
/// equal when their numbers have the same bits.
public final class LoraMatrix {
  /// The highest rank.
  public static final int RANK_MAX = 4096;

  /// The longest side of an adapted matrix.
  public static final int SIDE_MAX = 1 << 20;

  // With its suffix of seven, a name has at most the 63 characters that ggml has room for. The
  // engine takes the halves of token_embd the other way round, so that one is left out.
  private static final Pattern NAME =
      Pattern.compile("(?!token_embd\\.)[A-Za-z0-9_.]{1,49}\\.weight");

  private final String tensor;
  private final int in;
  private final int out;
  private final int rank;
  private final float[] a;
  private final float[] b;

  /// @param tensor the name of the adapted matrix in the model's file, such as
  ///   `blk.0.attn_q.weight`
  /// @param in length of what it is multiplied with (GGUF `ne[0]`)
  /// @param out length of the result (`ne[1]`)
  /// @throws IllegalArgumentException saying what does not fit
  public LoraMatrix(String tensor, int in, int out, int rank, float[] a, float[] b) {
    this(tensor, new Shape(in, out, rank), a.clone(), b.clone());
  }

  private LoraMatrix(String tensor, Shape shape, float[] a, float[] b) {
    this.tensor = tensor;
    this.in = shape.in;
    this.out = shape.out;
    this.rank = shape.rank;
    this.a = a;
    this.b = b;
    if (!NAME.matcher(tensor).matches()) {
      throw new IllegalArgumentException(
          "the tensor %s is none that an adapter can change".formatted(tensor));
    }
    requireSide("columns", in, SIDE_MAX);
    requireSide("rows", out, SIDE_MAX);
    requireSide("ranks", rank, RANK_MAX);
    requireNumbers("lora_a", a, (long) rank * in);
    requireNumbers("lora_b", b, (long) out * rank);
  }

  private record Shape(int in, int out, int rank) {}

  /// A matrix of arrays that nobody else keeps, which are not copied.
  static LoraMatrix owning(String tensor, int in, int out, int rank, float[] a, float[] b) {
    return new LoraMatrix(tensor, new Shape(in, out, rank), a, b);
  }

  private void requireSide(String what, int count, int countMax) {
    if (count < 1 || count > countMax) {
      throw new IllegalArgumentException(
          "the adapter of %s has %d %s, not 1 to %d".formatted(tensor, count, what, countMax));
    }
  }

  private void requireNumbers(String half, float[] numbers, long count) {
    if (numbers.length != count) {
      throw new IllegalArgumentException(
          "%s.%s has %d numbers, not %d".formatted(tensor, half, numbers.length, count));
    }
    for (int i = 0; i < numbers.length; i++) {
      if (!Float.isFinite(numbers[i])) {
        throw new IllegalArgumentException(
            "number %d of %s.%s is not finite".formatted(i, tensor, half));
      }
    }
  }

  /// The name of the adapted matrix in the model's file.
  public String tensor() {
    return tensor;
  }

  /// Length of what the adapted matrix is multiplied with.
  public int in() {
    return in;
  }

  /// Length of the result.
  public int out() {
    return out;
  }

  /// Rows of `A` and columns of `B`.
  public int rank() {
    return rank;
  }

  /// A copy of `A`, row-major: number `k * in + column`.
  public float[] a() {
    return a.clone();
  }

  /// A copy of `B`, row-major: number `row * rank + k`.
  public float[] b() {
    return b.clone();
  }

  /// How many numbers both halves have.
  long numbers() {
    return (long) a.length + b.length;
  }

  /// Copies into a matrix of higher rank: this one's ranks become the ranks from `first` on.
  void copyTo(float[] wideA, float[] wideB, int first, int wideRank) {
    System.arraycopy(a, 0, wideA, first * in, a.length);
    for (int row = 0; row < out; row++) {
      System.arraycopy(b, row * rank, wideB, row * wideRank + first, rank);
    }
  }

  /// `A` itself, which is not to be changed.
  float[] ownA() {
    return a;
  }

  /// `B` itself, which is not to be changed.
  float[] ownB() {
    return b;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LoraMatrix that
        && tensor.equals(that.tensor)
        && in == that.in
        && out == that.out
        && rank == that.rank
        && Arrays.equals(a, that.a)
        && Arrays.equals(b, that.b);
  }

  @Override
  public int hashCode() {
    return 31 * tensor.hashCode() + Arrays.hashCode(b);
  }

  @Override
  public String toString() {
    return "LoraMatrix[%s, %d to %d, rank %d]".formatted(tensor, in, out, rank);
  }
}
