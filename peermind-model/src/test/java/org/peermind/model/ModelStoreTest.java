// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.model.blob.BlobManifest;
import org.peermind.model.blob.PartFile;
import org.peermind.model.blob.PartialBlob;
import org.peermind.protocol.ModelHash;

class ModelStoreTest {
  private static final Instant NOW = Instant.parse("2026-11-22T18:00:00Z");

  @TempDir private Path directory;
  private Path file;
  private ModelStore store;

  @BeforeEach
  void makeAModel() throws Exception {
    file = directory.resolve("tiny.gguf");
    TinyModels.valid().write(file);
    store = ModelStore.at(directory.resolve("models"));
  }

  private StoredModel take(Optional<ModelHash> expected) throws ModelStoreException {
    return store.adopt(store.collect(file, _ -> {}), file.toString(), expected, NOW, _ -> {});
  }

  @Test
  void keepsAModelUnderItsHash_withWhereItCameFrom() throws Exception {
    List<Long> copied = new ArrayList<>();
    Path part = store.collect(file, copied::add);
    StoredModel model = store.adopt(part, "https://a/b.gguf", Optional.empty(), NOW, _ -> {});

    assertThat(model.sha256()).isEqualTo(ModelDigest.sha256(file));
    assertThat(model.file()).hasSameBinaryContentAs(file);
    assertThat(copied).last().isEqualTo(Files.size(file));
    assertThat(part).doesNotExist();
    assertThat(store.list()).containsExactly(model);
    assertThat(model.imported()).isEqualTo(NOW);
    assertThat(model.source()).isEqualTo("https://a/b.gguf");
  }

  @Test
  void findsAModelByNameHashAndBeginningOfTheHash() throws Exception {
    StoredModel model = take(Optional.empty());
    String hex = model.sha256().hex();

    assertThat(store.find("tiny")).isEqualTo(model);
    assertThat(store.find("Tiny")).as("as clients ask for it").isEqualTo(model);
    assertThat(store.find(hex)).isEqualTo(model);
    assertThat(store.find("sha256:" + hex.substring(0, 8))).isEqualTo(model);
    assertThatThrownBy(() -> store.find(hex.substring(0, 7)))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining("model list");
  }

  @Test
  void keepsNothingThatHasAnotherHashThanItShould() throws Exception {
    ModelHash other = new ModelHash("0".repeat(64));

    assertThatThrownBy(() -> take(Optional.of(other)))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining(other.hex());
    assertThat(store.list()).isEmpty();
    assertThat(store.part(file.toAbsolutePath().toString())).doesNotExist();
  }

  @Test
  void keepsNothingThatIsNoModel() throws Exception {
    Files.writeString(file, "<html>not found</html>");

    assertThatThrownBy(() -> take(Optional.empty()))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining("no model that can be used");
    assertThat(store.part(file.toAbsolutePath().toString())).doesNotExist();
  }

  @Test
  void tellsWhatTheDiskChanged() throws Exception {
    StoredModel model = take(Optional.empty());
    assertThat(store.verify(model, _ -> {})).isTrue();
    byte[] bytes = Files.readAllBytes(model.file());
    bytes[bytes.length - 1] ^= 1;
    Files.write(model.file(), bytes);
    assertThat(store.verify(model, _ -> {})).isFalse();

    Files.write(model.file(), new byte[] {1, 2, 3});
    assertThat(store.list()).isEmpty();
    assertThat(store.damaged()).containsExactly(model.file());
  }

  @Test
  void forgetsAModelAndWhatIsKnownAboutIt() throws Exception {
    StoredModel model = take(Optional.empty());

    assertThat(store.remove(model.file())).isEqualTo(model.bytes());
    assertThat(store.list()).isEmpty();
    try (var left = Files.list(directory.resolve("models"))) {
      assertThat(left.filter(Files::isRegularFile)).isEmpty();
    }
  }

  @Test
  void lendsItselfToOneAtATime() throws Exception {
    try (ModelStore.Closing _ = store.lock()) {
      assertThatThrownBy(() -> store.lock())
          .isInstanceOf(ModelStoreException.class)
          .hasMessageContaining("Another command");
    }
    store.lock().close();
  }

  @Test
  void namesPartsThatNobodyTookUpAgain() throws Exception {
    Path old = store.part("https://a/old.gguf");
    Path young = store.part("https://a/young.gguf");
    Files.writeString(old, "o");
    Files.writeString(young, "y");
    Files.setLastModifiedTime(old, FileTime.from(NOW.minusSeconds(10)));
    Files.setLastModifiedTime(young, FileTime.from(NOW));

    assertThat(store.partsOlderThan(NOW)).containsExactly(old);
  }

  @Test
  void survivesALostNote() throws Exception {
    StoredModel model = take(Optional.empty());
    Files.delete(directory.resolve("models/" + model.sha256().hex() + ".properties"));

    assertThat(store.list())
        .hasSize(1)
        .first()
        .extracting(StoredModel::source)
        .isEqualTo("unknown");
  }

  @Test
  void takesInWhatCameInChunks_andGivesItsManifestToOthers() throws Exception {
    BlobManifest manifest = BlobManifest.of(file, _ -> {});
    Path part = store.part(manifest.name());
    byte[] bytes = Files.readAllBytes(file);
    try (PartialBlob partial = PartialBlob.begin(PartFile::open, part, manifest)) {
      assertThat(partial.keep(0, bytes, bytes.length)).isTrue();
      assertThat(partial.check()).isEqualTo(new PartialBlob.Finding.Whole());
    }
    StoredModel model = store.adoptChecked(part, manifest, "peers", NOW);

    assertThat(store.find("sha256:" + manifest.name().sha256())).isEqualTo(model);
    assertThat(model.file()).hasSameBinaryContentAs(file);
    assertThat(store.manifest(model, _ -> fail("It need not be computed"))).isEqualTo(manifest);
    assertThat(directory.resolve("models/incoming")).isEmptyDirectory();
    store.remove(model.file());
    assertThat(directory.resolve("models")).isDirectoryNotContaining("glob:**.chunks");
  }

  @Test
  void computesTheManifestOfAnImportedModelOnce() throws Exception {
    StoredModel model = take(Optional.empty());
    List<Long> read = new ArrayList<>();

    BlobManifest manifest = store.manifest(model, read::add);

    assertThat(manifest).isEqualTo(BlobManifest.of(file, _ -> {}));
    assertThat(read).last().isEqualTo(model.bytes());
    assertThat(store.manifest(model, _ -> fail("It is kept"))).isEqualTo(manifest);
  }

  @Test
  void givesNoManifestOfAModelThatTheDiskChanged() throws Exception {
    StoredModel model = take(Optional.empty());
    byte[] bytes = Files.readAllBytes(model.file());
    bytes[bytes.length - 1] ^= 1;
    Files.write(model.file(), bytes);

    assertThatThrownBy(() -> store.manifest(model, _ -> {}))
        .isInstanceOf(ModelStoreException.class)
        .hasMessageContaining("fetch the model again");
  }
}
