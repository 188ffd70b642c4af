// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.testkit.Property;

class GgufReaderTest {
  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("tiny.gguf");
  }

  @Test
  void readsBackWhatTheWriterWrote() throws Exception {
    TinyModels.valid().write(file);

    GgufFile gguf = GgufReader.read(file);

    assertThat(gguf.architecture()).isEqualTo("llama");
    assertThat(gguf.name()).isEqualTo("tiny");
    assertThat(gguf.contextTokens()).isEqualTo(128);
    assertThat(gguf.vocabularySize()).isEqualTo(5);
    assertThat(gguf.chatTemplate()).contains("{{ messages }}");
    assertThat(gguf.parameterCount()).isEqualTo(BigInteger.valueOf(160 + 32 + 1024 + 64));
    assertThat(gguf.quantization()).isEqualTo(TensorType.Q8_0);
    assertThat(gguf.fileBytes()).isEqualTo(Files.size(file));
    assertThat(gguf.array("tokenizer.ggml.tokens").orElseThrow().strings())
        .isEqualTo(TinyModels.TOKENS);
    assertThat(gguf.array("tokenizer.ggml.token_type").orElseThrow().ints())
        .containsExactly(2, 3, 3, 1, 1);
    byte[] bytes = Files.readAllBytes(file);
    GgufTensor norm = gguf.tensors().get(1);
    assertThat(Arrays.copyOfRange(bytes, (int) norm.offset(), (int) (norm.offset() + norm.bytes())))
        .isEqualTo(TensorEncoding.encode(TensorType.F32, TinyModels.ramp(32)));
  }

  @Test
  void writesTheSameBytesTwice() throws IOException {
    TinyModels.valid().write(file);
    Path second = directory.resolve("second.gguf");
    TinyModels.valid().write(second);

    assertThat(Files.mismatch(file, second)).isEqualTo(-1);
  }

  @Test
  void acceptsVersionTwo() throws Exception {
    TinyModels.valid().write(file);
    overwrite(4, ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(2).array());

    assertThat(GgufReader.read(file).version()).isEqualTo(2);
  }

  @Test
  void refusesEveryTruncation() throws IOException {
    TinyModels.valid().write(file);
    byte[] whole = Files.readAllBytes(file);
    int lastByteOfTensors = whole.length;
    for (int length = 0; length < lastByteOfTensors; length += length < 1200 ? 1 : 97) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> GgufReader.read(file)).isInstanceOf(GgufException.class);
    }
  }

  @Test
  void refusesWhatIsNotThere() {
    assertRefused("There is no model file at");
  }

  @Test
  void refusesAFolder() throws IOException {
    Files.createDirectory(file);
    assertRefused("There is no model file at");
  }

  @Test
  void refusesOtherFormats() throws IOException {
    Files.writeString(file, "PK\u0003\u0004" + "x".repeat(200));
    assertRefused("no GGUF file");
  }

  @Test
  void refusesUnknownVersions() throws IOException {
    TinyModels.valid().write(file);
    overwrite(4, new byte[] {0, 0, 0, 3});
    assertRefused("only the little-endian versions 2 and 3");
  }

  @Test
  void refusesHugeCounts() throws IOException {
    for (int at : new int[] {8, 16}) {
      TinyModels.valid().write(file);
      overwrite(at, longBytes(Long.MAX_VALUE));
      assertRefused("count is 9223372036854775807");
      overwrite(at, longBytes(-1));
      assertRefused("count is 18446744073709551615");
    }
  }

  @Test
  void refusesSizesBeyondSixtyFourBits() throws IOException {
    TinyModels.valid().write(file);
    int info = indexOf("output_norm.weight") + "output_norm.weight".length();
    overwrite(info + 4, longBytes(1L << 62));
    assertRefused("beyond 64 bits");
  }

  @Test
  void refusesTensorsBeyondTheFile() throws IOException {
    TinyModels.valid().write(file);
    int info = indexOf("output_norm.weight") + "output_norm.weight".length();
    overwrite(info + 4, longBytes(1L << 40));
    assertRefused("ends beyond the file");
    TinyModels.valid().write(file);
    overwrite(info + 16, longBytes(1L << 62));
    assertRefused("ends beyond the file");
  }

  @Test
  void refusesOverlappingTensors() throws IOException {
    TinyModels.valid().write(file);
    int info = indexOf("output_norm.weight") + "output_norm.weight".length();
    overwrite(info + 16, longBytes(32));
    assertRefused("overlap");
  }

  @Test
  void refusesMisalignedTensors() throws IOException {
    TinyModels.valid().write(file);
    int info = indexOf("output_norm.weight") + "output_norm.weight".length();
    overwrite(info + 16, longBytes(641));
    assertRefused("no multiple of the alignment");
  }

  @Test
  void refusesUnknownTensorTypes() throws IOException {
    TinyModels.valid().write(file);
    int info = indexOf("output_norm.weight") + "output_norm.weight".length();
    overwrite(info + 12, new byte[] {4, 0, 0, 0});
    assertRefused("unknown type 4");
  }

  @Test
  void refusesAlignmentsThatAreNoPowerOfTwo() throws IOException {
    TinyModels.valid().put("general.alignment", 48).write(file);
    assertRefused("general.alignment");
  }

  @Test
  void refusesDuplicateKeys() throws IOException {
    TinyModels.valid().put("general.nama", "x").write(file);
    overwrite(indexOf("general.nama"), "general.name".getBytes(StandardCharsets.US_ASCII));
    assertRefused("general.name appears twice");
  }

  @Test
  void refusesDuplicateTensors() throws IOException {
    TinyModels.valid().write(file);
    overwrite(indexOf("attn_k.weight"), "attn_q".getBytes(StandardCharsets.US_ASCII));
    assertRefused("blk.0.attn_q.weight appears twice");
  }

  @Test
  void refusesNestedArrays() throws IOException {
    TinyModels.valid().put("nested", GgufValue.Array.ofInts(new int[] {7})).write(file);
    overwrite(indexOf("nested") + 6 + 4, new byte[] {9, 0, 0, 0});
    assertRefused("holds arrays");
  }

  @Test
  void refusesStringsOverOneMebibyte() throws IOException {
    TinyModels.valid().put("long", "x".repeat((1 << 20) + 1)).write(file);
    assertRefused("more than 1048576");
  }

  @Test
  void refusesMetadataOverSixtyFourMebibytes() throws IOException {
    GgufWriter writer = TinyModels.valid();
    for (int i = 0; i < 5; i++) {
      writer.put("filler" + i, GgufValue.Array.ofInts(new int[(14 << 20) / 4]));
    }
    writer.write(file);
    assertRefused("needs 14680064 bytes where only");
  }

  @Test
  void refusesAModelWithoutItsTokenizer() throws IOException {
    new GgufWriter()
        .put("general.architecture", "llama")
        .put("llama.context_length", 128)
        .put("llama.embedding_length", 32)
        .put("llama.block_count", 1)
        .tensor("token_embd.weight", TensorType.F32, new long[] {32, 5}, TinyModels.ramp(160))
        .write(file);
    assertRefused("tokenizer.ggml.model is missing");
  }

  @Test
  void refusesATokenOutsideTheVocabulary() throws IOException {
    TinyModels.valid().put("tokenizer.ggml.eos_token_id", 5).write(file);
    assertRefused("tokenizer.ggml.eos_token_id names no token");
  }

  @Test
  void refusesATokenThatAppearsTwice() throws IOException {
    TinyModels.valid().write(file);
    overwrite(indexOf("shine"), "<unk>".getBytes(StandardCharsets.US_ASCII));
    assertRefused("token 4 of the vocabulary appears twice");
  }

  @Test
  void refusesMutantsInOneSentenceOrReadsThem() throws IOException {
    TinyModels.valid().write(file);
    byte[] whole = Files.readAllBytes(file);
    int headBytes = 1400;
    Property.forAll(
        1,
        6_000,
        random -> {
          byte[] mutant = whole.clone();
          int mutations = 1 + random.nextInt(4);
          for (int i = 0; i < mutations; i++) {
            int at = random.nextInt(random.nextInt(8) == 0 ? mutant.length : headBytes);
            switch (random.nextInt(4)) {
              case 0 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
              case 1 -> mutant[at] = (byte) random.nextInt(256);
              case 2 -> {
                long[] edges = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 1L << 31, 1 << 20, 0};
                byte[] edge = longBytes(edges[random.nextInt(edges.length)]);
                System.arraycopy(edge, 0, mutant, Math.min(at, mutant.length - 8), 8);
              }
              default -> mutant = Arrays.copyOf(mutant, Math.max(8, at));
            }
            if (mutant.length < headBytes) {
              break;
            }
          }
          Files.write(file, mutant);
          try {
            GgufFile read = GgufReader.read(file);
            assertThat(read.tensors())
                .allMatch(tensor -> tensor.offset() + tensor.bytes() <= read.fileBytes());
          } catch (GgufException refused) {
            assertThat(refused.getMessage()).startsWith("The model file").endsWith(".");
            assertThat(refused.getMessage()).doesNotContain("\n");
          }
        });
  }

  @Test
  void encodesQ8WithinHalfAStep() {
    float[] values = TinyModels.ramp(64);
    ByteBuffer encoded =
        ByteBuffer.wrap(TensorEncoding.encode(TensorType.Q8_0, values))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int block = 0; block < 2; block++) {
      float scale = Float.float16ToFloat(encoded.getShort());
      for (int i = 0; i < 32; i++) {
        assertThat(encoded.get() * scale)
            .isCloseTo(values[32 * block + i], org.assertj.core.data.Offset.offset(0.005f));
      }
    }
  }

  @Test
  void inspectionNamesTheFacts() throws Exception {
    TinyModels.valid().write(file);

    List<String> lines = ModelInspection.of(file).lines();

    assertThat(lines)
        .contains("architecture   llama", "quantization   Q8_0", "context        128 tokens")
        .anyMatch(line -> line.startsWith("sha256         "));
  }

  private void assertRefused(String part) {
    assertThatThrownBy(() -> GgufReader.read(file))
        .isInstanceOf(GgufException.class)
        .hasMessageContaining(part)
        .hasMessageEndingWith(".");
  }

  private int indexOf(String text) throws IOException {
    int index = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).indexOf(text);
    assertThat(index).isPositive();
    return index;
  }

  private void overwrite(int at, byte[] bytes) throws IOException {
    byte[] content = Files.readAllBytes(file);
    System.arraycopy(bytes, 0, content, at, bytes.length);
    Files.write(file, content);
  }

  private static byte[] longBytes(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }
}
