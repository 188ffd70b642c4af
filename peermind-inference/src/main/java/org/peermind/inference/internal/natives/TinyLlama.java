// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.peermind.model.GgufValue;
import org.peermind.model.GgufWriter;
import org.peermind.model.TensorType;

/// Makes a tiny Llama model with weights from a hash of a seed: the same on every machine, so that
/// its logits can be compared with stored ones, and small enough to be made at every start.
///
/// The tokenizer is SentencePiece's with byte fallback and ChatML control tokens, like the demo
/// model's.
public final class TinyLlama {
  public static final int CONTEXT_TOKENS = 512;
  static final int BEGIN = 1;
  public static final int END_OF_TURN = 4;
  private static final int TYPE_NORMAL = 1;
  private static final int TYPE_UNKNOWN = 2;
  private static final int TYPE_CONTROL = 3;
  private static final int TYPE_BYTE = 6;
  private static final String CHATML =
      """
      {% for message in messages %}<|im_start|>{{ message.role }}
      {{ message.content }}<|im_end|>
      {% endfor %}{{ '<|im_start|>assistant\\n' }}\
      """;
  private static final List<String> WORDS =
      List.of(
          "\u2581",
          "\u2581the",
          "\u2581sun",
          "\u2581shines",
          "\u2581on",
          "\u2581hill",
          "\u2581a",
          "\u2581wind",
          "\u2581blows",
          "\u2581light",
          "ing",
          "er",
          ".",
          ",",
          "\u00e9",
          "\u2600",
          "\u2581user",
          "\u2581assistant",
          "\u2581system",
          "us",
          "use",
          "user",
          "\u2581t",
          "\u2581th",
          "\u2581s",
          "\u2581su",
          "\u2581h",
          "\u2581l",
          "\u2581w");

  private final long seed;
  private final Size size;

  private TinyLlama(long seed, Size size) {
    this.seed = seed;
    this.size = size;
  }

  /// How large a model is, and what it says of itself. `contextTokens` is what it claims to have
  /// been trained with, `fillers` how many tokens are added that no text has.
  public record Size(
      String architecture,
      int contextTokens,
      int embedding,
      int heads,
      int keyValueHeads,
      int feedForward,
      int layers,
      int fillers,
      TensorType type) {
    /// The size of the tiny model.
    public static Size tiny() {
      return new Size("llama", CONTEXT_TOKENS, 64, 4, 2, 96, 2, 0, TensorType.F32);
    }

    /// The same size of another family.
    public Size of(String otherArchitecture) {
      return new Size(
          otherArchitecture,
          contextTokens,
          embedding,
          heads,
          keyValueHeads,
          feedForward,
          layers,
          fillers,
          type);
    }
  }

  /// A model with the weights of `seed`, with a ChatML template.
  public static GgufWriter of(long seed) {
    return of(seed, CHATML);
  }

  /// A model with the weights of `seed` and any template.
  public static GgufWriter of(long seed, String chatTemplate) {
    return of(seed, chatTemplate, Size.tiny());
  }

  /// A model of any size with a ChatML template: what it says is noise, but it takes the time and
  /// memory of a real one.
  public static GgufWriter of(long seed, Size size) {
    return of(seed, CHATML, size);
  }

  private static GgufWriter of(long seed, String chatTemplate, Size size) {
    GgufWriter writer = new GgufWriter();
    TinyLlama tiny = new TinyLlama(seed, size);
    int vocabulary = tiny.putTokenizer(writer);
    writer.put("tokenizer.chat_template", chatTemplate);
    tiny.putWeights(writer, vocabulary);
    return writer;
  }

