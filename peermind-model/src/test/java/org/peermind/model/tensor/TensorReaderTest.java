// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.GgufTensor;
import org.peermind.model.GgufValue;
import org.peermind.model.GgufWriter;
import org.peermind.model.TensorType;

class TensorReaderTest {
  private static final int IN = 32;
  private static final int OUT = 6;

  @TempDir Path directory;

  @Test
  void readsTensorsAndRows() throws Exception {
    try (TensorReader reader = TensorReader.open(model())) {
      GgufTensor halves = reader.tensor("halves").orElseThrow();

      assertThat(reader.read(halves)).isEqualTo(ramp(IN * OUT));
      assertThat(reader.rows(halves, 2, 3))
          .isEqualTo(Arrays.copyOfRange(ramp(IN * OUT), 2 * IN, 5 * IN));
      assertThat(reader.rows(halves, OUT, 0)).isEmpty();
      float[] target = new float[2 * IN];
      reader.rows(halves, 5, 1, target, IN);
      assertThat(Arrays.copyOfRange(target, IN, 2 * IN))
          .isEqualTo(Arrays.copyOfRange(ramp(IN * OUT), 5 * IN, 6 * IN));
      assertThat(reader.bytes(halves).byteSize()).isEqualTo(2L * IN * OUT);
      assertThat(reader.bytes(halves).isReadOnly()).isTrue();
      assertThat(reader.tensor("none")).isEmpty();
    }
  }

  @Test
  void countsRowsThroughFurtherDimensions() throws Exception {
    try (TensorReader reader = TensorReader.open(model())) {
      GgufTensor cube = reader.tensor("cube").orElseThrow();

      assertThat(reader.rows(cube, 5, 1)).isEqualTo(Arrays.copyOfRange(ramp(24), 20, 24));
    }
  }

  @Test
  void refusesRowsThatTheTensorHasNot() throws Exception {
    try (TensorReader reader = TensorReader.open(model())) {
      GgufTensor halves = reader.tensor("halves").orElseThrow();
      for (long[] range :
          new long[][] {{-1, 1}, {0, OUT + 1}, {OUT, 1}, {1, Long.MAX_VALUE}, {0, -1}}) {
        assertThatThrownBy(() -> reader.rows(halves, range[0], range[1]))
            .isInstanceOf(IndexOutOfBoundsException.class);
      }
      assertThatThrownBy(() -> reader.rows(halves, 0, 2, new float[IN], 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void refusesTensorOfAnotherFile_andTypeThatCannotBeDecoded() throws Exception {
    try (TensorReader reader = TensorReader.open(model())) {
      GgufTensor halves = reader.tensor("halves").orElseThrow();
      GgufTensor moved =
          new GgufTensor(
              "halves", TensorType.F16, halves.dimensions(), halves.elements(), 1 << 30, 384);

      assertThatThrownBy(() -> reader.read(moved)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> reader.bytes(moved)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> reader.read(reader.tensor("odd").orElseThrow()))
          .isInstanceOf(GgufException.class)
          .hasMessageContaining("odd")
          .hasMessageContaining("Q4_1");
    }
  }

  @Test
  void refusesToReadAtOnceWhatNoArrayHolds() throws Exception {
    long rows = (1L << 31) / IN;
    Path path = directory.resolve("huge.gguf");
    writer().tensor("z", TensorType.F32, new long[] {1}, new float[] {1}).write(path);
    GgufFile small = GgufReader.read(path);
    long start = (small.fileBytes() + 31) / 32 * 32;
    long bytes = rows * IN / 32 * TensorType.Q8_0.blockBytes();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.write(java.nio.ByteBuffer.allocate(1), start + bytes - 1); // a hole, no real bytes
    }
    GgufTensor huge =
        new GgufTensor("huge", TensorType.Q8_0, List.of((long) IN, rows), rows * IN, start, bytes);
    GgufFile file = new GgufFile(path, 3, Files.size(path), small.metadata(), List.of(huge));

    try (TensorReader reader = TensorReader.open(file)) {
      assertThatThrownBy(() -> reader.read(huge))
          .isInstanceOf(GgufException.class)
          .hasMessageContaining("2147483648 elements")
          .hasMessageContaining("fewer rows");
      assertThat(reader.rows(huge, rows - 2, 2)).isEqualTo(new float[2 * IN]);
    }
  }

  @Test
  void refusesFileThatChangedItsLength_orIsGone() throws Exception {
    GgufFile file = model();
    Files.write(file.path(), new byte[1], StandardOpenOption.APPEND);
    assertThatThrownBy(() -> TensorReader.open(file).close())
        .isInstanceOf(GgufException.class)
        .hasMessageContaining("check it again");

    Files.delete(file.path());
    assertThatThrownBy(() -> TensorReader.open(file).close())
        .isInstanceOf(GgufException.class)
        .hasMessageContaining("cannot be read");
  }

  @Test
  void readsNothing_onceClosed() throws Exception {
    TensorReader reader = TensorReader.open(model());
    GgufTensor halves = reader.tensor("halves").orElseThrow();
    reader.close();

    assertThatThrownBy(() -> reader.read(halves)).isInstanceOf(IllegalStateException.class);
  }

  private GgufFile model() throws Exception {
    Path path = directory.resolve("tiny.gguf");
    writer()
        .tensor("halves", TensorType.F16, new long[] {IN, OUT}, ramp(IN * OUT))
        .tensor("cube", TensorType.BF16, new long[] {4, 3, 2}, ramp(24))
        .tensor("odd", TensorType.Q4_1, new long[] {32}, new byte[20])
        .write(path);
    return GgufReader.read(path);
  }

  private static GgufWriter writer() {
    return new GgufWriter()
        .put("general.architecture", "llama")
        .put("llama.context_length", 128)
        .put("llama.embedding_length", IN)
        .put("llama.block_count", 1)
        .put("tokenizer.ggml.model", "llama")
        .put("tokenizer.ggml.tokens", GgufValue.Array.ofStrings(List.of("a", "b")))
        .tensor("token_embd.weight", TensorType.F32, new long[] {IN, 2}, ramp(2 * IN));
  }

  private static float[] ramp(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i % 200 - 100;
    }
    return values;
  }
}
