// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.model.GgufWriter;
import org.peermind.model.ModelDigest;

/// Models that read and do not write are refused before native code sees them.
class EncoderModelTest {
  @Test
  void refusesAFamilyOfEncoders(@TempDir Path directory) throws Exception {
    refused(directory, TinyLlama.of(7, TinyLlama.Size.tiny().of("nomic-bert")), "nomic-bert");
  }

  @Test
  void refusesAModelThatSaysToBeNoCausalOne(@TempDir Path directory) throws Exception {
    refused(directory, TinyLlama.of(7).put("llama.attention.causal", false), "llama");
  }

  private static void refused(Path directory, GgufWriter model, String family) throws Exception {
    Path file = directory.resolve("encoder.gguf");
    model.write(file);
    ModelSpec spec = new ModelSpec(file, ModelDigest.sha256(file), TinyLlama.CONTEXT_TOKENS, 2, 1);

    assertThatThrownBy(
            () ->
                NativeEngine.open(NativesAtHand.BUNDLED.natives(directory))
                    .load(spec, LoadProgress.ignored()))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("encoder.gguf is of the family " + family + ", which reads texts");
  }
}
