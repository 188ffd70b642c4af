// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real package: installed, found, spoilt and removed.
@Tag("interop")
class CurrentNativesInteropTest {
  @TempDir private Path directory;

  @Test
  void installs_findsBeforeTheBundled_noticesAChange_andRemoves() throws Exception {
    Natives source = NativesAtHand.CURRENT.natives(directory);
    Path home = directory.resolve("home");
    NativeStore store = new NativeStore(home);
    List<String> steps = new ArrayList<>();

    Natives installed =
        store.installFrom(source.directory(), Optional.empty(), (step, _) -> steps.add(step));

    assertThat(steps).contains("checking the files", "checking the libraries");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home)))
        .isEqualTo("rwx------");
    assertThat(installed.directory().resolve("LICENSE")).content().contains("MIT License");
    assertThat(Natives.choose(Optional.empty(), false, store, directory)).isEqualTo(installed);
    assertThat(NativeEngine.open(installed).info().abiProfile()).isEqualTo("v0.5.0");
    assertThat(store.installFrom(source.directory(), Optional.empty(), (_, _) -> {}))
        .as("installing again replaces it")
        .isEqualTo(installed);

    Path library = installed.directory().resolve("libggml-base.so");
    Files.write(library, new byte[] {0}, StandardOpenOption.APPEND);
    assertThatThrownBy(() -> NativeEngine.open(installed).info())
        .isInstanceOf(EngineException.class)
        .hasMessageContaining(
            "libggml-base.so is not the pinned one; run `peermind engine install");
    Files.copy(
        source.directory().resolve("libggml-base.so"),
        library,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.writeString(installed.directory().resolve("libggml-evil.so"), "loaded by its name");
    assertThatThrownBy(() -> NativeEngine.open(installed).info())
        .hasMessageContaining("libggml-evil.so is not the pinned one");

    assertThat(store.remove()).isTrue();
    assertThat(store.installed()).isEmpty();
    assertThat(store.remove()).isFalse();
    assertThat(Natives.choose(Optional.empty(), false, store, directory).source())
        .isEqualTo(Natives.Source.BUNDLED);
  }
}