  private int putTokenizer(GgufWriter writer) {
    List<String> tokens =
        new ArrayList<>(List.of("<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"));
    List<Integer> types =
        new ArrayList<>(
            List.of(TYPE_UNKNOWN, TYPE_CONTROL, TYPE_CONTROL, TYPE_CONTROL, TYPE_CONTROL));
    for (int i = 0; i < 256; i++) {
      tokens.add(String.format(Locale.ROOT, "<0x%02X>", i));
      types.add(TYPE_BYTE);
    }
    List<String> normal = new ArrayList<>(WORDS);
    for (char letter = 'a'; letter <= 'z'; letter++) {
      normal.add(String.valueOf(letter));
    }
    for (int i = 0; i < size.fillers(); i++) {
      normal.add("\u2581filler" + i);
    }
    tokens.addAll(normal);
    normal.forEach(_ -> types.add(TYPE_NORMAL));
    float[] scores = new float[tokens.size()];
    for (int i = tokens.size() - normal.size(); i < scores.length; i++) {
      scores[i] = -1 - (i - (scores.length - normal.size())) / 100f + tokens.get(i).length();
    }
    String family = size.architecture() + ".";
    writer
        .put("general.architecture", size.architecture())
        .put("general.name", "peermind tiny")
        .put(family + "vocab_size", tokens.size())
        .put(family + "context_length", size.contextTokens())
        .put(family + "embedding_length", size.embedding())
        .put(family + "block_count", size.layers())
        .put(family + "feed_forward_length", size.feedForward())
        .put(family + "attention.head_count", size.heads())
        .put(family + "attention.head_count_kv", size.keyValueHeads())
        .put(family + "attention.layer_norm_rms_epsilon", 1e-5f)
        .put(family + "rope.dimension_count", size.embedding() / size.heads())
        .put("tokenizer.ggml.model", "llama")
        .put("tokenizer.ggml.tokens", GgufValue.Array.ofStrings(tokens))
        .put("tokenizer.ggml.scores", GgufValue.Array.ofFloats(scores))
        .put(
            "tokenizer.ggml.token_type",
            GgufValue.Array.ofInts(types.stream().mapToInt(Integer::intValue).toArray()))
        .put("tokenizer.ggml.bos_token_id", BEGIN)
        .put("tokenizer.ggml.eos_token_id", END_OF_TURN)
        .put("tokenizer.ggml.unknown_token_id", 0)
        .put("tokenizer.ggml.add_bos_token", true);
    return tokens.size();
  }

  private void putWeights(GgufWriter writer, int vocabulary) {
    int embedding = size.embedding();
    int feedForward = size.feedForward();
    int keyValue = embedding / size.heads() * size.keyValueHeads();
    matrix(writer, "token_embd.weight", embedding, vocabulary, 1);
    ones(writer, "output_norm.weight");
    matrix(writer, "output.weight", embedding, vocabulary, 0.7f);
    for (int layer = 0; layer < size.layers(); layer++) {
      String block = "blk." + layer + ".";
      ones(writer, block + "attn_norm.weight");
      matrix(writer, block + "attn_q.weight", embedding, embedding, 0.35f);
      matrix(writer, block + "attn_k.weight", embedding, keyValue, 0.35f);
      matrix(writer, block + "attn_v.weight", embedding, keyValue, 0.25f);
      matrix(writer, block + "attn_output.weight", embedding, embedding, 0.25f);
      ones(writer, block + "ffn_norm.weight");
      matrix(writer, block + "ffn_gate.weight", embedding, feedForward, 0.25f);
      matrix(writer, block + "ffn_up.weight", embedding, feedForward, 0.25f);
      matrix(writer, block + "ffn_down.weight", feedForward, embedding, 0.25f);
    }
  }

  private void matrix(GgufWriter writer, String name, int in, int out, float scale) {
    float[] values = new float[in * out];
    long state = seed;
    for (byte letter : name.getBytes(java.nio.charset.StandardCharsets.US_ASCII)) {
      state = state * 31 + letter;
    }
    for (int i = 0; i < values.length; i++) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      values[i] = ((state >>> 40) * 0x1p-23f - 1) * scale;
    }
    writer.tensor(name, size.type(), new long[] {in, out}, values);
  }

  private void ones(GgufWriter writer, String name) {
    float[] values = new float[size.embedding()];
    java.util.Arrays.fill(values, 1);
    writer.tensor(name, TensorType.F32, new long[] {values.length}, values);
  }
}
