// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// A file whose disk may be full, and may forget or tear what was not forced when the power goes.
final class PlayedDisk implements PartFile {
  private byte[] durable = new byte[0];
  private byte[] seen = new byte[0];
  private final List<Write> unsynced = new ArrayList<>();
  private long bytesLeft = Long.MAX_VALUE;

  private record Write(long position, ByteBuffer bytes) {}

  void leave(long bytes) {
    bytesLeft = bytes;
  }

  /// The power goes: of each write since the last force, any beginning may have reached the disk.
  void crash(RandomGenerator random) {
    for (Write write : unsynced) {
      ByteBuffer part = write.bytes().duplicate();
      part.limit(random.nextInt(part.capacity() + 1));
      if (part.hasRemaining()) {
        durable = with(durable, part, write.position());
      }
    }
    unsynced.clear();
    seen = durable.clone();
  }

  void flip(long bit) {
    seen[(int) (bit / 8)] ^= (byte) (1 << (bit % 8));
    force();
  }

  byte[] contents() {
    return seen.clone();
  }

  @Override
  public int read(ByteBuffer into, long position) {
    int length = Math.clamp(seen.length - position, 0, into.remaining());
    into.put(seen, (int) Math.min(position, seen.length), length);
    return length;
  }

  @Override
  public void write(ByteBuffer from, long position) throws IOException {
    if (from.remaining() > bytesLeft) {
      from.limit(from.position() + (int) bytesLeft);
      seen = with(seen, from.duplicate(), position);
      throw new IOException("No space left on device");
    }
    bytesLeft -= from.remaining();
    ByteBuffer copy = ByteBuffer.allocate(from.remaining()).put(from).flip();
    unsynced.add(new Write(position, copy));
    seen = with(seen, copy.duplicate(), position);
  }

  private static byte[] with(byte[] before, ByteBuffer bytes, long position) {
    int end = (int) position + bytes.remaining();
    byte[] after = end > before.length ? Arrays.copyOf(before, end) : before;
    bytes.get(after, (int) position, bytes.remaining());
    return after;
  }

  @Override
  public long size() {
    return seen.length;
  }

  @Override
  public void truncate(long bytes) {
    seen = Arrays.copyOf(seen, (int) Math.min(bytes, seen.length));
    // Lengths are kept at once: a simplification that the map does not lean on.
    durable = Arrays.copyOf(durable, (int) Math.min(bytes, durable.length));
    unsynced.clear();
  }

  @Override
  public void force() {
    durable = seen.clone();
    unsynced.clear();
  }

  @Override
  public void close() {}
}
