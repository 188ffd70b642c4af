// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.ModelDigest;
import org.peermind.testkit.Property;

class ChunkTreeTest {
  /// The leaves of the published vectors of Certificate Transparency.
  private static final List<String> LEAVES =
      List.of(
          "",
          "00",
          "10",
          "2021",
          "3031",
          "40414243",
          "5051525354555657",
          "606162636465666768696a6b6c6d6e6f");

  private static final List<String> ROOTS =
      List.of(
          "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

  @TempDir private Path directory;

  @Test
  void givesThePublishedRootsOfRfc6962() {
    ByteArrayOutputStream hashes = new ByteArrayOutputStream();
    for (int leaf = 0; leaf < LEAVES.size(); leaf++) {
      byte[] contents = HexFormat.of().parseHex(LEAVES.get(leaf));
      hashes.writeBytes(ChunkTree.chunkHash(contents, 0, contents.length));

      assertThat(ChunkTree.root(hashes.toByteArray()).hex()).isEqualTo(ROOTS.get(leaf));
    }
  }

  @Test
  void readsBackTheManifestOfAFile() throws Exception {
    Path file = Files.write(directory.resolve("blob"), Blobs.bytes(1, 2_500_000));

    BlobManifest manifest = BlobManifest.of(file, _ -> {});

    assertThat(manifest.name().sha256()).isEqualTo(ModelDigest.sha256(file));
    assertThat(manifest.name().bytes()).isEqualTo(2_500_000);
    assertThat(manifest.name().chunks()).isEqualTo(3);
    assertThat(manifest.name().chunkBytes(2)).isEqualTo(2_500_000 - 2 * ChunkTree.CHUNK_BYTES);
    assertThat(BlobManifest.parse(manifest.toBytes())).isEqualTo(manifest);
  }

  @Test
  void refusesAnyOtherBytesAsAChunk() throws Exception {
    byte[] contents = Blobs.bytes(2, ChunkTree.CHUNK_BYTES + 10);
    BlobManifest manifest = Blobs.manifest(directory, contents);
    byte[] last = Blobs.chunk(contents, 1);

    assertThat(manifest.isChunk(1, last, 10)).isTrue();
    assertThat(manifest.isChunk(1, last, 9)).isFalse();
    assertThat(manifest.isChunk(0, last, 10)).isFalse();
    for (int bit = 0; bit < 80; bit++) {
      last[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(manifest.isChunk(1, last, 10)).isFalse();
      last[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void everyChangedManifestIsRefusedOrHasAnotherName() throws Exception {
    BlobManifest manifest = Blobs.manifest(directory, Blobs.bytes(3, 3_000_000));
    Property.forAll(
        1,
        500,
        random -> {
          byte[] encoded = manifest.toBytes();
          encoded[random.nextInt(encoded.length)] ^= (byte) (1 << random.nextInt(8));
          try {
            assertThat(BlobManifest.parse(encoded).name()).isNotEqualTo(manifest.name());
          } catch (BlobException refused) {
            assertThat(refused).hasMessageContaining("manifest");
          }
        });
  }

  @Test
  void anEmptyFileIsNoModel() throws Exception {
    Path empty = Files.createFile(directory.resolve("empty"));

    assertThatThrownBy(() -> BlobManifest.of(empty, _ -> {})).isInstanceOf(BlobException.class);
    assertThatThrownBy(() -> BlobManifest.parse(new byte[0])).isInstanceOf(BlobException.class);
  }
}
