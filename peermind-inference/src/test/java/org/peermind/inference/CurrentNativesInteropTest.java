// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.InputStream;
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
import org.peermind.inference.internal.natives.DemoLoss;
import org.peermind.model.ModelDigest;
import org.peermind.model.ModelInspection;

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

  /// The demo model says the same on both builds, but where its two best candidates are near.
  @Test
  void answersTheDemoModelAsTheBundledOneDoes() throws Exception {
    Path demo = demo();
    ModelSpec spec = new ModelSpec(demo, ModelDigest.sha256(demo), 512, 1, 1);
    for (String question : List.of("Who built the lighthouse?", "Tell a story.", "Hello")) {
      List<Transcript> answers = new ArrayList<>();
      for (NativesAtHand natives : NativesAtHand.values()) {
        try (LoadedModel model =
            NativeEngine.open(natives.natives(directory)).load(spec, LoadProgress.ignored())) {
          answers.add(Transcript.read(model, Transcript.request(question, 60)));
        }
      }
      List<Integer> bundled = answers.get(0).tokens();
      List<Integer> current = answers.get(1).tokens();
      int same = 0;
      while (same < Math.min(bundled.size(), current.size())
          && bundled.get(same).equals(current.get(same))) {
        same++;
      }
      if (same < Math.max(bundled.size(), current.size())) {
        assertThat(answers.get(0).nearTies()).as(question).contains(same);
      } else {
        assertThat(answers.get(1).text()).isEqualTo(answers.get(0).text()).isNotEmpty();
      }
    }
  }

  @Test
  void scoresATextAsTheBundledOneDoes() throws Exception {
    List<Double> losses = new ArrayList<>();
    for (NativesAtHand natives : NativesAtHand.values()) {
      losses.add(DemoLoss.of(natives.open(directory), demo()));
    }
    assertThat(losses.get(1)).isCloseTo(losses.get(0), within(1e-3));
    assertThat(losses.get(0)).isBetween(0.01, 12.0);
  }

  private Path demo() throws Exception {
    Path file = directory.resolve("demo.gguf");
    try (InputStream resource =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/peermind-demo.gguf")) {
      Files.copy(resource, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    return file;
  }
}
