// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The files of a log in a directory of their own.
public final class DiskStorage implements LogStorage {
  private static final String LOCK = "lock";
  private static final String NEW = ".new";

  private final Path directory;
  private final @Nullable FileChannel lock;
  private @Nullable FileChannel open;
  private String openName = "";
  private boolean isNameSynced;

  private DiskStorage(Path directory, @Nullable FileChannel lock) {
    this.directory = directory;
    this.lock = lock;
  }

  /// Only to be read; another process may be writing.
  public static DiskStorage forReading(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw new IOException(directory + " is no directory");
    }
    return new DiskStorage(directory, null);
  }

  /// To be written by this process alone; made when it is not there.
  ///
  /// @throws IOException also when another process writes it
  public static DiskStorage forWriting(Path directory) throws IOException {
    Files.createDirectories(directory);
    FileChannel channel =
        FileChannel.open(
            directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return new DiskStorage(directory, channel);
      }
    } catch (OverlappingFileLockException _) {
      // held by this very process: the same answer as below
    }
    channel.close();
    throw new IOException("another process writes to " + directory);
  }

  @Override
  public List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Override
  public long size(String name) throws IOException {
    return Files.size(directory.resolve(name));
  }

  @Override
  public byte[] read(String name, long offset, int length) throws IOException {
    try (FileChannel channel = FileChannel.open(directory.resolve(name), StandardOpenOption.READ)) {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) >= 0) {
        // until it is full or the file ends
      }
      return Arrays.copyOf(bytes.array(), bytes.position());
    }
  }

  @Override
  public void append(String name, byte[] bytes) throws IOException {
    FileChannel channel = channel(name);
    long end = channel.size();
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      channel.write(rest, end + rest.position());
    }
  }

  private FileChannel channel(String name) throws IOException {
    FileChannel last = open;
    if (last != null && openName.equals(name)) {
      return last;
    }
    closeFile();
    FileChannel channel =
        FileChannel.open(
            directory.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    open = channel;
    openName = name;
    isNameSynced = false;
    return channel;
  }

  private void closeFile() throws IOException {
    FileChannel last = open;
    open = null;
    openName = "";
    if (last != null) {
      last.close();
    }
  }

  @Override
  public void sync(String name) throws IOException {
    channel(name).force(true);
    if (!isNameSynced) {
      syncDirectory();
      isNameSynced = true;
    }
  }

  @Override
  public void replace(String name, byte[] bytes) throws IOException {
    Path fresh = directory.resolve(name + NEW);
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      ByteBuffer rest = ByteBuffer.wrap(bytes);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
    Files.move(
        fresh,
        directory.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    syncDirectory();
  }

  @Override
  public void truncate(String name, long size) throws IOException {
    FileChannel channel = channel(name);
    channel.truncate(size);
    channel.force(true);
  }

  @Override
  public void delete(String name) throws IOException {
    if (openName.equals(name)) {
      closeFile();
    }
    Files.deleteIfExists(directory.resolve(name));
    syncDirectory();
  }

  private void syncDirectory() throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    closeFile();
    if (lock != null) {
      lock.close();
    }
  }
}
