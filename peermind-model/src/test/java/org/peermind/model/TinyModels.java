// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.util.List;

/// Small valid model files to start from.
final class TinyModels {
  static final int EMBEDDING = 32;
  static final List<String> TOKENS = List.of("<unk>", "<s>", "</s>", "\u2581sun", "shine");

  private TinyModels() {}

  /// A model with one matrix, as far as the reader can tell.
  static GgufWriter valid() {
    return metadata()
        .tensor(
            "token_embd.weight",
            TensorType.F32,
            new long[] {EMBEDDING, TOKENS.size()},
            ramp(EMBEDDING * TOKENS.size()))
        .tensor("output_norm.weight", TensorType.F32, new long[] {EMBEDDING}, ramp(EMBEDDING))
        .tensor(
            "blk.0.attn_q.weight", TensorType.Q8_0, new long[] {EMBEDDING, EMBEDDING}, ramp(1024))
        .tensor("blk.0.attn_k.weight", TensorType.F16, new long[] {EMBEDDING, 2}, ramp(64));
  }

  static GgufWriter metadata() {
    return new GgufWriter()
        .put("general.architecture", "llama")
        .put("general.name", "tiny")
        .put("llama.context_length", 128)
        .put("llama.embedding_length", EMBEDDING)
        .put("llama.block_count", 1)
        .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .put("tokenizer.ggml.model", "llama")
        .put("tokenizer.ggml.tokens", GgufValue.Array.ofStrings(TOKENS))
        .put("tokenizer.ggml.scores", GgufValue.Array.ofFloats(new float[TOKENS.size()]))
        .put("tokenizer.ggml.token_type", GgufValue.Array.ofInts(new int[] {2, 3, 3, 1, 1}))
        .put("tokenizer.ggml.bos_token_id", 1)
        .put("tokenizer.ggml.add_bos_token", true)
        .put("tokenizer.chat_template", "{{ messages }}");
  }

  static float[] ramp(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (i % 17 - 8) / 8f;
    }
    return values;
  }
}
