// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.GgufTensor;
import org.peermind.model.lora.LoraAdapter;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.model.lora.LoraMatrix;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;

/// Adapters of random numbers for a model, large enough to change what it says.
public final class AdapterFiles {
  private static final int RANK = 4;
  private static final double SIZE = 0.3;
  private static final Pattern ADAPTED = Pattern.compile("blk\\.\\d+\\.attn_(q|output)\\.weight");

  private AdapterFiles() {}

  /// Writes an adapter of the query and output matrices of all attention of a model.
  public static Digest write(Path model, ModelHash base, long seed, Path target)
      throws IOException, GgufException {
    return write(model, base, seed, 0, target);
  }

  /// Likewise for a model whose matrices have so many columns more.
  public static Digest write(Path model, ModelHash base, long seed, int wider, Path target)
      throws IOException, GgufException {
    GgufFile gguf = GgufReader.read(model);
    SplittableRandom random = new SplittableRandom(seed);
    List<LoraMatrix> matrices = new ArrayList<>();
    for (GgufTensor tensor : gguf.tensors()) {
      if (ADAPTED.matcher(tensor.name()).matches()) {
        int in = Math.toIntExact(tensor.dimensions().get(0)) + wider;
        int out = Math.toIntExact(tensor.dimensions().get(1));
        matrices.add(
            new LoraMatrix(
                tensor.name(),
                in,
                out,
                RANK,
                numbers(random, RANK * in),
                numbers(random, RANK * out)));
      }
    }
    LoraAdapter adapter =
        LoraAdapter.of(gguf.architecture(), matrices, Map.of(LoraAdapter.BASE_MODEL, base.hex()));
    return new Digest(LoraAdapterFile.write(target, adapter).hex());
  }

  private static float[] numbers(SplittableRandom random, int count) {
    float[] numbers = new float[count];
    for (int at = 0; at < count; at++) {
      numbers[at] = (float) (SIZE * random.nextGaussian());
    }
    return numbers;
  }
}
