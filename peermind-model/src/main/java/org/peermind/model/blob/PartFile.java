// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that is read and written at any place, by several threads. An interface so that a disk
/// which is full, tears writes or forgets them can be played.
public interface PartFile extends AutoCloseable {
  /// Opens files.
  @FunctionalInterface
  interface Disk {
    PartFile open(Path path) throws IOException;
  }

  /// Opens a file of the real disk; makes it if need be.
  static PartFile open(Path path) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return new PartFile() {
      @Override
      public int read(ByteBuffer into, long position) throws IOException {
        int before = into.remaining();
        long at = position;
        while (into.hasRemaining()) {
          int read = channel.read(into, at);
          if (read < 0) {
            break;
          }
          at += read;
        }
        return before - into.remaining();
      }

      @Override
      public void write(ByteBuffer from, long position) throws IOException {
        long at = position;
        while (from.hasRemaining()) {
          at += channel.write(from, at);
        }
      }

      @Override
      public long size() throws IOException {
        return channel.size();
      }

      @Override
      public void truncate(long bytes) throws IOException {
        channel.truncate(bytes);
      }

      @Override
      public void force() throws IOException {
        channel.force(true);
      }

      @Override
      public void close() throws IOException {
        channel.close();
      }
    };
  }

  /// Fills `into` from there on; fewer bytes than asked for only at the end of the file.
  ///
  /// @return how many bytes were read, 0 or more
  int read(ByteBuffer into, long position) throws IOException;

  /// Writes all of `from`.
  void write(ByteBuffer from, long position) throws IOException;

  long size() throws IOException;

  void truncate(long bytes) throws IOException;

  /// Returns when all that was written is on the disk.
  void force() throws IOException;

  @Override
  void close() throws IOException;
}
