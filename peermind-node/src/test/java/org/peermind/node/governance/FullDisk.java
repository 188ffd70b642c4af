// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.util.List;
import org.peermind.ledger.LogStorage;

/// Files on a disk that is full while a test says so.
final class FullDisk implements LogStorage {
  private final LogStorage disk;
  private volatile boolean isFull;
  private volatile boolean isFullForCheckpoints;

  FullDisk(LogStorage disk) {
    this.disk = disk;
  }

  void full(boolean nowFull) {
    isFull = nowFull;
    isFullForCheckpoints = nowFull;
  }

  /// Entries can be written, checkpoints cannot.
  void fullForCheckpoints() {
    isFullForCheckpoints = true;
  }

  private static void refuse(boolean refused) throws IOException {
    if (refused) {
      throw new IOException("No space left on device");
    }
  }

  @Override
  public List<String> names() throws IOException {
    return disk.names();
  }

  @Override
  public long size(String name) throws IOException {
    return disk.size(name);
  }

  @Override
  public byte[] read(String name, long offset, int length) throws IOException {
    return disk.read(name, offset, length);
  }

  @Override
  public void append(String name, byte[] bytes) throws IOException {
    refuse(isFull);
    disk.append(name, bytes);
  }

  @Override
  public void sync(String name) throws IOException {
    disk.sync(name);
  }

  @Override
  public void replace(String name, byte[] bytes) throws IOException {
    refuse(isFullForCheckpoints);
    disk.replace(name, bytes);
  }

  @Override
  public void truncate(String name, long size) throws IOException {
    disk.truncate(name, size);
  }

  @Override
  public void delete(String name) throws IOException {
    disk.delete(name);
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }
}
