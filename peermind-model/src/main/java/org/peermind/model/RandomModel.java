// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Makes small models of several families with weights from a hash of a seed: they say noise, but
/// they are computed as real ones are, and the same on every machine. A trainer and an engine are
/// compared on them.
///
/// Each has what its family is special for: other head sizes than the width divided by the heads,
/// shared keys, biases, norms, windows of {@link #WINDOW} tokens, scaled positions. The bases of
/// rotary positions are low, so that they matter in a short text.
public final class RandomModel {
  /// How many tokens blocks with a window see.
  public static final int WINDOW = 6;

  /// How many tokens a model was "made" for.
  public static final int CONTEXT_TOKENS = 256;

  private static final int WIDTH = 32;
  private static final int HEADS = 4;
  private static final int KEY_HEADS = 2;
  private static final int FEED_FORWARD = 64;
  private static final int BYTES = 256;
  private static final List<String> CONTROL = List.of("<unk>", "<s>", "</s>");
  private static final int TYPE_NORMAL = 1;
  private static final int TYPE_UNKNOWN = 2;
  private static final int TYPE_CONTROL = 3;
  private static final int TYPE_BYTE = 6;

  /// The blocks of each family that can be made. Older engines know Gemma 2 by its count of blocks.
  private static final Map<String, Integer> BLOCKS =
      Map.of("llama", 2, "qwen2", 2, "qwen3", 2, "gemma2", 26, "gemma3", 7);

  private final String architecture;
  private final TensorType type;
  private final long seed;
  private final int keyWidth;
  private final GgufWriter writer = new GgufWriter();

  private RandomModel(String architecture, TensorType type, long seed) {
    this.architecture = architecture;
    this.type = type;
    this.seed = seed;
    this.keyWidth = architecture.equals("qwen2") ? WIDTH / HEADS : 16;
  }

  /// The families that can be made.
  public static List<String> architectures() {
    return BLOCKS.keySet().stream().sorted().toList();
  }

  /// How many tokens the vocabulary has.
  public static int vocabulary() {
    return CONTROL.size() + BYTES + 26;
  }

  /// A model with 32-bit floats.
  ///
  /// @throws IllegalArgumentException when the family is not one of {@link #architectures}
  public static GgufWriter of(String architecture, long seed) {
    return of(architecture, TensorType.F32, seed);
  }

  /// A model whose matrices are stored as `type` (F32, F16 or Q8_0).
  ///
  /// @throws IllegalArgumentException when the family is not one of {@link #architectures}
  public static GgufWriter of(String architecture, TensorType type, long seed) {
    Integer blocks = BLOCKS.get(architecture);
    if (blocks == null) {
      throw new IllegalArgumentException("There is no random model of the family " + architecture);
    }
    RandomModel model = new RandomModel(architecture, type, seed);
    model.putKeys(blocks);
    model.putTokenizer();
    model.putWeights(blocks);
    return model.writer;
  }

  private void putKeys(int blocks) {
    writer.put("general.architecture", architecture).put("general.name", "peermind random");
    put("vocab_size", vocabulary());
    put("context_length", CONTEXT_TOKENS);
    put("embedding_length", WIDTH);
    put("block_count", blocks);
    put("feed_forward_length", FEED_FORWARD);
    put("attention.head_count", HEADS);
    put("attention.head_count_kv", KEY_HEADS);
    put("attention.key_length", keyWidth);
    put("attention.value_length", keyWidth);
    writer.put(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f);
    switch (architecture) {
      case "llama" -> {
        put("rope.dimension_count", keyWidth);
        writer.put("llama.rope.freq_base", 2_000f);
      }
      case "gemma2" -> {
        put("attention.sliding_window", WINDOW);
        writer.put("gemma2.attn_logit_softcapping", 5f).put("gemma2.final_logit_softcapping", 6f);
      }
      case "gemma3" -> {
        put("attention.sliding_window", WINDOW);
        writer
            .put("gemma3.rope.freq_base", 300f)
            .put("gemma3.rope.scaling.type", "linear")
            .put("gemma3.rope.scaling.factor", 2f);
      }
      default -> writer.put(architecture + ".rope.freq_base", 500f);
    }
  }

  private void put(String key, int value) {
    writer.put(architecture + "." + key, value);
  }

