// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.lora;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Adapters of random numbers.
final class RandomAdapters {
  private RandomAdapters() {}

  static float[] numbers(RandomGenerator random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  static LoraMatrix matrix(RandomGenerator random, String tensor, int in, int out, int rank) {
    return new LoraMatrix(
        tensor, in, out, rank, numbers(random, rank * in), numbers(random, out * rank));
  }

  /// An adapter of some of four matrices, whose shapes are always the same.
  static LoraAdapter any(RandomGenerator random) {
    int rank = 1 + random.nextInt(5);
    List<LoraMatrix> matrices = new ArrayList<>();
    int kept = random.nextInt(4);
    for (int i = 0; i < 4; i++) {
      if (i == kept || random.nextBoolean()) {
        matrices.add(matrix(random, "blk." + i + ".attn_q.weight", 3 + 2 * i, 7 - i, rank));
      }
    }
    return LoraAdapter.of("llama", matrices, Map.of(LoraAdapter.BASE_MODEL, "ab".repeat(32)));
  }

  /// The change of a matrix, row-major; zeros where the adapter has none.
  static double[] change(LoraAdapter adapter, String tensor, int in, int out) {
    double[] change = new double[out * in];
    for (LoraMatrix matrix : adapter.matrices()) {
      if (matrix.tensor().equals(tensor)) {
        float[] a = matrix.a();
        float[] b = matrix.b();
        for (int row = 0; row < out; row++) {
          for (int k = 0; k < matrix.rank(); k++) {
            for (int column = 0; column < in; column++) {
              change[row * in + column] += (double) b[row * matrix.rank() + k] * a[k * in + column];
            }
          }
        }
      }
    }
    return change;
  }
}
