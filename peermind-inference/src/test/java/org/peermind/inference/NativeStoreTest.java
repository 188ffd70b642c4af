// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.internal.natives.TarMaker;

/// What may go wrong with an installation, each said in one sentence, and nothing left behind. What
/// goes well needs the real package: [CurrentNativesInteropTest].
class NativeStoreTest {
  @TempDir private Path directory;
  private Path home;

  @BeforeEach
  void place() {
    home = directory.resolve("natives");
  }

  @Test
  void saysWhatToDo_whenNpmIsMissing() throws Exception {
    assertRefused("/no/such/npm", "npm is not here to fetch @node-llama-cpp/linux-x64@3.22.1");
  }

  @Test
  void saysWhatToDo_whenNpmIsOffline() throws Exception {
    assertRefused(
        npm("echo 'npm error code ENOTFOUND'; echo 'npm error network'; exit 1"),
        "npm cannot reach its registry (ENOTFOUND): connect this machine");
  }

  @Test
  void saysThatTheDiskIsFull() throws Exception {
    assertRefused(npm("echo 'npm error code ENOSPC'; exit 228"), "The disk is full");
  }

  @Test
  void saysThatTheRegistryLacksThePackage() throws Exception {
    assertRefused(npm("echo 'npm error code E404'; exit 1"), "npm's registry does not have");
  }

  @Test
  void givesNpmsOwnReason_whenItIsAnother() throws Exception {
    assertRefused(
        npm("echo 'npm warn old'; echo 'npm error code EWEIRD'; exit 1"),
        "npm could not fetch @node-llama-cpp/linux-x64@3.22.1: code EWEIRD.");
  }

  @Test
  void refusesAnotherPackage() throws Exception {
    Path other =
        new TarMaker()
            .file("package/bins/linux-x64/libllama.v0.5.0.so", "evil")
            .write(directory.resolve("other.tgz"));

    assertRefused(npm("cp " + other + " p.tgz"), "its SHA-512 is not one that this program knows");
    assertThatThrownBy(() -> store("npm").installFrom(other, Optional.empty(), (_, _) -> {}))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("other.tgz is refused, because its SHA-512");
    assertEmpty();
  }

  @Test
  void refusesAFolderOfOtherLibraries() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("own"));
    Files.writeString(folder.resolve("libllama.v0.5.0.so"), "own build");

    assertThatThrownBy(() -> store("npm").installFrom(folder, Optional.empty(), (_, _) -> {}))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("engine.native-dir and engine.allow-unknown-natives");
    assertEmpty();
  }

  @Test
  void refusesAnUnknownFolderOfTheOwner_unlessSaidOtherwise() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("own"));
    assertThatThrownBy(() -> Natives.in(folder, true))
        .hasMessageContaining("holds 0 files named libllama*.so and not one");
    Files.writeString(folder.resolve("libllama.so"), "own build");

    assertThatThrownBy(() -> Natives.in(folder, false))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("set engine.allow-unknown-natives if you trust them");
    Natives trusted = Natives.in(folder, true);
    assertThatThrownBy(() -> NativeEngine.open(trusted).info())
        .as("it is no library at all")
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("libllama.so cannot be loaded")
        .hasMessageContaining("file too short");
  }

  @Test
  void removesWhatAnInterruptedInstallationLeft() throws Exception {
    Files.createDirectories(home.resolve("unpacking-1/deep"));
    Files.writeString(home.resolve("unpacking-1/deep/file"), "half");

    assertThat(store("npm").remove()).isFalse();
    assertEmpty();
  }

  private void assertRefused(String npm, String sentence) throws Exception {
    assertThatThrownBy(() -> store(npm).installByNpm(NativeVariant.CPU, (_, _) -> {}))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining(sentence)
        .message()
        .hasLineCount(1)
        .endsWith(".");
    assertEmpty();
  }

  private void assertEmpty() throws Exception {
    assertThat(store("npm").installed()).isEmpty();
    if (Files.exists(home)) {
      assertThat(home).isEmptyDirectory();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
          .startsWith("rwx");
    }
  }

  private NativeStore store(String npm) {
    return new NativeStore(home, npm);
  }

  private String npm(String script) throws IOException {
    Path program = directory.resolve("npm");
    Files.writeString(program, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return program.toString();
  }
}
