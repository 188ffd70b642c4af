// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.peermind.inference.EngineException;

/// How surprised a model is by a text: the mean negative log likelihood of its tokens.
public final class DemoLoss {
  private static final String TEXT =
      "the sun shines on a hill and the wind blows over the sea until the evening comes";

  private DemoLoss() {}

  /// The loss of a fixed text, in nats per token.
  public static double of(LlamaEngine engine, Path file) throws EngineException {
    try (LlamaModel model = engine.load(file, new LlamaModel.Shape(256, 1, 128, 1), _ -> {})) {
      int[] tokens = model.vocabulary().tokenize(TEXT, false);
      TokenBatch batch = model.batch();
      batch.clear();
      for (int i = 0; i < tokens.length; i++) {
        batch.add(tokens[i], i, 0, true);
      }
      assertThat(model.decode()).isEqualTo(LlamaModel.Decoded.DONE);
      float[] logits = new float[model.vocabularySize()];
      double sum = 0;
      for (int i = 0; i + 1 < tokens.length; i++) {
        model.logits(i, logits);
        double all = 0;
        for (float logit : logits) {
          all += Math.exp(logit);
        }
        sum += Math.log(all) - logits[tokens[i + 1]];
      }
      return sum / (tokens.length - 1);
    }
  }
}
