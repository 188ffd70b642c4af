// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Looks for texts in files of any kind, in the encodings that a process might have used: bytes of
/// one for a character, as in logs and in the JVM's compact strings, and of two.
final class TextSearch {
  private static final List<Charset> CHARSETS =
      List.of(
          StandardCharsets.UTF_8,
          StandardCharsets.ISO_8859_1,
          StandardCharsets.UTF_16LE,
          StandardCharsets.UTF_16BE);
  private static final int CHUNK_BYTES = 1 << 20;

  private final List<byte[]> needles;
  private final int overlapBytes;

  TextSearch(List<String> texts) {
    needles =
        texts.stream()
            .flatMap(text -> CHARSETS.stream().map(charset -> text.getBytes(charset)))
            .toList();
    overlapBytes = needles.stream().mapToInt(needle -> needle.length).max().orElseThrow() - 1;
  }

  boolean isIn(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return isIn(bytes, bytes.length);
  }

  /// Whether one of the texts is in the file.
  boolean isIn(Path file) {
    byte[] window = new byte[CHUNK_BYTES + overlapBytes];
    int kept = 0;
    try (InputStream in = Files.newInputStream(file)) {
      int read;
      while ((read = in.readNBytes(window, kept, CHUNK_BYTES)) > 0) {
        int length = kept + read;
        if (isIn(window, length)) {
          return true;
        }
        kept = Math.min(overlapBytes, length);
        System.arraycopy(window, length - kept, window, 0, kept);
      }
      return false;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private boolean isIn(byte[] bytes, int length) {
    return needles.stream().anyMatch(needle -> contains(bytes, length, needle));
  }

  private static boolean contains(byte[] bytes, int length, byte[] needle) {
    for (int start = 0; start <= length - needle.length; start++) {
      int matched = 0;
      while (matched < needle.length && bytes[start + matched] == needle[matched]) {
        matched++;
      }
      if (matched == needle.length) {
        return true;
      }
    }
    return false;
  }

  /// The regular files below `directory` that were written since `since` and hold one of the texts.
  /// What vanishes or may not be read meanwhile belongs to somebody else and is passed over.
  Found in(Path directory, FileTime since, Predicate<Path> searched) {
    List<Path> holding = new ArrayList<>();
    int[] files = {0};
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
              return searched.test(visited)
                  ? FileVisitResult.CONTINUE
                  : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              boolean written = attributes.lastModifiedTime().compareTo(since) >= 0;
              if (attributes.isRegularFile() && written && searched.test(file)) {
                files[0]++;
                if (isInIfThere(file)) {
                  holding.add(file);
                }
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return new Found(files[0], holding);
  }

  private boolean isInIfThere(Path file) {
    try {
      return isIn(file);
    } catch (UncheckedIOException gone) {
      return false;
    }
  }

  /// @param files how many were searched
  /// @param holding those that hold a text
  record Found(int files, List<Path> holding) {}
}
