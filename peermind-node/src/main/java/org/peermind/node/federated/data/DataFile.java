// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/// A file that may be used.
///
/// @param path absolute and without symbolic links
/// @param bytes its length when it was found
record DataFile(Path path, Kind kind, long bytes) {
  /// What a file holds, told by the end of its name.
  enum Kind {
    /// Plain text or Markdown, cut into passages.
    TEXT,
    /// One JSON object to a line.
    JSON_LINES
  }

  static Optional<Kind> kind(Path path) {
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    if (name.endsWith(".txt") || name.endsWith(".md")) {
      return Optional.of(Kind.TEXT);
    }
    return name.endsWith(".jsonl") ? Optional.of(Kind.JSON_LINES) : Optional.empty();
  }

  /// Tells no name.
  @Override
  public String toString() {
    return "DataFile[" + kind + ", " + bytes + " bytes]";
  }
}
