// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.link;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// Frames over a Unix-domain socket: a magic number, the length, then one message. Any thread may
/// send; one thread receives.
public final class Link implements AutoCloseable {
  private static final int MAGIC = 0x504d5431; // "PMT1"
  private static final int HEADER_BYTES = 8;

  /// The largest message begins a task with 2^24 coordinates.
  static final int FRAME_BYTES_MAX = (1 << 26) + (1 << 24);

  /// Memory is taken as bytes arrive, not as a head announces them.
  private static final int CHUNK_BYTES = 1 << 20;

  private final SocketChannel channel;
  private final ReentrantLock sending = new ReentrantLock();

  /// A link over a connected, blocking channel, which it owns.
  public Link(SocketChannel channel) {
    this.channel = channel;
  }

  /// Sends one message; blocks while the other side does not read.
  public void send(LinkMessage message) throws IOException {
    byte[] payload = LinkCodec.encode(message);
    if (payload.length > FRAME_BYTES_MAX) {
      throw new LinkException("A frame of " + payload.length + " bytes is too large to send.");
    }
    ByteBuffer head = ByteBuffer.allocate(HEADER_BYTES).putInt(MAGIC).putInt(payload.length);
    ByteBuffer[] frame = {head.flip(), ByteBuffer.wrap(payload)};
    sending.lock();
    try {
      while (frame[1].hasRemaining()) {
        channel.write(frame);
      }
    } finally {
      sending.unlock();
    }
  }

  /// The next message, or empty when the other side closed the link between two frames.
  ///
  /// @throws LinkException when it is no valid frame
  public Optional<LinkMessage> receive() throws IOException {
    ByteBuffer head = ByteBuffer.allocate(HEADER_BYTES);
    if (channel.read(head) < 0) {
      return Optional.empty();
    }
    fill(head);
    int magic = head.flip().getInt();
    int length = head.getInt();
    if (magic != MAGIC || length < 1 || length > FRAME_BYTES_MAX) {
      throw new LinkException("The trainer's link carries something that is no frame.");
    }
    ByteBuffer payload = ByteBuffer.allocate(Math.min(length, CHUNK_BYTES));
    fill(payload);
    while (payload.capacity() < length) {
      int larger = (int) Math.min(length, 2L * payload.capacity());
      payload = ByteBuffer.allocate(larger).put(payload.flip());
      fill(payload);
    }
    return Optional.of(LinkCodec.decode(payload.array()));
  }

  private void fill(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new EOFException("The trainer's link ended inside a frame.");
      }
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException _) {
      // The link is given up either way.
    }
  }
}
