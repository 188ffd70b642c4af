// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.peermind.inference.EngineException;

/// The last guard: a tiny model made by this program must give known tokens and known logits. It
/// catches a wrong layout of `llama_batch`, a broken kernel or a processor that computes otherwise.
final class GoldenModel {
  private static final long SEED = 20250317;
  private static final String TEXT = "the sun shines on a hill";
  private static final int[] TOKENS = {
    262, 263, 285, 297, 298, 303, 294, 308, 261, 304, 303, 267, 287, 298, 301, 301
  };
  private static final float[] LOGITS = {
    -1.1923783f,
    0.11667848f,
    -0.5471959f,
    1.5789447f,
    -3.634713f,
    -0.9502499f,
    2.777107f,
    0.01849854f
  };
  private static final float TOLERANCE = 0.02f;

  private GoldenModel() {}

  /// Returns the tolerance that the logits kept.
  ///
  /// @throws EngineException when tokens or logits differ
  static float check(LlamaLibrary library, Path scratch) throws EngineException {
    Path file = scratch.resolve("golden.gguf");
    try {
      TinyLlama.of(SEED).write(file);
      try (LlamaModel model =
          LlamaModel.load(library, file, new LlamaModel.Shape(64, 1, 32, 1), _ -> {})) {
        compare(model);
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new EngineException(
          "The engine's self-test cannot write into %s: %s.".formatted(scratch, e.getMessage()), e);
    }
    return TOLERANCE;
  }

  private static void compare(LlamaModel model) throws EngineException {
    int[] tokens = model.vocabulary().tokenize(TEXT, false);
    AbiGuard.require(
        Arrays.equals(tokens, TOKENS), "the golden text has the tokens " + Arrays.toString(tokens));
    TokenBatch batch = model.batch();
    batch.clear();
    int row = batch.add(TinyLlama.BEGIN, 0, 0, false);
    for (int i = 0; i < tokens.length; i++) {
      row = batch.add(tokens[i], i + 1, 0, i == tokens.length - 1);
    }
    AbiGuard.require(
        model.decode() == LlamaModel.Decoded.DONE, "the golden tokens cannot be decoded");
    float[] logits = new float[model.vocabularySize()];
    model.logits(row, logits);
    float[] last = Arrays.copyOfRange(logits, logits.length - LOGITS.length, logits.length);
    for (int i = 0; i < LOGITS.length; i++) {
      AbiGuard.require(
          Math.abs(last[i] - LOGITS[i]) <= TOLERANCE,
          "the golden logits are " + Arrays.toString(last));
    }
  }
}
