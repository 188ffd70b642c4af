// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.protocol.governance.Digest;
import org.peermind.testkit.Property;

final class TokenFileTest {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("tokens");
  }

  @Test
  void readsBackWhatWasWritten() {
    Property.forAll(
        1,
        20,
        random -> {
          List<TokenSequence> written = sequences(random);
          TokenFile.write(file(), written);
          try (TokenFile tokens = TokenFile.open(file())) {
            List<TokenSequence> read = new ArrayList<>();
            for (int i = 0; i < tokens.sequences(); i++) {
              read.add(tokens.sequence(i));
            }
            assertThat(read).isEqualTo(written);
            assertThat(tokens.tokens())
                .isEqualTo(written.stream().mapToInt(TokenSequence::length).sum());
            assertThat(tokens.longest())
                .isEqualTo(written.stream().mapToInt(TokenSequence::length).max().orElseThrow());
            assertThat(tokens.highest())
                .isEqualTo(written.stream().mapToInt(TokenSequence::highest).max().orElseThrow());
            assertThat(tokens.sha256()).isEqualTo(Digest.over(Files.readAllBytes(file())));
          }
        });
  }

  private static List<TokenSequence> sequences(RandomGenerator random) {
    List<TokenSequence> sequences = new ArrayList<>();
    int count = random.nextInt(1, 40);
    for (int i = 0; i < count; i++) {
      int length = random.nextInt(20) == 0 ? TokenSequence.TOKENS_MAX : random.nextInt(2, 60);
      int[] tokens = random.ints(length, 0, 100_000).toArray();
      boolean[] counted = new boolean[length];
      counted[random.nextInt(1, length)] = true;
      for (int j = 0; j < length; j++) {
        counted[j] |= random.nextBoolean();
      }
      sequences.add(TokenSequence.of(tokens, counted));
    }
    return sequences;
  }

  @Test
  void hasTheFormThatIsWrittenDown() throws IOException {
    TokenFile.write(
        file(), List.of(TokenSequence.of(new int[] {7, 300}, new boolean[] {true, true})));

    byte[] expected = {
      'P', 'M', 'T', 'O', 'K', '1', '\n', 0, 1, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 44, 1, 0, 0, 0, 1
    };
    assertThat(Files.readAllBytes(file())).isEqualTo(expected);
  }

  @Test
  void isReadableByItsOwnerAlone() throws IOException {
    TokenFile.write(file(), List.of(TokenSequence.of(1, 2)));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void keepsTheFileBefore_whenASequenceHasNothingToLearn() throws IOException {
    TokenFile.write(file(), List.of(TokenSequence.of(1, 2)));
    byte[] before = Files.readAllBytes(file());

    assertThatThrownBy(
            () ->
                TokenFile.write(
                    file(), List.of(TokenSequence.of(new int[] {1, 2}, new boolean[2]))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("sequence 1 has no token to learn");
    assertThatThrownBy(() -> TokenFile.write(file(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);

    assertThat(Files.readAllBytes(file())).isEqualTo(before);
    assertThat(folder).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void refusesEveryFileThatWasCutOrLengthened() throws IOException {
    TokenFile.write(file(), List.of(TokenSequence.of(1, 2, 3), TokenSequence.of(4, 5)));
    byte[] whole = Files.readAllBytes(file());

    for (int length = 0; length <= whole.length + 3; length++) {
      Files.write(file(), Arrays.copyOf(whole, length));
      if (length != whole.length) {
        assertThatThrownBy(() -> TokenFile.open(file()).close())
            .as("%d bytes", length)
            .isInstanceOf(IOException.class)
            .hasMessageContaining("is no token file: ");
      }
    }
  }

  @Test
  void refusesOrReadsEveryFileOfWhichOneByteWasChanged() throws IOException {
    TokenFile.write(file(), List.of(TokenSequence.of(1, 2, 3), TokenSequence.of(4, 5)));
    byte[] whole = Files.readAllBytes(file());

    for (int at = 0; at < whole.length; at++) {
      for (int value : new int[] {1, 2, 127, 128, 255}) {
        byte[] changed = whole.clone();
        changed[at] ^= (byte) value;
        Files.write(file(), changed);
        try (TokenFile tokens = TokenFile.open(file())) {
          for (int i = 0; i < tokens.sequences(); i++) {
            assertThat(tokens.sequence(i).countedTokens()).isPositive();
          }
        } catch (IOException refused) {
          assertThat(refused).hasMessageContaining("is no token file: ");
        }
      }
    }
  }

  @Test
  void takesNoMemoryForSequencesThatAreNotThere() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(new byte[] {'P', 'M', 'T', 'O', 'K', '1', '\n', 0}).putInt(TokenFile.SEQUENCES_MAX);
    Files.write(file(), bytes.array());

    assertThatThrownBy(() -> TokenFile.open(file()).close())
        .hasMessageContaining("it is too short for 4194304 sequences");
  }

  @Test
  void saysThatTheFileIsMissing() {
    assertThatThrownBy(() -> TokenFile.open(file()).close())
        .hasMessage("The token file " + file() + " does not exist.");
  }

  @Test
  void refusesASequence_whenTheFileWasChangedMeanwhile() throws IOException {
    TokenFile.write(file(), List.of(TokenSequence.of(1, 2, 3)));
    try (TokenFile tokens = TokenFile.open(file())) {
      byte[] bytes = Files.readAllBytes(file());
      bytes[16] = 9;
      Files.write(file(), bytes);

      assertThatThrownBy(() -> tokens.sequence(0)).hasMessageContaining("was changed");

      Files.write(file(), Arrays.copyOf(bytes, 20));
      assertThatThrownBy(() -> tokens.sequence(0)).hasMessageContaining("was changed");
    }
  }

  @Test
  void tellsNoTokensAboutASequence() {
    assertThat(TokenSequence.of(4711, 4712)).hasToString("TokenSequence[2 tokens]");
  }

  @Test
  void givesTheFirstTokenNoPrediction() {
    assertThat(TokenSequence.of(1, 2, 3).counted(0)).isFalse();
    assertThat(TokenSequence.of(1, 2, 3).countedTokens()).isEqualTo(2);
  }
}
