// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.testkit.Property;

/// Messages of a round on a disk that loses power or bits.
final class TranscriptFileTest {
  private static final IdentityKey KEY = IdentityKey.generate(new SecureRandom());

  @TempDir private Path folder;
  private Path file;
  private final List<SignedEnvelope> some = new ArrayList<>();

  @BeforeEach
  void draw() {
    file = folder.resolve("rounds").resolve("one");
    for (int message = 1; message <= 5; message++) {
      some.add(SignedEnvelope.seal(KEY, "sample", new byte[20 * message]));
    }
  }

  private void write(List<SignedEnvelope> messages) throws IOException {
    try (TranscriptFile transcript = TranscriptFile.open(file)) {
      for (SignedEnvelope message : messages) {
        transcript.append(message);
      }
    }
  }

  private List<SignedEnvelope> reopened() throws IOException {
    try (TranscriptFile transcript = TranscriptFile.open(file)) {
      return transcript.messages();
    }
  }

  @Test
  void keepsWhatWasWritten_inItsOrder() throws Exception {
    write(some.subList(0, 2));
    write(some.subList(2, 5));
    assertThat(reopened()).isEqualTo(some);
    assertThat(TranscriptFile.read(file)).isEqualTo(some);
  }

  @Test
  void cutsOffAMessageThatAPowerFailureTore_whereverItTore() throws Exception {
    write(some.subList(0, 3));
    long whole = Files.size(file);
    write(some.subList(3, 4));
    byte[] bytes = Files.readAllBytes(file);
    for (int length = (int) whole; length < bytes.length; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThat(TranscriptFile.read(file)).isEqualTo(some.subList(0, 3));
      assertThat(reopened()).isEqualTo(some.subList(0, 3));
      assertThat(Files.size(file)).isEqualTo(whole);
    }
  }

  @Test
  void cutsOffAMessageWhoseBytesNeverReachedTheDisk() throws Exception {
    write(some.subList(0, 3));
    long whole = Files.size(file);
    write(some.subList(3, 4));
    byte[] bytes = Files.readAllBytes(file);
    for (int hole = (int) whole; hole < bytes.length; hole += 7) {
      byte[] torn = bytes.clone();
      Arrays.fill(torn, hole, torn.length, (byte) 0);
      Files.write(file, torn);
      assertThat(reopened()).isEqualTo(some.subList(0, 3));
      write(some.subList(4, 5));
      assertThat(reopened()).containsExactly(some.get(0), some.get(1), some.get(2), some.get(4));
    }
  }

  @Test
  void refusesAChangedBitBeforeTheLastMessage_andCutsNothingOff() throws Exception {
    write(some.subList(0, 4));
    int last = (int) Files.size(file);
    write(some.subList(4, 5));
    byte[] bytes = Files.readAllBytes(file);
    Property.forAll(
        1,
        150,
        random -> {
          byte[] changed = bytes.clone();
          int bit = random.nextInt(8 * last);
          changed[bit / 8] ^= (byte) (1 << bit % 8);
          Files.write(file, changed);
          assertThatThrownBy(this::reopened)
              .isInstanceOf(IOException.class)
              .hasMessageContaining(file + " is damaged at byte ");
          assertThatThrownBy(() -> TranscriptFile.read(file)).hasMessageContaining("is damaged");
          assertThat(Files.readAllBytes(file)).isEqualTo(changed);
        });
  }

  @Test
  void refusesWhatIsTooLongForTornBytes() throws Exception {
    write(some.subList(0, 1));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length + TranscriptFile.MESSAGE_BYTES_MAX + 9));
    assertThatThrownBy(this::reopened).hasMessageContaining("is damaged");
  }

  @Test
  void refusesMessagesThatAreTooLarge_andGoesOn() throws Exception {
    byte[] padding = new byte[TranscriptFile.MESSAGE_BYTES_MAX];
    SignedEnvelope padded =
        SignedEnvelope.ofBytes(
            some.getFirst().wire().toBuilder()
                .setUnknownFields(
                    UnknownFieldSet.newBuilder()
                        .addField(
                            99,
                            UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFrom(padding))
                                .build())
                        .build())
                .build()
                .toByteArray());
    try (TranscriptFile transcript = TranscriptFile.open(file)) {
      assertThatThrownBy(() -> transcript.append(padded)).hasMessageContaining("does not fit");
      transcript.append(some.getFirst());
      assertThat(transcript.messages()).containsExactly(some.getFirst());
    }
    assertThat(reopened()).containsExactly(some.getFirst());
  }

  @Test
  void goesOnWithACopy() throws Exception {
    try (TranscriptFile copy = TranscriptFile.openCopy(file)) {
      copy.append(some.getFirst());
    }
    try (TranscriptFile copy = TranscriptFile.openCopy(file)) {
      copy.append(some.get(1));
    }
    assertThat(reopened()).isEqualTo(some.subList(0, 2));
  }

  @Test
  void saysSo_whenAMessageIsNotOnTheDisk() throws Exception {
    TranscriptFile transcript = TranscriptFile.open(file);
    transcript.append(some.getFirst());
    transcript.close();
    assertThatThrownBy(() -> transcript.append(some.get(1))).isInstanceOf(IOException.class);
    assertThat(transcript.messages()).containsExactly(some.getFirst());
    assertThat(reopened()).containsExactly(some.getFirst());
  }
}
