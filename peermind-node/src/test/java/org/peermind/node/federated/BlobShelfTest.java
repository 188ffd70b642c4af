// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.protocol.governance.Digest;

/// Files by their SHA-256.
final class BlobShelfTest {
  private static final Instant LONG_AGO = Instant.parse("2026-06-20T10:00:00Z");
  private static final Instant NOW = Instant.parse("2026-06-21T10:00:00Z");

  @TempDir private Path folder;
  private BlobShelf shelf;

  @BeforeEach
  void open() {
    shelf = new BlobShelf(folder.resolve("blobs"));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(BlobShelf.Piece piece) {
    return StandardCharsets.UTF_8.decode(piece.bytes().duplicate()).toString();
  }

  @Test
  void givesBackWhatItWasGiven() throws Exception {
    Digest name = shelf.put(bytes("an update"));
    assertThat(name).isEqualTo(Digest.over(bytes("an update")));
    assertThat(shelf.has(name)).isTrue();
    assertThat(shelf.find(name).orElseThrow()).isEqualTo(bytes("an update"));
    assertThat(new BlobShelf(folder.resolve("blobs")).find(name)).isPresent();
    assertThat(shelf.find(Digest.over(bytes("another")))).isEmpty();
    assertThat(shelf.has(Digest.over(bytes("another")))).isFalse();
  }

  @Test
  void leavesNothingUnfinishedBehind() throws Exception {
    Digest name = shelf.put(bytes("an update"));
    shelf.put(bytes("an update"));
    try (Stream<Path> files = Files.list(folder.resolve("blobs"))) {
      assertThat(files).containsExactly(shelf.file(name));
    }
  }

  @Test
  void refusesContentThatTheDiskChanged_andTakesItAgain() throws Exception {
    Digest name = shelf.put(bytes("an update"));
    Files.write(shelf.file(name), bytes("an updatf"));
    assertThat(shelf.find(name)).isEmpty();
    assertThat(shelf.put(bytes("an update"))).isEqualTo(name);
    assertThat(shelf.find(name).orElseThrow()).isEqualTo(bytes("an update"));
  }

  @Test
  void keepsCopiesLikewise() throws Exception {
    shelf.putCopy(bytes("a copy"));
    Digest name = Digest.over(bytes("a copy"));
    Files.write(shelf.file(name), bytes("torn"));
    assertThat(shelf.find(name)).isEmpty();
    shelf.putCopy(bytes("a copy"));
    assertThat(shelf.find(name).orElseThrow()).isEqualTo(bytes("a copy"));
  }

  @Test
  void givesPieces_andNothingBeyondTheEnd() throws Exception {
    Digest name = shelf.put(bytes("0123456789"));
    BlobShelf.Piece first = shelf.piece(name, 0, 4).orElseThrow();
    assertThat(first.total()).isEqualTo(10);
    assertThat(text(first)).isEqualTo("0123");
    assertThat(text(shelf.piece(name, 8, 4).orElseThrow())).isEqualTo("89");
    assertThat(shelf.piece(name, 10, 4)).isEmpty();
    assertThat(shelf.piece(name, -1, 4)).isEmpty();
    assertThat(shelf.piece(name, Long.MAX_VALUE, 4)).isEmpty();
    assertThat(shelf.piece(Digest.over(bytes("another")), 0, 4)).isEmpty();
  }

  @Test
  void readsNoFileThatIsLargerThanAllowed() throws Exception {
    Digest name = shelf.put(bytes("small"));
    try (var large = new RandomAccessFile(shelf.file(name).toFile(), "rw")) {
      large.setLength(BlobShelf.BYTES_MAX + 1L); // sparse: it takes no room
    }
    assertThat(shelf.find(name)).isEmpty();
  }

  @Test
  void keepsWhatIsNeeded_andWhatIsYoung() throws Exception {
    Digest needed = shelf.put(bytes("needed"));
    Digest old = shelf.put(bytes("old"));
    Digest young = shelf.put(bytes("young"));
    Path part = Files.createFile(folder.resolve("blobs").resolve("part-left"));
    for (Path file : new Path[] {shelf.file(needed), shelf.file(old), part}) {
      Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
    }
    Files.setLastModifiedTime(shelf.file(young), FileTime.from(NOW));

    shelf.keepOnly(Set.of(needed), NOW);

    assertThat(shelf.has(needed)).isTrue();
    assertThat(shelf.has(young)).isTrue();
    assertThat(shelf.has(old)).isFalse();
    assertThat(part).doesNotExist();
  }

  @Test
  void tidiesAFolderThatIsNotThere() throws Exception {
    shelf.keepOnly(Set.of(), NOW);
    assertThat(folder.resolve("blobs")).doesNotExist();
  }

  @Test
  void saysSo_whenTheDiskTakesNothing() throws Exception {
    Files.createFile(folder.resolve("blobs"));
    assertThatThrownBy(() -> shelf.put(bytes("an update"))).isInstanceOf(IOException.class);
  }
}
