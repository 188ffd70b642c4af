// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.TensorType;

class ShippedFileTest {
  private static final String FOLDER = "/org/peermind/model/demo/";
  private static final int BYTES_MAX = 4_000_000;

  @TempDir private Path directory;

  private static byte[] resource(String name) throws Exception {
    try (InputStream in = GgufFile.class.getResourceAsStream(FOLDER + name)) {
      assertThat(in).as(name).isNotNull();
      return in.readAllBytes();
    }
  }

  private GgufFile shipped() throws Exception {
    Path file = directory.resolve("peermind-demo.gguf");
    Files.write(file, resource("peermind-demo.gguf"));
    return GgufReader.read(file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"peermind-demo.gguf", "peermind-demo-small.gguf"})
  void isTheFile_whoseDigestLiesBesideIt(String name) throws Exception {
    byte[] model = resource(name);
    String line = new String(resource(name + ".sha256"), StandardCharsets.US_ASCII).strip();
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(model);

    assertThat(line).isEqualTo(HexFormat.of().formatHex(digest) + "  " + name);
    assertThat(model.length).isLessThanOrEqualTo(BYTES_MAX);
  }

  @Test
  void isALlamaModel_withAChatTemplate() throws Exception {
    GgufFile file = shipped();

    assertThat(file.architecture()).isEqualTo("llama");
    assertThat(file.name()).isEqualTo("Peermind demo");
    assertThat(file.contextTokens()).isEqualTo(512);
    assertThat(file.quantization()).isEqualTo(TensorType.F16);
    assertThat(file.chatTemplate()).contains(ChatFormat.TEMPLATE);
    assertThat(file.text("general.license")).contains("Apache-2.0");
    assertThat(file.whole("tokenizer.ggml.eos_token_id")).contains((long) Vocabulary.IM_END_ID);
  }

  @Test
  void carriesAVocabulary_thatWritesEveryConversation() throws Exception {
    Vocabulary vocabulary = Vocabulary.read(shipped());
    SpmEncoder encoder = new SpmEncoder(vocabulary);
    TrainingConversations conversations = new TrainingConversations(World.demo());
    Random random = new Random(11);

    for (int i = 0; i < 200; i++) {
      for (Conversation.Turn turn : conversations.draw(random).turns()) {
        assertThat(encoder.decode(encoder.encode(turn.text()))).isEqualTo(turn.text());
      }
    }
    String questions =
        HeldOut.questions().stream().map(Question::text).collect(Collectors.joining("\n"));
    assertThat(encoder.encode(questions).size()).isLessThan(questions.length() / 2);
  }
}
