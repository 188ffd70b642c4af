// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.testkit.Property;

class PartialBlobTest {
  private static final int LENGTH = 3 * ChunkTree.CHUNK_BYTES + 1_000;

  private final byte[] contents = Blobs.bytes(7, LENGTH);
  private final PlayedDisk data = new PlayedDisk();
  private final PlayedDisk map = new PlayedDisk();
  @TempDir private Path directory;
  private BlobManifest manifest;

  @BeforeEach
  void makeAManifest() throws Exception {
    manifest = Blobs.manifest(directory, contents);
  }

  private boolean keep(PartialBlob partial, int chunk) throws IOException {
    byte[] bytes = Blobs.chunk(contents, chunk);
    return partial.keep(chunk, bytes, bytes.length);
  }

  private PartialBlob resumed() throws IOException {
    return PartialBlob.resume(data, map, manifest.name()).orElseThrow();
  }

  @Test
  void isWhole_whenAllChunksCameInAnyOrder() throws Exception {
    PartialBlob partial = PartialBlob.begin(data, map, manifest);
    for (int chunk : List.of(2, 0, 3, 1)) {
      assertThat(keep(partial, chunk)).isTrue();
      partial.hashOn();
    }

    assertThat(partial.check()).isEqualTo(new PartialBlob.Finding.Whole());
    assertThat(data.contents()).isEqualTo(contents);
  }

  @Test
  void keepsNoChunkWithAFlippedBit() throws Exception {
    PartialBlob partial = PartialBlob.begin(data, map, manifest);
    byte[] wrong = Blobs.chunk(contents, 1);
    wrong[wrong.length - 1] ^= 1;

    assertThat(partial.keep(1, wrong, wrong.length)).isFalse();
    assertThat(partial.kept().isEmpty()).isTrue();
    assertThat(data.size()).isZero();
  }

  @Test
  void findsABitThatFlippedInThePart_andOnlyItsChunkIsWanting() throws Exception {
    PartialBlob partial = PartialBlob.begin(data, map, manifest);
    for (int chunk = 0; chunk < 4; chunk++) {
      keep(partial, chunk);
    }
    partial.close();
    data.flip(8L * ChunkTree.CHUNK_BYTES + 77);

    PartialBlob again = resumed();
    assertThat(again.check()).isEqualTo(new PartialBlob.Finding.Damaged(List.of(1)));
    assertThat(again.kept().nextClearBit(0)).isEqualTo(1);
    assertThat(resumed().kept().cardinality()).isEqualTo(3);
    keep(again, 1);
    assertThat(again.check()).isEqualTo(new PartialBlob.Finding.Whole());
  }

  @Test
  void fetchesAgainWhatATruncatedPartLost() throws Exception {
    PartialBlob partial = PartialBlob.begin(data, map, manifest);
    for (int chunk = 0; chunk < 4; chunk++) {
      keep(partial, chunk);
    }
    partial.close();
    data.truncate(2L * ChunkTree.CHUNK_BYTES + 5);

    PartialBlob again = resumed();
    assertThat(again.kept()).isEqualTo(BitSet.valueOf(new long[] {0b11}));
    keep(again, 2);
    keep(again, 3);
    assertThat(again.check()).isEqualTo(new PartialBlob.Finding.Whole());
  }

