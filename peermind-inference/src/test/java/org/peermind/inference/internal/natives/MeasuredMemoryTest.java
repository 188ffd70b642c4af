// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.MemoryNeed;
import org.peermind.inference.NativesAtHand;
import org.peermind.inference.child.EngineLoop;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.TensorType;

/// The planned need against what the library says to take, for a tiny model and for one of 125
/// million parameters.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeasuredMemoryTest {
  private static final double MEBIBYTE = 1 << 20;
  private static final TinyLlama.Size LARGE =
      new TinyLlama.Size("llama", 8192, 768, 12, 4, 2048, 12, 32_000, TensorType.Q8_0);

  private LlamaEngine engine;
  private List<Path> files;

  /// The libraries that are tested.
  NativesAtHand natives() {
    return NativesAtHand.BUNDLED;
  }

  @BeforeAll
  void makeModels(@TempDir Path directory) throws Exception {
    engine = natives().open(directory);
    files = List.of(directory.resolve("tiny.gguf"), directory.resolve("large.gguf"));
    TinyLlama.of(7).write(files.get(0));
    TinyLlama.of(7, LARGE).write(files.get(1));
  }

  @Test
  void plansWhatTheLibraryTakes() throws Exception {
    for (Path file : files) {
      GgufFile model = GgufReader.read(file);
      for (int[] wanted : new int[][] {{512, 1}, {4096, 1}, {4096, 4}, {8192, 2}}) {
        MemoryNeed need = MemoryNeed.of(model, wanted[0], wanted[1]);
        Allocated taken;
        try (LlamaModel loaded =
            engine.load(file, EngineLoop.shape(wanted[0], wanted[1], 1), _ -> {})) {
          taken = loaded.allocated();
        }
        String what =
            "%s with %d tokens for %d: planned %s, took %s"
                .formatted(file.getFileName(), wanted[0], wanted[1], need, taken);
        // The log rounds to a hundredth of a mebibyte for each buffer.
        assertThat(taken.tokensBytes() / MEBIBYTE)
            .as(what)
            .isCloseTo(need.tokensBytes() / MEBIBYTE, within(0.03));
        double weights = need.weightsBytes() / MEBIBYTE;
        assertThat(taken.mappedBytes() / MEBIBYTE).as(what).isLessThan(weights + 0.03);
        assertThat((taken.mappedBytes() + taken.copiedBytes()) / MEBIBYTE)
            .as(what)
            .isGreaterThan(weights - 0.03);
        assertThat(taken.copiedBytes() / MEBIBYTE)
            .as(what)
            .isLessThan(natives() == NativesAtHand.BUNDLED ? 0.03 : weights);
        assertThat(need.computeBytes())
            .as(what)
            .isGreaterThanOrEqualTo((long) (0.98 * taken.computeBytes()));
        if (natives() == NativesAtHand.BUNDLED) {
          assertThat(need.computeBytes() / MEBIBYTE)
              .as(what)
              .isLessThan(1.4 * taken.computeBytes() / MEBIBYTE + 2);
        }
      }
    }
  }
}
