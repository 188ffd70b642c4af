// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.GgufValue;
import org.peermind.model.GgufWriter;
import org.peermind.model.ModelDigest;
import org.peermind.model.TensorType;
import org.peermind.protocol.ModelHash;
import org.peermind.testkit.Property;

class LoraAdapterFileTest {
  private static final String Q = "blk.0.attn_q.weight";
  private static final float[] FOUR = {1, -2, 3, 0.5f};

  @TempDir Path directory;

  @Test
  void readsBackWhatItWrote() {
    Property.forAll(
        1,
        40,
        random -> {
          LoraAdapter adapter = RandomAdapters.any(random);
          Path file = directory.resolve("adapter.gguf");

          ModelHash hash = LoraAdapterFile.write(file, adapter);

          assertThat(LoraAdapterFile.read(file)).isEqualTo(adapter);
          assertThat(ModelDigest.sha256(file)).isEqualTo(hash);
        });
    assertThat(directory).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void writesTheSameBytesEverywhere() throws Exception {
    LoraMatrix q = new LoraMatrix(Q, 2, 2, 2, FOUR, FOUR);
    LoraMatrix k = new LoraMatrix("blk.0.attn_k.weight", 2, 1, 2, FOUR, new float[] {7, -0f});
    Map<String, String> notes = Map.of(LoraAdapter.TRANSCRIPT_ROOT, "00", "era", "3");

    ModelHash first = write("1.gguf", LoraAdapter.of("llama", List.of(q, k), notes));
    ModelHash second = write("2.gguf", LoraAdapter.of("llama", List.of(k, q), notes));

    assertThat(second).isEqualTo(first);
    assertThat(first.hex())
        .isEqualTo("e25d68180ec22e4d053242c6c0dba21937c60b04a81572af7405eafa24b247c4");
  }

  @Test
  void saysWhatTheEngineAsksFor() throws Exception {
    LoraMatrix q = new LoraMatrix(Q, 4, 2, 2, new float[8], FOUR);
    write("a.gguf", LoraAdapter.of("qwen2", List.of(q), Map.of("era", "3")));

    GgufFile file = GgufReader.read(directory.resolve("a.gguf"), "adapter file", 1 << 20);

    assertThat(file.text("general.type")).contains("adapter");
    assertThat(file.architecture()).isEqualTo("qwen2");
    assertThat(file.text("adapter.type")).contains("lora");
    assertThat(file.metadata())
        .containsEntry("adapter.lora.alpha", new GgufValue.Fraction(GgufValue.Kind.FLOAT32, 2));
    assertThat(file.text("peermind.era")).contains("3");
    assertThat(file.tensors())
        .extracting(tensor -> tensor.name() + tensor.dimensions())
        .containsExactly(Q + ".lora_a[4, 2]", Q + ".lora_b[2, 2]");
  }

  @Test
  void refusesWhatIsNoSuchAdapter() throws Exception {
    assertRefused(head("llama", 2), "tensor count is 0");
    assertRefused(valid().put("general.name", "x"), "general.name is none of an adapter");
    assertRefused(valid().put("peermind.x", 3), "peermind.x is none of an adapter");
    assertRefused(valid().put("peermind.X", "x"), "a note has a name");
    assertRefused(valid().put("peermind.x", "\u2600"), "a note has a name");
    assertRefused(halves(head("llama", 4)), "which do not fit the rank 4");
    assertRefused(halves(head("llama", 0)), "adapter.lora.alpha is no whole number");
    assertRefused(halves(head("llama", 1.5f)), "adapter.lora.alpha is no whole number");
    assertRefused(halves(head("llama", Float.NaN)), "adapter.lora.alpha is no whole number");
    assertRefused(halves(head("llama", 4097)), "adapter.lora.alpha is no whole number");
    assertRefused(halves(head("a model", 2)), "printable characters without spaces");
    assertRefused(halves(new GgufWriter().put("general.type", "model")), "not \"adapter\"");
    assertRefused(halves(new GgufWriter().put("general.architecture", "llama")), "general.type");
    assertRefused(
        halves(new GgufWriter().put("general.type", "adapter").put("adapter.type", "dora")),
        "adapter.type is not \"lora\"");
    assertRefused(
        halves(
            new GgufWriter()
                .put("general.type", "adapter")
                .put("adapter.type", "lora")
                .put("adapter.lora.alpha", 2f)),
        "general.architecture is missing");
    assertRefused(
        halves(
            new GgufWriter()
                .put("general.type", "adapter")
                .put("adapter.type", "lora")
                .put("general.architecture", "llama")
                .put("adapter.lora.alpha", 2)),
        "adapter.lora.alpha is no whole number");
  }

  @Test
  void refusesTensorsThatDoNotBelong() throws Exception {
    long[] square = {2, 2};
    assertRefused(
        head("llama", 2).tensor(Q + ".lora_a", TensorType.F32, square, FOUR), "has no .lora_b");
    assertRefused(
        head("llama", 2).tensor(Q + ".lora_b", TensorType.F32, square, FOUR), "has no .lora_a");
    assertRefused(
        valid().tensor("blk.0.attn_norm.weight", TensorType.F32, square, FOUR),
        "neither .lora_a nor .lora_b");
    assertRefused(
        valid().tensor("x.weight.lora_a", TensorType.F16, square, FOUR), "no matrix of type F32");
    assertRefused(
        valid().tensor("x.weight.lora_a", TensorType.F32, new long[] {4}, FOUR),
        "no matrix of type F32");
    assertRefused(pair(valid(), "token_embd.weight", FOUR), "none that an adapter can change");
    assertRefused(pair(valid(), "x.bias", FOUR), "none that an adapter can change");
    assertRefused(
        pair(valid(), "x.weight", new float[] {1, 2, Float.NEGATIVE_INFINITY, 4}),
        "number 2 of x.weight.lora_a is not finite");
    assertRefused(
        valid()
            .tensor("x.weight.lora_a", TensorType.F32, square, FOUR)
            .tensor("x.weight.lora_b", TensorType.F32, new long[] {4, 1}, FOUR),
        "which do not fit the rank 2");
    assertRefused(
        head("llama", 1)
            .tensor(
                Q + ".lora_a",
                TensorType.F32,
                new long[] {1 + (1 << 20), 1},
                new float[1 + (1 << 20)])
            .tensor(Q + ".lora_b", TensorType.F32, new long[] {1, 1}, new float[1]),
        "a side longer than 1048576");
  }

  @Test
  void refusesFilesThatAreTooLong_orCarrySomethingBeside() throws Exception {
    Path file = directory.resolve("a.gguf");
    valid().write(file);
    byte[] bytes = Files.readAllBytes(file);

    Files.write(file, Arrays.copyOf(bytes, (4 << 20) + 1024));
    assertRefused(file, "belong to no tensor");

    try (var out = Files.newByteChannel(file, java.nio.file.StandardOpenOption.WRITE)) {
      out.position(LoraAdapterFile.BYTES_MAX);
      out.write(java.nio.ByteBuffer.allocate(1)); // a hole, no real bytes
    }
    assertRefused(file, "it has 268435457 bytes, more than 268435456");

    Files.delete(file);
    assertRefused(file, "There is no adapter file at");
  }

  @Test
  void neverFailsOtherwise_whateverBytesAreChanged() throws Exception {
    Path file = directory.resolve("a.gguf");
    LoraAdapterFile.write(file, RandomAdapters.any(new SplittableRandom(3)));
    byte[] valid = Files.readAllBytes(file);
    int[] refused = {0};

    Property.forAll(
        1,
        400,
        random -> {
          byte[] bytes = valid.clone();
          for (int i = 0; i < 1 + random.nextInt(3); i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
          }
          Files.write(file, random.nextInt(4) > 0 ? bytes : cut(bytes, random.nextInt(600)));
          try {
            LoraAdapter read = LoraAdapterFile.read(file);
            assertThat(read.matrices()).isNotEmpty();
          } catch (GgufException e) {
            assertThat(e.getMessage()).startsWith("The adapter file").endsWith(".");
            refused[0]++;
          }
        });

    assertThat(refused[0]).isBetween(150, 399);
  }

  @Test
  void keepsTheOldFile_whenTheNewOneCannotBeWritten() throws Exception {
    LoraAdapter adapter = RandomAdapters.any(new SplittableRandom(4));
    Path occupied = directory.resolve("a.gguf");
    Files.createDirectories(occupied.resolve("b"));

    assertThatThrownBy(() -> LoraAdapterFile.write(occupied, adapter))
        .isInstanceOf(java.io.IOException.class);

    try (Stream<Path> left = Files.list(directory)) {
      assertThat(left).containsExactly(occupied);
    }
  }

  private static byte[] cut(byte[] bytes, int length) {
    return Arrays.copyOf(bytes, Math.min(length, bytes.length));
  }

  private ModelHash write(String name, LoraAdapter adapter) throws Exception {
    return LoraAdapterFile.write(directory.resolve(name), adapter);
  }

  private static GgufWriter valid() {
    return halves(head("llama", 2));
  }

  private static GgufWriter head(String architecture, float alpha) {
    return new GgufWriter()
        .put("general.type", "adapter")
        .put("general.architecture", architecture)
        .put("adapter.type", "lora")
        .put("adapter.lora.alpha", alpha);
  }

  private static GgufWriter halves(GgufWriter writer) {
    return pair(writer, Q, FOUR);
  }

  private static GgufWriter pair(GgufWriter writer, String name, float[] numbers) {
    long[] square = {2, 2};
    return writer
        .tensor(name + ".lora_a", TensorType.F32, square, numbers)
        .tensor(name + ".lora_b", TensorType.F32, square, numbers);
  }

  private void assertRefused(GgufWriter writer, String reason) throws Exception {
    Path file = directory.resolve("hostile.gguf");
    writer.write(file);
    assertRefused(file, reason);
  }

  private static void assertRefused(Path file, String reason) {
    assertThatThrownBy(() -> LoraAdapterFile.read(file))
        .isInstanceOf(GgufException.class)
        .hasMessageContaining("adapter file")
        .hasMessageContaining(reason);
  }
}