  @Test
  void cutsOffWhatStandsBehindTheEnd() throws Exception {
    PartialBlob partial = PartialBlob.begin(data, map, manifest);
    for (int chunk = 0; chunk < 4; chunk++) {
      keep(partial, chunk);
    }
    data.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), LENGTH);

    assertThat(partial.check()).isEqualTo(new PartialBlob.Finding.Whole());
    assertThat(data.contents()).isEqualTo(contents);
  }

  @Test
  void claimsOnlyChunksThatSurvivedTheCrash() {
    Property.forAll(
        1,
        60,
        random -> {
          PlayedDisk file = new PlayedDisk();
          PlayedDisk entries = new PlayedDisk();
          PartialBlob partial = PartialBlob.begin(file, entries, manifest);
          BitSet flushed = keepSome(partial, random);
          file.crash(random);
          entries.crash(random);

          PartialBlob again = PartialBlob.resume(file, entries, manifest.name()).orElseThrow();
          BitSet claimed = again.kept();
          BitSet lost = (BitSet) flushed.clone();
          lost.andNot(claimed);
          assertThat(lost.isEmpty()).isTrue();
          for (int chunk = 0; chunk < 4; chunk++) {
            if (!claimed.get(chunk)) {
              keep(again, chunk);
            }
          }
          assertThat(again.check()).isEqualTo(new PartialBlob.Finding.Whole());
        });
  }

  private BitSet keepSome(PartialBlob partial, RandomGenerator random) throws IOException {
    BitSet flushed = new BitSet();
    for (int step = 0; step < 6; step++) {
      keep(partial, random.nextInt(4));
      if (random.nextInt(3) == 0) {
        partial.flush();
        flushed = partial.kept();
      }
    }
    return flushed;
  }

  @Test
  void everyTornMapClaimsTheChunksBeforeTheTear() throws Exception {
    PartialBlob partial = PartialBlob.begin(data, map, manifest);
    keep(partial, 0);
    partial.flush();
    keep(partial, 1);
    partial.flush();
    long whole = map.size();
    map.truncate(whole - 3);

    assertThat(resumed().kept()).isEqualTo(BitSet.valueOf(new long[] {0b1}));
    assertThat(map.size()).isEqualTo(whole - 8);
  }

  @Test
  void aChunkThatTheFullDiskRefusedDoesNotCount() throws Exception {
    PartialBlob partial = PartialBlob.begin(data, map, manifest);
    data.leave(ChunkTree.CHUNK_BYTES + 500);
    keep(partial, 0);

    assertThatThrownBy(() -> keep(partial, 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No space");
    assertThat(partial.kept().cardinality()).isEqualTo(1);
    data.leave(Long.MAX_VALUE);
    assertThat(keep(partial, 1)).isTrue();
  }

  @Test
  void aPartOfAnotherModelIsNotResumed() throws Exception {
    PartialBlob.begin(data, map, manifest);
    BlobManifest other = Blobs.manifest(directory, Blobs.bytes(8, LENGTH));

    assertThat(PartialBlob.resume(data, map, other.name())).isEmpty();
    assertThat(PartialBlob.resume(PartFile::open, directory.resolve("none"), manifest.name()))
        .isEmpty();
  }

  @Test
  void tellsANameThatContradictsItself() throws Exception {
    byte[] encoded = manifest.toBytes();
    encoded[8] ^= 1;
    PartialBlob partial = PartialBlob.begin(data, map, BlobManifest.parse(encoded));
    for (int chunk = 0; chunk < 4; chunk++) {
      keep(partial, chunk);
    }

    assertThat(partial.check()).isEqualTo(new PartialBlob.Finding.Contradiction());
  }

  @Test
  void goesOnAfterItsProcessWasKilled() throws Exception {
    Path whole = Files.write(directory.resolve("contents"), contents);
    Path part = directory.resolve("killed.part");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                KilledWriter.class.getName(),
                whole.toString(),
                part.toString())
            .redirectErrorStream(true)
            .start();
    try (var said = process.inputReader()) {
      assertThat(said.readLine()).isEqualTo("flushed");
      process.destroyForcibly();
      assertThat(process.waitFor()).isEqualTo(137);
    }

    try (PartialBlob again =
        PartialBlob.resume(PartFile::open, part, manifest.name()).orElseThrow()) {
      assertThat(again.kept()).isEqualTo(BitSet.valueOf(new long[] {0b101}));
      keep(again, 1);
      keep(again, 3);
      assertThat(again.check()).isEqualTo(new PartialBlob.Finding.Whole());
    }
    assertThat(part).hasBinaryContent(contents);
  }
}
