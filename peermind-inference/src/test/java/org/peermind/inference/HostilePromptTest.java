// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.internal.natives.TinyBpe;
import org.peermind.model.ModelDigest;

/// The largest prompts a request may have, of the characters over which llama.cpp's ways to split a
/// text call themselves once for each: none ends the child.
@Timeout(300)
class HostilePromptTest {
  private static final int CONTEXT_TOKENS = 16_384;

  @TempDir private Path directory;
  private NativeEngine engine;

  /// The libraries that are tested.
  NativesAtHand natives() {
    return NativesAtHand.BUNDLED;
  }

  /// Ways to split a text (`tokenizer.ggml.pre`) by regular expressions over different runs.
  List<String> splits() {
    return List.of("default", "qwen2", "gpt-4o", "bloom");
  }

  @BeforeEach
  void openEngine() throws Exception {
    engine = NativeEngine.open(natives().natives(directory));
  }

  @Test
  void refusesPromptsOfOneMebibyte_andGoesOnAnswering() throws Exception {
    for (String split : splits()) {
      try (LoadedModel model = load(split)) {
        for (String unit : List.of("a", " ", "\n", "7", "!", "aZ0+", "日")) {
          int bytes = unit.equals("日") ? 3 : unit.length();
          String prompt = unit.repeat(GenerationRequest.PROMPT_BYTES_MAX / bytes);
          assertThat(Transcript.read(model, text(prompt)).failed().kind())
              .as("%s with %s", split, unit)
              .isEqualTo(FailureKind.CONTEXT_TOO_LONG);
        }
        assertThat(Transcript.read(model, text(mixed())).failed().kind())
            .as("%s with all of Unicode", split)
            .isEqualTo(FailureKind.CONTEXT_TOO_LONG);
        assertThat(Transcript.read(model, text("the sun")).tokens()).isNotEmpty();
      }
    }
  }

  private static String mixed() {
    Random random = new Random(3);
    StringBuilder text = new StringBuilder();
    while (text.length() < GenerationRequest.PROMPT_BYTES_MAX / 4) {
      int character = random.nextInt(0x30000);
      if (character < Character.MIN_SURROGATE || character > Character.MAX_SURROGATE) {
        text.appendCodePoint(character);
      }
    }
    return text.toString();
  }

  private LoadedModel load(String split) throws Exception {
    Path file = directory.resolve(split + ".gguf");
    TinyBpe.of(split).write(file);
    return engine.load(
        new ModelSpec(file, ModelDigest.sha256(file), CONTEXT_TOKENS, 1, 1),
        LoadProgress.ignored());
  }

  private static GenerationRequest text(String prompt) {
    return GenerationRequest.of(new Prompt.Text(prompt), 3, Sampling.greedy());
  }
}
