// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.node.federated.MemberFiles.Saying;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;

/// What a member is bound to, however often it starts again.
final class MemberFilesTest {
  private static final IdentityKey KEY = IdentityKey.generate(new SecureRandom());
  private static final Digest ROUND = Digest.over(bytes("round"));
  private static final Digest OTHER = Digest.over(bytes("other"));

  @TempDir private Path folder;
  private MemberFiles files;

  @BeforeEach
  void open() {
    files = new MemberFiles(folder);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static SignedEnvelope message(String text) {
    return SignedEnvelope.seal(KEY, "sample", bytes(text));
  }

  private Path file(Digest round, String ending) {
    return folder.resolve("rounds").resolve(round.hex() + ending);
  }

  @Test
  void saysTheSameAgain_whateverItWouldSayNow() throws Exception {
    assertThat(files.said(ROUND, Saying.ENROLMENT)).isEmpty();
    SignedEnvelope first = message("it needs 20 minutes");
    assertThat(files.keep(ROUND, Saying.ENROLMENT, first)).isEqualTo(first);
    open();
    assertThat(files.keep(ROUND, Saying.ENROLMENT, message("it needs 19"))).isEqualTo(first);
    assertThat(files.said(ROUND, Saying.ENROLMENT)).contains(first);
    assertThat(files.said(ROUND, Saying.EVALUATION)).isEmpty();
    assertThat(files.said(OTHER, Saying.ENROLMENT)).isEmpty();
  }

  @Test
  void staysBoundToTheFirstUpdate() throws Exception {
    assertThat(files.update(ROUND)).isEmpty();
    files.bind(ROUND, bytes("first"), message("first commitment"));
    open();
    files.bind(ROUND, bytes("second"), message("second commitment"));
    assertThat(files.said(ROUND, Saying.COMMIT)).contains(message("first commitment"));
    assertThat(files.update(ROUND).orElseThrow()).isEqualTo(bytes("first"));
  }

  @Test
  void bindsItselfAgain_whenThePowerFailedBeforeItWasBound() throws Exception {
    files.bind(ROUND, bytes("first"), message("first commitment"));
    Files.delete(file(ROUND, ".commit"));
    files.bind(ROUND, bytes("second"), message("second commitment"));
    assertThat(files.said(ROUND, Saying.COMMIT)).contains(message("second commitment"));
    assertThat(files.update(ROUND).orElseThrow()).isEqualTo(bytes("second"));
  }

  @Test
  void saysNothingElse_whenTheDiskChangedWhatItSaid() throws Exception {
    files.keep(ROUND, Saying.COMMIT, message("commitment"));
    for (byte[] damage : new byte[][] {{}, {1, 2, 3}, new byte[40_000]}) {
      Files.write(file(ROUND, ".commit"), damage);
      assertThatThrownBy(() -> files.said(ROUND, Saying.COMMIT))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("sits the round out");
      assertThatThrownBy(() -> files.bind(ROUND, bytes("another"), message("another")))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void givesNoUpdateThatTheDiskChanged() throws Exception {
    files.bind(ROUND, bytes("update"), message("commitment"));
    Path update = files.shelf().file(Digest.over(bytes("update")));
    Files.write(update, bytes("updatf"));
    assertThat(files.update(ROUND)).isEmpty();

    Files.write(update, bytes("update"));
    assertThat(files.update(ROUND)).isPresent();
    Files.write(file(ROUND, ".vector"), bytes("Z".repeat(64)));
    assertThat(files.update(ROUND)).isEmpty();
    Files.write(file(ROUND, ".vector"), bytes("short"));
    assertThat(files.update(ROUND)).isEmpty();
  }

  @Test
  void forgetsOtherRounds_butNotWhatItSignedInThem() throws Exception {
    for (Digest round : new Digest[] {ROUND, OTHER}) {
      files.keep(round, Saying.ENROLMENT, message("enrolment"));
      files.bind(round, bytes("update of " + round), message("commitment"));
      Files.write(files.transcript(round), bytes("transcript"));
    }
    files.keepOnly(ROUND);
    try (Stream<Path> left = Files.list(folder.resolve("rounds"))) {
      assertThat(left)
          .containsExactlyInAnyOrder(
              files.transcript(ROUND),
              file(ROUND, ".vector"),
              file(ROUND, ".enrolment"),
              file(ROUND, ".commit"),
              file(OTHER, ".enrolment"),
              file(OTHER, ".commit"));
    }
  }

  @Test
  void keepsABoundedNumberOfOldMessages() throws Exception {
    Instant start = Instant.parse("2026-06-21T10:00:00Z");
    Files.createDirectories(folder.resolve("rounds"));
    for (int round = 0; round < 300; round++) {
      Path old = file(Digest.over(bytes("round " + round)), ".enrolment");
      Files.write(old, bytes("enrolment"));
      Files.setLastModifiedTime(old, FileTime.from(start.plusSeconds(round)));
    }
    files.keepOnly(ROUND);
    try (Stream<Path> left = Files.list(folder.resolve("rounds"))) {
      assertThat(left).hasSize(256);
    }
    assertThat(file(Digest.over(bytes("round 43")), ".enrolment")).doesNotExist();
    assertThat(file(Digest.over(bytes("round 44")), ".enrolment")).exists();
  }
}
