// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds and reads the files that the owner allows, without following a symbolic link anywhere
/// below or on the way to an allowed path. What cannot be used is counted, never an error: a file
/// may go at any time.
final class DataWalk {
  /// The most files.
  static final int FILES_MAX = 10_000;

  /// The most bytes of one file.
  static final int FILE_BYTES_MAX = 16 << 20;

  /// The most bytes of all files together.
  static final long BYTES_MAX = 64L << 20;

  /// How many folders deep below an allowed one.
  static final int DEPTH_MAX = 16;

  /// The most entries of folders that are looked at.
  static final int ENTRIES_MAX = 100_000;

  private final Path home;
  private final LeftOuts leftOut;
  private final Map<Path, DataFile> found = new LinkedHashMap<>();
  private long bytes;
  private int entries;

  /// @param home of this node, from which nothing is ever used
  DataWalk(Path home, LeftOuts leftOut) {
    this.home = real(home).orElse(home.toAbsolutePath().normalize());
    this.leftOut = leftOut;
  }

  private static Optional<Path> real(Path path) {
    try {
      return Optional.of(path.toRealPath());
    } catch (IOException absent) {
      return Optional.empty();
    }
  }

  /// The files below the allowed paths, in the order of their names.
  List<DataFile> files(Consent consent) {
    for (Path root : consent.paths().stream().sorted().toList()) {
      Optional<Path> now = real(root);
      if (now.isEmpty()) {
        leftOut.count(LeftOut.UNREADABLE);
      } else if (!now.get().equals(root)) {
        leftOut.count(LeftOut.LINK);
      } else {
        look(root, 0);
      }
    }
    return List.copyOf(found.values());
  }

  private void look(Path path, int depth) {
    if (path.startsWith(home)) {
      leftOut.count(LeftOut.NODE_HOME);
      return;
    }
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException unreadable) {
      leftOut.count(LeftOut.UNREADABLE);
      return;
    }
    if (attributes.isSymbolicLink()) {
      leftOut.count(LeftOut.LINK);
    } else if (depth > 0 && String.valueOf(path.getFileName()).startsWith(".")) {
      leftOut.count(LeftOut.HIDDEN);
    } else if (attributes.isDirectory()) {
      lookInto(path, depth);
    } else {
      take(path, attributes);
    }
  }

  private void lookInto(Path folder, int depth) {
    if (depth >= DEPTH_MAX) {
      leftOut.count(LeftOut.TOO_DEEP);
      return;
    }
    List<Path> inside = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      for (Path one : all) {
        if (entries >= ENTRIES_MAX) {
          leftOut.count(LeftOut.BEYOND_BOUND);
          break;
        }
        entries++;
        inside.add(one);
      }
    } catch (IOException | DirectoryIteratorException unreadable) {
      leftOut.count(LeftOut.UNREADABLE);
    }
    inside.sort(null);
    inside.forEach(one -> look(one, depth + 1));
  }

  private void take(Path path, BasicFileAttributes attributes) {
    Optional<DataFile.Kind> kind = DataFile.kind(path);
    if (kind.isEmpty() || !attributes.isRegularFile()) {
      leftOut.count(LeftOut.OTHER_KIND);
    } else if (attributes.size() > FILE_BYTES_MAX) {
      leftOut.count(LeftOut.FILE_TOO_LONG);
    } else if (found.containsKey(path)) {
      return;
    } else if (found.size() >= FILES_MAX || bytes + attributes.size() > BYTES_MAX) {
      leftOut.count(LeftOut.BEYOND_BOUND);
    } else {
      bytes += attributes.size();
      found.put(path, new DataFile(path, kind.get(), attributes.size()));
    }
  }

  /// The text of a file, unless it can no longer be read, lies elsewhere now, has grown or is no
  /// text.
  Optional<String> text(DataFile file) {
    byte[] content;
    Set<OpenOption> options = Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    try (SeekableByteChannel channel = Files.newByteChannel(file.path(), options)) {
      // Links on the way to the file would not have stopped the opening.
      if (!file.path().toRealPath().equals(file.path())) {
        leftOut.count(LeftOut.LINK);
        return Optional.empty();
      }
      ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(file.bytes()) + 1);
      while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
        // Reads on.
      }
      if (!buffer.hasRemaining()) {
        leftOut.count(LeftOut.UNREADABLE);
        return Optional.empty();
      }
      content = new byte[buffer.flip().remaining()];
      buffer.get(content);
    } catch (IOException unreadable) {
      leftOut.count(LeftOut.UNREADABLE);
      return Optional.empty();
    }
    Optional<String> text = decoded(content).filter(PlainText::isPlain);
    if (text.isEmpty()) {
      leftOut.count(LeftOut.NOT_TEXT);
    }
    return text;
  }

  private static Optional<String> decoded(byte[] content) {
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(content))
              .toString();
      return Optional.of(text.startsWith("\ufeff") ? text.substring(1) : text);
    } catch (CharacterCodingException malformed) {
      return Optional.empty();
    }
  }
}
