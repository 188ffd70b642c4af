// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.peermind.demomodel.ChatFormat;
import org.peermind.demomodel.Vocabulary;
import org.peermind.model.GgufValue;
import org.peermind.model.GgufWriter;
import org.peermind.model.TensorType;

/// Writes a trained model as a GGUF file: matrices as half floats, norms as floats.
final class ModelFile {
  private static final int FILE_TYPE_MOSTLY_F16 = 1;

  private ModelFile() {}

  static void write(
      Path file, String name, ModelShape shape, Vocabulary vocabulary, Map<String, float[]> weights)
      throws IOException {
    GgufWriter gguf = new GgufWriter();
    putModel(gguf, name, shape);
    putTokenizer(gguf, vocabulary);
    Weights.shapes(shape)
        .forEach(
            (tensor, rowsFirst) -> {
              float[] values = weights.getOrDefault(tensor, new float[0]);
              if (rowsFirst.length == 1) {
                gguf.tensor(tensor, TensorType.F32, rowsFirst, values);
              } else {
                long[] contiguousFirst = {rowsFirst[1], rowsFirst[0]};
                gguf.tensor(tensor, TensorType.F16, contiguousFirst, values);
              }
            });
    gguf.write(file);
  }

  private static void putModel(GgufWriter gguf, String name, ModelShape shape) {
    gguf.put("general.architecture", "llama")
        .put("general.name", name)
        .put("general.description", "A very small model that knows a made-up world of facts.")
        .put("general.license", "Apache-2.0")
        .put("general.file_type", FILE_TYPE_MOSTLY_F16)
        .put("llama.vocab_size", shape.vocabulary())
        .put("llama.context_length", shape.context())
        .put("llama.embedding_length", shape.width())
        .put("llama.block_count", shape.layers())
        .put("llama.feed_forward_length", shape.feedForward())
        .put("llama.rope.dimension_count", shape.headWidth())
        .put("llama.rope.freq_base", ModelShape.ROPE_BASE)
        .put("llama.attention.head_count", shape.heads())
        .put("llama.attention.head_count_kv", shape.keyHeads())
        .put("llama.attention.layer_norm_rms_epsilon", ModelShape.NORM_EPSILON);
  }

  private static void putTokenizer(GgufWriter gguf, Vocabulary vocabulary) {
    float[] scores = new float[vocabulary.size()];
    int[] types = new int[vocabulary.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = vocabulary.entries().get(i).score();
      types[i] = vocabulary.entries().get(i).kind().id();
    }
    gguf.put("tokenizer.ggml.model", "llama")
        .put("tokenizer.ggml.pre", "default")
        .put(
            "tokenizer.ggml.tokens",
            GgufValue.Array.ofStrings(
                vocabulary.entries().stream().map(Vocabulary.Entry::text).toList()))
        .put("tokenizer.ggml.scores", GgufValue.Array.ofFloats(scores))
        .put("tokenizer.ggml.token_type", GgufValue.Array.ofInts(types))
        .put("tokenizer.ggml.unknown_token_id", Vocabulary.UNKNOWN_ID)
        .put("tokenizer.ggml.bos_token_id", Vocabulary.BEGIN_ID)
        .put("tokenizer.ggml.eos_token_id", Vocabulary.IM_END_ID)
        .put("tokenizer.ggml.add_bos_token", false)
        .put("tokenizer.ggml.add_eos_token", false)
        .put("tokenizer.ggml.add_space_prefix", false)
        .put("tokenizer.chat_template", ChatFormat.TEMPLATE);
  }
}
