// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.GgufWriter;
import org.peermind.model.RandomModel;
import org.peermind.model.TensorType;

class NetworkShapeTest {
  @TempDir private Path directory;

  private GgufFile read(GgufWriter writer) throws Exception {
    Path file = directory.resolve("model.gguf");
    writer.write(file);
    return GgufReader.read(file);
  }

  private void refuses(GgufWriter writer, String named) throws Exception {
    GgufFile model = read(writer);
    assertThatThrownBy(() -> NetworkTensors.of(model, NetworkShape.of(model)))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining(named);
  }

  @Test
  void knowsWhichBlocksSeeAWindowOnly() throws Exception {
    NetworkShape gemma2 = NetworkShape.of(read(RandomModel.of("gemma2", 1)));
    NetworkShape gemma3 = NetworkShape.of(read(RandomModel.of("gemma3", 1)));
    NetworkShape llama = NetworkShape.of(read(RandomModel.of("llama", 1)));

    assertThat(List.of(gemma2.windowed(0), gemma2.windowed(1), gemma2.windowed(2)))
        .containsExactly(true, false, true);
    assertThat(List.of(gemma3.windowed(0), gemma3.windowed(4), gemma3.windowed(5)))
        .containsExactly(true, true, false);
    assertThat(llama.windowed(0)).isFalse();
  }

  @Test
  void turnsWindowsOfGemma3ByAnotherBase_unscaled() throws Exception {
    NetworkShape shape = NetworkShape.of(read(RandomModel.of("gemma3", 1)));

    assertThat(shape.positions()).isEqualTo(new NetworkShape.Turning(300, 0.5));
    assertThat(shape.windowPositions()).isEqualTo(new NetworkShape.Turning(10_000, 1));
  }

  @Test
  void refusesWhatItDoesNotCompute_andNamesIt() throws Exception {
    refuses(RandomModel.of("llama", 1).put("llama.expert_count", 8), "llama.expert_count");
    refuses(
        RandomModel.of("qwen2", 1).put("qwen2.rope.scaling.type", "yarn"),
        "qwen2.rope.scaling.type is yarn");
    refuses(RandomModel.of("llama", 1).put("llama.attention.scale", 2f), "llama.attention.scale");
    refuses(
        RandomModel.of("gemma3", 1).put("gemma3.attention.sliding_window_pattern", 4),
        "sliding_window_pattern");
    refuses(
        RandomModel.of("llama", 1)
            .tensor("blk.0.attn_qkv.weight", TensorType.F32, new long[] {32}, new float[32]),
        "blk.0.attn_qkv.weight");
    refuses(
        new GgufWriter()
            .put("general.architecture", "mamba")
            .put("mamba.context_length", 8)
            .put("mamba.embedding_length", 1)
            .put("mamba.block_count", 1)
            .put("tokenizer.ggml.model", "llama")
            .put(
                "tokenizer.ggml.tokens", org.peermind.model.GgufValue.Array.ofStrings(List.of("a")))
            .tensor("token_embd.weight", TensorType.F32, new long[] {1, 1}, new float[1]),
        "mamba");
  }

  @Test
  void acceptsKeysThatSayNothingNew() throws Exception {
    GgufFile model =
        read(
            RandomModel.of("qwen2", 1)
                .put("qwen2.expert_count", 0)
                .put("qwen2.attention.sliding_window", 9)
                .put("qwen2.attention.causal", true));

    assertThat(NetworkShape.of(model).windowed(0)).isFalse();
    assertThat(NetworkTensors.of(model, NetworkShape.of(model))).hasSize(2 + 2 * 12);
  }
}
