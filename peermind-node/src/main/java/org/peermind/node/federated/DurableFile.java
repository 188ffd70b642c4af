// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Files that are there as a whole or not at all, whenever the power fails: written under another
/// name that only this user may read, forced to the disk and renamed, and the name forced too.
final class DurableFile {
  /// How the names of unfinished files begin.
  static final String UNFINISHED = "part-";

  private DurableFile() {}

  /// Writes a file, in the place of the one that had its name.
  ///
  /// @throws IOException when it is not there for sure; the one before may be
  static void write(Path file, byte[] bytes) throws IOException {
    write(file, bytes, true);
  }

  /// Writes a file that may be damaged after a power failure.
  static void writeUnforced(Path file, byte[] bytes) throws IOException {
    write(file, bytes, false);
  }

  private static void write(Path file, byte[] bytes, boolean isForced) throws IOException {
    Path folder = Files.createDirectories(folderOf(file));
    Path part = Files.createTempFile(folder, UNFINISHED, "");
    try {
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
          channel.write(buffer);
        }
        if (isForced) {
          channel.force(true);
        }
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException full) {
      Files.deleteIfExists(part);
      throw full;
    }
    if (isForced) {
      forceNames(folder);
    }
  }

  /// Forces the names in a folder to the disk.
  static void forceNames(Path folder) throws IOException {
    try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  static Path folderOf(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException(file + " is in no folder");
    }
    return folder;
  }
}
