// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.peermind.model.GgufValue;
import org.peermind.model.GgufWriter;
import org.peermind.model.TensorType;

/// Makes a tiny Llama model whose tokenizer is a byte-level BPE (GPT-2's), with any of the native
/// library's ways to split a text before merging. All weights are equal: only its tokenizer counts.
public final class TinyBpe {
  /// What it claims to have been trained with, so that large prompts pass the engine's own limits.
  public static final int CONTEXT_TOKENS = 65_536;

  private static final int EMBEDDING = 32;
  private static final int TYPE_NORMAL = 1;
  private static final int TYPE_CONTROL = 3;

  private TinyBpe() {}

  /// @param split the native library's name of a way to split (`tokenizer.ggml.pre`)
  public static GgufWriter of(String split) {
    return of(split, TensorType.F32);
  }

  /// A model that loads and whose first computation ends the process: llama.cpp multiplies by norms
  /// in 32 bits only, finds that out when it does so and calls `ggml_abort`.
  public static GgufWriter aborting() {
    return of("gpt-2", TensorType.Q8_0);
  }

  private static GgufWriter of(String split, TensorType normType) {
    List<String> tokens = new ArrayList<>();
    int next = 256;
    for (int i = 0; i < 256; i++) {
      boolean shown = (i > ' ' && i < 0x7f) || (i > 0xa0 && i != 0xad);
      tokens.add(Character.toString(shown ? i : next++));
    }
    tokens.addAll(List.of("aa", "\u0120\u0120", "\u010a\u010a", "th", "he"));
    int[] types = new int[tokens.size() + 1];
    Arrays.fill(types, TYPE_NORMAL);
    types[tokens.size()] = TYPE_CONTROL;
    tokens.add("<|end|>");
    GgufWriter writer =
        new GgufWriter()
            .put("general.architecture", "llama")
            .put("general.name", "peermind tiny bpe")
            .put("llama.vocab_size", tokens.size())
            .put("llama.context_length", CONTEXT_TOKENS)
            .put("llama.embedding_length", EMBEDDING)
            .put("llama.block_count", 1)
            .put("llama.feed_forward_length", EMBEDDING)
            .put("llama.attention.head_count", 1)
            .put("llama.attention.head_count_kv", 1)
            .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .put("llama.rope.dimension_count", EMBEDDING)
            .put("tokenizer.ggml.model", "gpt2")
            .put("tokenizer.ggml.pre", split)
            .put("tokenizer.ggml.tokens", GgufValue.Array.ofStrings(tokens))
            .put("tokenizer.ggml.token_type", GgufValue.Array.ofInts(types))
            .put(
                "tokenizer.ggml.merges",
                GgufValue.Array.ofStrings(
                    List.of("a a", "\u0120 \u0120", "\u010a \u010a", "t h", "h e")))
            .put("tokenizer.ggml.bos_token_id", tokens.size() - 1)
            .put("tokenizer.ggml.eos_token_id", tokens.size() - 1)
            .put("tokenizer.ggml.add_bos_token", false)
            .put(
                "tokenizer.chat_template",
                "{% for message in messages %}{{ message.content }}\n{% endfor %}");
    matrix(writer, "token_embd.weight", tokens.size());
    matrix(writer, "output.weight", tokens.size());
    ones(writer, "output_norm.weight", normType);
    ones(writer, "blk.0.attn_norm.weight", TensorType.F32);
    ones(writer, "blk.0.ffn_norm.weight", TensorType.F32);
    for (String name :
        List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")) {
      matrix(writer, "blk.0." + name + ".weight", EMBEDDING);
    }
    return writer;
  }

  private static void matrix(GgufWriter writer, String name, int out) {
    float[] values = new float[EMBEDDING * out];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 37 % 101 - 50) * 0.01f;
    }
    writer.tensor(name, TensorType.F32, new long[] {EMBEDDING, out}, values);
  }

  private static void ones(GgufWriter writer, String name, TensorType type) {
    float[] values = new float[EMBEDDING];
    Arrays.fill(values, 1);
    writer.tensor(name, type, new long[] {EMBEDDING}, values);
  }
}