  private void putTokenizer() {
    List<String> tokens = new ArrayList<>(CONTROL);
    int[] types = new int[vocabulary()];
    Arrays.fill(types, TYPE_NORMAL);
    Arrays.fill(types, 0, CONTROL.size(), TYPE_CONTROL);
    types[0] = TYPE_UNKNOWN;
    Arrays.fill(types, CONTROL.size(), CONTROL.size() + BYTES, TYPE_BYTE);
    for (int i = 0; i < BYTES; i++) {
      tokens.add(String.format(Locale.ROOT, "<0x%02X>", i));
    }
    for (char letter = 'a'; letter <= 'z'; letter++) {
      tokens.add(String.valueOf(letter));
    }
    writer
        .put("tokenizer.ggml.model", "llama")
        .put("tokenizer.ggml.tokens", GgufValue.Array.ofStrings(tokens))
        .put("tokenizer.ggml.scores", GgufValue.Array.ofFloats(new float[tokens.size()]))
        .put("tokenizer.ggml.token_type", GgufValue.Array.ofInts(types))
        .put("tokenizer.ggml.bos_token_id", 1)
        .put("tokenizer.ggml.eos_token_id", 2)
        .put("tokenizer.ggml.unknown_token_id", 0)
        .put("tokenizer.ggml.add_bos_token", true);
  }

  private void putWeights(int blocks) {
    boolean gemma = architecture.startsWith("gemma");
    // Gemma multiplies its embeddings with the root of the width, and reads them out again.
    matrix("token_embd", WIDTH, vocabulary(), 0.5f);
    numbers("output_norm.weight", WIDTH, 1, 0.3f);
    if (architecture.equals("llama") || architecture.equals("qwen3")) {
      matrix("output", WIDTH, vocabulary(), 0.5f);
    }
    if (architecture.equals("llama")) {
      numbers("rope_freqs.weight", keyWidth / 2, 2, 1);
    }
    for (int block = 0; block < blocks; block++) {
      putBlock("blk." + block + ".", gemma);
    }
  }

  private void putBlock(String block, boolean gemma) {
    int queries = HEADS * keyWidth;
    int keys = KEY_HEADS * keyWidth;
    numbers(block + "attn_norm.weight", WIDTH, 1, 0.3f);
    matrix(block + "attn_q", WIDTH, queries, 0.4f);
    matrix(block + "attn_k", WIDTH, keys, 0.4f);
    matrix(block + "attn_v", WIDTH, keys, 0.3f);
    if (architecture.equals("qwen2")) {
      numbers(block + "attn_q.bias", queries, 0, 0.5f);
      numbers(block + "attn_k.bias", keys, 0, 0.5f);
      numbers(block + "attn_v.bias", keys, 0, 0.5f);
    }
    matrix(block + "attn_output", queries, WIDTH, 0.2f);
    if (architecture.equals("qwen3") || architecture.equals("gemma3")) {
      numbers(block + "attn_q_norm.weight", keyWidth, 1, 0.3f);
      numbers(block + "attn_k_norm.weight", keyWidth, 1, 0.3f);
    }
    numbers(block + "ffn_norm.weight", WIDTH, 1, 0.3f);
    matrix(block + "ffn_gate", WIDTH, FEED_FORWARD, 0.3f);
    matrix(block + "ffn_up", WIDTH, FEED_FORWARD, 0.3f);
    matrix(block + "ffn_down", FEED_FORWARD, WIDTH, 0.2f);
    if (gemma) {
      numbers(block + "post_attention_norm.weight", WIDTH, 1, 0.3f);
      numbers(block + "post_ffw_norm.weight", WIDTH, 1, 0.3f);
    }
  }

  private void matrix(String name, int in, int out, float spread) {
    float[] values = drawn(name + ".weight", in * out, 0, spread);
    writer.tensor(name + ".weight", type, new long[] {in, out}, values);
  }

  private void numbers(String name, int length, float middle, float spread) {
    float[] values = drawn(name, length, middle, spread);
    writer.tensor(name, TensorType.F32, new long[] {length}, values);
  }

  private float[] drawn(String name, int count, float middle, float spread) {
    long state = seed;
    for (byte letter : name.getBytes(StandardCharsets.US_ASCII)) {
      state = state * 31 + letter;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      values[i] = middle + ((state >>> 40) * 0x1p-23f - 1) * spread;
    }
    return values;
  }
}
