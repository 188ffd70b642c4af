// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.peermind.inference.EngineException;

/// The native libraries that a test runs on: the bundled one always, and those in the folder that
/// the system property `peermind.native.dir` names.
enum NativesAtHand {
  BUNDLED,
  CURRENT;

  private static final String PROPERTY = "peermind.native.dir";

  static List<NativesAtHand> all() {
    return System.getProperty(PROPERTY, "").isEmpty() ? List.of(BUNDLED) : List.of(values());
  }

  LlamaEngine open(Path directory) throws EngineException, IOException {
    Path scratch = Files.createTempDirectory(directory, "scratch");
    return switch (this) {
      case BUNDLED ->
          LlamaEngine.open(BundledLibrary.extract(directory.resolve("natives")), scratch);
      case CURRENT -> {
        Path natives = Path.of(System.getProperty(PROPERTY)).toAbsolutePath();
        try (Stream<Path> files = Files.list(natives)) {
          Path library =
              files
                  .filter(file -> file.getFileName().toString().matches("libllama\\.v.*\\.so"))
                  .findFirst()
                  .orElseThrow(() -> new EngineException("There is no libllama in " + natives));
          yield LlamaEngine.open(library, Optional.of(natives), "digest of a test", scratch);
        }
      }
    };
  }
}
