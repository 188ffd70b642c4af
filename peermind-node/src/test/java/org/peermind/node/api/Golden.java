// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// Bytes that were looked at once and must not change unnoticed. `-Dscripts.update=true` rewrites
/// them, to be reviewed as a diff.
final class Golden {
  private static final Path FILES = Path.of("src/test/resources/org/peermind/node/api");

  private Golden() {}

  /// Compares with the file, but for line breaks at the end.
  static void check(String name, String actual) throws IOException {
    String lines = actual.stripTrailing() + "\n";
    if (Boolean.getBoolean("scripts.update")) {
      Files.writeString(FILES.resolve(name), lines);
    }
    try (InputStream in = Objects.requireNonNull(Golden.class.getResourceAsStream(name))) {
      String expected =
          Boolean.getBoolean("scripts.update")
              ? Files.readString(FILES.resolve(name))
              : new String(in.readAllBytes(), StandardCharsets.UTF_8).stripTrailing() + "\n";
      assertThat(lines).isEqualTo(expected);
    }
  }
}
