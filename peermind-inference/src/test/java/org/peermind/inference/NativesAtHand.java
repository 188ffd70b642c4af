// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.peermind.inference.internal.natives.LlamaEngine;
import org.peermind.inference.internal.natives.NativeDigests;

/// The native libraries that a test runs on: the bundled one always, and the current one, of the
/// folder that the system property `peermind.native.dir` names or installed through npm, in the
/// tests tagged `interop`.
public enum NativesAtHand {
  BUNDLED,
  CURRENT;

  private static final String PROPERTY = "peermind.native.dir";

  /// The libraries; the bundled one is unpacked into `directory`.
  public Natives natives(Path directory) throws EngineException, InterruptedException {
    return switch (this) {
      case BUNDLED -> Natives.bundled(directory.resolve("natives"));
      case CURRENT -> {
        String named = System.getProperty(PROPERTY, "");
        if (!named.isEmpty()) {
          yield Natives.in(Path.of(named).toAbsolutePath(), false);
        }
        NativeStore store = new NativeStore(Path.of("target", "interop-natives"));
        Optional<Natives> installed = store.installed();
        yield installed.isPresent()
            ? installed.get()
            : store.installByNpm(NativeVariant.CPU, (_, _) -> {});
      }
    };
  }

  /// The libraries opened in this process, which a fault in them ends.
  public LlamaEngine open(Path directory)
      throws EngineException, IOException, InterruptedException {
    Natives natives = natives(directory);
    return LlamaEngine.open(
        natives.library(),
        natives.backends(),
        NativeDigests.check(natives),
        Files.createTempDirectory(directory, "scratch"));
  }
}
