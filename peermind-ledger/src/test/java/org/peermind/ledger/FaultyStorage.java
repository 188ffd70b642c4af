// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// Files in memory that lose and tear what was not synced when they crash, at any step, and that
/// can be full.
final class FaultyStorage implements LogStorage {
  /// The power is gone; nothing works until [#restart].
  static final class Crashed extends IOException {
    private static final long serialVersionUID = 1;
  }

  private static final class File {
    private byte[] durable = new byte[0];
    private byte[] now = new byte[0];
    private boolean isNameDurable;
  }

  private final TreeMap<String, File> files = new TreeMap<>();
  private final RandomGenerator random;
  private int stepsLeft = Integer.MAX_VALUE;
  private boolean isDown;
  private long roomBytes = Long.MAX_VALUE;

  FaultyStorage(RandomGenerator random) {
    this.random = random;
  }

  /// The step after `steps` more fails half-way.
  void crashAfter(int steps) {
    stepsLeft = steps;
  }

  void room(long bytes) {
    roomBytes = bytes;
  }

  /// Comes up again with what survived.
  void restart() {
    files.values().removeIf(file -> !file.isNameDurable && random.nextBoolean());
    for (File file : files.values()) {
      byte[] kept = file.now;
      if (!Arrays.equals(file.durable, file.now)) {
        int survived = random.nextInt(file.durable.length, file.now.length + 1);
        kept = Arrays.copyOf(file.now, survived);
        if (random.nextBoolean() && survived > file.durable.length) {
          int from = random.nextInt(file.durable.length, survived);
          Arrays.fill(kept, from, random.nextInt(from, survived) + 1, (byte) 0);
        }
      }
      file.now = kept;
      file.durable = kept;
      file.isNameDurable = true;
    }
    isDown = false;
    stepsLeft = Integer.MAX_VALUE;
  }

  /// Changes one bit where it lies.
  void flip(String name, int bit) {
    File file = file(name);
    file.now = file.now.clone();
    file.now[bit / 8] ^= (byte) (1 << (bit % 8));
    file.durable = file.now;
  }

  private void checkUp() throws Crashed {
    if (isDown) {
      throw new Crashed();
    }
  }

  /// Whether the power goes in this very step.
  private boolean goesDown() throws Crashed {
    checkUp();
    if (stepsLeft-- > 0) {
      return false;
    }
    isDown = true;
    return true;
  }

  private File file(String name) {
    File file = files.get(name);
    if (file == null) {
      throw new AssertionError("There is no file " + name);
    }
    return file;
  }

  @Override
  public List<String> names() throws IOException {
    checkUp();
    return List.copyOf(files.keySet());
  }

  @Override
  public long size(String name) throws IOException {
    checkUp();
    return file(name).now.length;
  }

  @Override
  public byte[] read(String name, long offset, int length) throws IOException {
    checkUp();
    byte[] bytes = file(name).now;
    int end = (int) Math.min(bytes.length, offset + length);
    return Arrays.copyOfRange(bytes, (int) Math.min(offset, end), end);
  }

  @Override
  public void append(String name, byte[] bytes) throws IOException {
    boolean down = goesDown();
    File file = files.computeIfAbsent(name, _ -> new File());
    int written = down ? random.nextInt(bytes.length + 1) : bytes.length;
    written = (int) Math.min(written, roomBytes);
    int end = file.now.length;
    file.now = Arrays.copyOf(file.now, end + written);
    System.arraycopy(bytes, 0, file.now, end, written);
    roomBytes -= written;
    if (down) {
      throw new Crashed();
    }
    if (written < bytes.length) {
      throw new IOException("No space left on device");
    }
  }

  @Override
  public void sync(String name) throws IOException {
    boolean down = goesDown();
    File file = file(name);
    if (!down || random.nextBoolean()) {
      file.durable = file.now;
      file.isNameDurable = true;
    }
    if (down) {
      throw new Crashed();
    }
  }

  @Override
  public void replace(String name, byte[] bytes) throws IOException {
    boolean down = goesDown();
    if (bytes.length > roomBytes) {
      throw new IOException("No space left on device");
    }
    if (!down || random.nextBoolean()) {
      File file = new File();
      file.now = bytes.clone();
      file.durable = file.now;
      file.isNameDurable = true;
      files.put(name, file);
    }
    if (down) {
      throw new Crashed();
    }
  }

  @Override
  public void truncate(String name, long size) throws IOException {
    boolean down = goesDown();
    File file = file(name);
    if (!down || random.nextBoolean()) {
      roomBytes = roomBytes == Long.MAX_VALUE ? roomBytes : roomBytes + file.now.length - size;
      file.now = Arrays.copyOf(file.now, (int) size);
      file.durable = file.now;
    }
    if (down) {
      throw new Crashed();
    }
  }

  @Override
  public void delete(String name) throws IOException {
    boolean down = goesDown();
    if (!down || random.nextBoolean()) {
      roomBytes = roomBytes == Long.MAX_VALUE ? roomBytes : roomBytes + file(name).now.length;
      files.remove(name);
    }
    if (down) {
      throw new Crashed();
    }
  }

  @Override
  public void close() {}
}
