// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/// Reads the small files in which Linux tells about devices. What cannot be read is empty.
final class Sysfs {
  private static final int FILE_MAX_BYTES = 256;
  private static final int ENTRIES_MAX = 256;

  private Sysfs() {}

  /// The entries of a directory whose names match, sorted by name.
  static List<Path> entries(Path directory, String glob) {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, glob)) {
      for (Path entry : entries) {
        if (found.size() == ENTRIES_MAX) {
          break;
        }
        found.add(entry);
      }
    } catch (IOException | DirectoryIteratorException unreadable) {
      return List.of();
    }
    found.sort(null);
    return found;
  }

  /// The text of a file without white space around it, empty when it cannot be read.
  static String text(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(FILE_MAX_BYTES), StandardCharsets.US_ASCII).strip();
    } catch (IOException unreadable) {
      return "";
    }
  }

  /// A whole number that is not negative.
  static OptionalLong number(Path file) {
    String text = text(file);
    return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
  }
}
