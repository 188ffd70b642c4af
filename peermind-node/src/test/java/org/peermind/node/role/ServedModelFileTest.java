// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.model.ModelDigest;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;

/// What a node knows of its model after a restart.
class ServedModelFileTest {
  @TempDir private Path directory;
  private NodeHome home;
  private Path model;
  private ServedModel served;
  private ServedModelFile file;

  @BeforeEach
  void writeAModel() throws Exception {
    home = new NodeHome(directory.resolve("home"));
    home.create();
    Files.createDirectories(home.modelsDirectory());
    model = home.modelsDirectory().resolve("m.gguf");
    TinyLlama.of(3).write(model);
    served = new ServedModel(ModelDigest.sha256(model), "a name", 512);
    file = new ServedModelFile(home);
  }

  @Test
  void servesTheSameModelAgain_alsoWhenTheHomeWasMoved() throws Exception {
    assertThat(file.load()).isEmpty();
    assertThat(file.refusal()).isEmpty();
    file.save(ServedFiles.plain(model, served.hash()), served);
    assertThat(file.load())
        .hasValue(
            new ServedModelFile.Kept(
                ServedFiles.plain(model.toAbsolutePath(), served.hash()), served));

    Path moved = Files.move(home.directory(), directory.resolve("moved"));
    assertThat(new ServedModelFile(new NodeHome(moved)).load().orElseThrow().files().model())
        .isEqualTo(moved.resolve("models").resolve("m.gguf").toAbsolutePath());
  }

  @Test
  void keepsAModelOutsideTheStoreByItsPath() throws Exception {
    Path outside = Files.copy(model, directory.resolve("own.gguf"));
    file.save(ServedFiles.plain(outside, served.hash()), served);
    assertThat(file.load().orElseThrow().files().model()).isEqualTo(outside.toAbsolutePath());
  }

  @Test
  void servesTheConfiguredModel_whenTheFileChangedOrIsGone() throws Exception {
    file.save(ServedFiles.plain(model, served.hash()), served);
    TinyLlama.of(4).write(model);
    assertThat(file.load()).isEmpty();
    assertThat(file.refusal().orElseThrow()).contains("has changed since the node served it");
    Files.delete(model);
    assertThat(file.load()).isEmpty();
    assertThat(file.refusal().orElseThrow()).contains("cannot be used").doesNotContain("null");
  }

  @Test
  void usesNoDamagedFile_whateverByteIsWrong() throws Exception {
    file.save(ServedFiles.plain(model, served.hash()), served);
    byte[] whole = Files.readAllBytes(home.servedModelFile());
    for (int at = 0; at < whole.length; at++) {
      byte[] wrong = whole.clone();
      wrong[at] ^= 1;
      Files.write(home.servedModelFile(), wrong);
      assertThat(file.load()).as("byte %d", at).isEmpty();
      assertThat(file.refusal().orElseThrow()).contains("is damaged");
    }
    Files.write(home.servedModelFile(), new byte[9_000]);
    assertThat(file.load()).isEmpty();
    assertThat(file.refusal()).isPresent();
  }

  @Test
  void keepsNothingThatItCouldNotRead() {
    assertThatThrownBy(
            () ->
                file.save(
                    ServedFiles.plain(model, served.hash()),
                    new ServedModel(served.hash(), "a\nfile /etc/passwd", 512)))
        .isInstanceOf(ConfigException.class);
    assertThatThrownBy(
            () ->
                file.save(
                    ServedFiles.plain(model, served.hash()),
                    new ServedModel(served.hash(), "declared", 512, false, false)))
        .isInstanceOf(ConfigException.class);
    assertThat(home.servedModelFile()).doesNotExist();
  }

  @Test
  void keepsAModelWithItsAdapter_andTheBareModelOnceThatIsGoneOrAnother() throws Exception {
    Path adapter = home.directory().resolve("adapter.gguf");
    ModelHash name = new ModelHash(AdapterFiles.write(model, served.hash(), 1, adapter).hex());
    ServedFiles files =
        new ServedFiles(
            model.toAbsolutePath(),
            served.hash(),
            Optional.of(new AdapterFile(adapter.toAbsolutePath(), name, 1)));
    ServedModel adapted = new ServedModel(files.identity(), "with an update", 512);
    file.save(files, adapted);
    assertThat(file.load()).hasValue(new ServedModelFile.Kept(files, adapted));

    AdapterFiles.write(model, served.hash(), 2, adapter);
    assertThat(file.load().orElseThrow().model().hash()).isEqualTo(served.hash());
    Files.delete(adapter);
    ServedModelFile.Kept bare = file.load().orElseThrow();
    assertThat(bare.files()).isEqualTo(ServedFiles.plain(model.toAbsolutePath(), served.hash()));
    assertThat(bare.model().hash()).isEqualTo(served.hash());
  }

  @Test
  void usesNoDamagedFileOfAnAdapter_whateverByteIsWrong() throws Exception {
    Path adapter = home.directory().resolve("adapter.gguf");
    ModelHash name = new ModelHash(AdapterFiles.write(model, served.hash(), 1, adapter).hex());
    ServedFiles files =
        new ServedFiles(model, served.hash(), Optional.of(new AdapterFile(adapter, name, 1)));
    file.save(files, new ServedModel(files.identity(), "with an update", 512));
    byte[] whole = Files.readAllBytes(home.servedModelFile());
    for (int at = 0; at < whole.length; at += 3) {
      byte[] wrong = whole.clone();
      wrong[at] ^= 1;
      Files.write(home.servedModelFile(), wrong);
      assertThat(file.load()).as("byte %d", at).isEmpty();
    }
  }
}
