// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.peermind.model.GgufValue;
import org.peermind.model.GgufWriter;
import org.peermind.model.TensorType;

/// A Llama model with random weights in Q8_0, of 110 M parameters unless another number of layers
/// is asked for: what it says is noise, but it takes the time of a real one. Equal seeds give equal
/// files.
final class RandomModel {
  private static final int EMBEDDING = 768;
  private static final int HEADS = 12;
  private static final int FEED_FORWARD = 2048;
  private static final int LAYERS = Integer.getInteger("peermind.bench.layers", 12);
  private static final int VOCABULARY = 16_384;
  private static final int CONTEXT_TOKENS = 4_096;
  private static final int CONTROL = 3;
  private static final int BYTES = 256;

  /// The standard deviation of a uniformly random byte.
  private static final double BYTE_DEVIATION = 73.9;

  private final Random random;
  private final GgufWriter writer = new GgufWriter();

  private RandomModel(long seed) {
    this.random = new Random(seed);
  }

  /// The model in `directory`, made at the first call (117 MB with 12 layers).
  static Path in(Path directory, long seed) throws IOException {
    Path file = directory.resolve("random-%d-layers-%d.gguf".formatted(LAYERS, seed));
    if (Files.notExists(file)) {
      Files.createDirectories(directory);
      Path making = Files.createTempFile(directory, "making-", ".gguf");
      new RandomModel(seed).write(making);
      Files.move(making, file);
    }
    return file;
  }

  private void write(Path file) throws IOException {
    writer
        .put("general.architecture", "llama")
        .put("general.name", "random-" + LAYERS + "-layers")
        .put("llama.context_length", CONTEXT_TOKENS)
        .put("llama.embedding_length", EMBEDDING)
        .put("llama.block_count", LAYERS)
        .put("llama.feed_forward_length", FEED_FORWARD)
        .put("llama.attention.head_count", HEADS)
        .put("llama.attention.head_count_kv", HEADS)
        .put("llama.rope.dimension_count", EMBEDDING / HEADS)
        .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
        .put("tokenizer.ggml.model", "llama")
        .put("tokenizer.ggml.bos_token_id", 1)
        .put("tokenizer.ggml.eos_token_id", 2)
        .put("tokenizer.ggml.unknown_token_id", 0)
        .put("tokenizer.ggml.add_bos_token", true)
        // The text alone, so that other programs can be given the very same prompt.
        .put(
            "tokenizer.chat_template",
            "{% for message in messages %}{{ message['content'] }}{% endfor %}");
    tokenizer();
    matrix("token_embd.weight", EMBEDDING, VOCABULARY, 1, 0);
    for (int layer = 0; layer < LAYERS; layer++) {
      String block = "blk." + layer + ".";
      ones(block + "attn_norm.weight");
      for (String name : List.of("attn_q", "attn_k", "attn_v", "attn_output")) {
        matrix(block + name + ".weight", EMBEDDING, EMBEDDING, EMBEDDING, 0);
      }
      ones(block + "ffn_norm.weight");
      matrix(block + "ffn_gate.weight", EMBEDDING, FEED_FORWARD, EMBEDDING, 0);
      matrix(block + "ffn_up.weight", EMBEDDING, FEED_FORWARD, EMBEDDING, 0);
      matrix(block + "ffn_down.weight", FEED_FORWARD, EMBEDDING, FEED_FORWARD, 0);
    }
    ones("output_norm.weight");
    // Control and byte tokens have no weight: they are never the best, so no answer ends early.
    matrix("output.weight", EMBEDDING, VOCABULARY, EMBEDDING / 16, CONTROL + BYTES);
    writer.write(file);
  }

  private void tokenizer() {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    for (int value = 0; value < BYTES; value++) {
      tokens.add("<0x%02X>".formatted(value));
    }
    tokens.add("\u2581");
    for (char letter = '!'; letter <= '~'; letter++) {
      tokens.add(String.valueOf(letter));
    }
    while (tokens.size() < VOCABULARY) {
      tokens.add("\u2581w" + tokens.size());
    }
    int[] types = new int[VOCABULARY];
    Arrays.fill(types, 1);
    types[0] = 2;
    types[1] = CONTROL;
    types[2] = CONTROL;
    Arrays.fill(types, CONTROL, CONTROL + BYTES, 6);
    writer
        .put("tokenizer.ggml.tokens", GgufValue.Array.ofStrings(tokens))
        .put("tokenizer.ggml.scores", GgufValue.Array.ofFloats(new float[VOCABULARY]))
        .put("tokenizer.ggml.token_type", GgufValue.Array.ofInts(types));
  }

  private void ones(String name) {
    float[] ones = new float[EMBEDDING];
    Arrays.fill(ones, 1);
    writer.tensor(name, TensorType.F32, new long[] {EMBEDDING}, ones);
  }

  /// Random Q8_0 blocks of variance 1 / `fan`; the first `zeroRows` rows are zero.
  private void matrix(String name, int in, int out, int fan, int zeroRows) {
    int elements = TensorType.Q8_0.blockElements();
    int blocks = in / elements * out;
    int zeroBlocks = in / elements * zeroRows;
    short scale = Float.floatToFloat16((float) (1 / (BYTE_DEVIATION * Math.sqrt(fan))));
    ByteBuffer data =
        ByteBuffer.allocate(blocks * TensorType.Q8_0.blockBytes()).order(ByteOrder.LITTLE_ENDIAN);
    byte[] weights = new byte[elements];
    for (int block = 0; block < blocks; block++) {
      random.nextBytes(weights);
      data.putShort(block < zeroBlocks ? 0 : scale).put(weights);
    }
    writer.tensor(name, TensorType.Q8_0, new long[] {in, out}, data.array());
  }
}
