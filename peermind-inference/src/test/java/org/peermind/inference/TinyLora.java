// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.peermind.model.GgufWriter;
import org.peermind.model.ModelDigest;
import org.peermind.model.TensorType;

/// Adapters of random numbers for the queries and the output of the tiny model's first layer.
public final class TinyLora {
  private static final int RANK = 4;
  private static final int WIDTH = 64;

  private TinyLora() {}

  /// An adapter in `file`.
  public static AdapterFile write(Path file, long seed) throws IOException {
    return write(file, "llama", WIDTH, seed);
  }

  /// One that says to be for models of a family with matrices of `width` columns.
  static AdapterFile write(Path file, String family, int width, long seed) throws IOException {
    GgufWriter writer =
        new GgufWriter()
            .put("general.type", "adapter")
            .put("general.architecture", family)
            .put("adapter.type", "lora")
            .put("adapter.lora.alpha", (float) RANK);
    SplittableRandom random = new SplittableRandom(seed);
    for (String tensor : new String[] {"blk.0.attn_q.weight", "blk.0.attn_output.weight"}) {
      float[] a = numbers(random, width * RANK);
      writer.tensor(tensor + ".lora_a", TensorType.F32, new long[] {width, RANK}, a);
      float[] b = numbers(random, RANK * WIDTH);
      writer.tensor(tensor + ".lora_b", TensorType.F32, new long[] {RANK, WIDTH}, b);
    }
    writer.write(file);
    return new AdapterFile(file, ModelDigest.sha256(file), 1);
  }

  private static float[] numbers(SplittableRandom random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextDouble(-0.3, 0.3);
    }
    return numbers;
  }
}
