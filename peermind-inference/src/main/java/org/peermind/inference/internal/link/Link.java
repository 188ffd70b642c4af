// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// Frames over a Unix-domain socket: a magic number, the length, then one message. Any thread may
/// send; one thread receives.
public final class Link implements AutoCloseable {
  private static final int MAGIC = 0x504d4531; // "PME1"
  private static final int HEADER_BYTES = 8;
  static final int FRAME_BYTES_MAX = 16 << 20;

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
    ByteBuffer frame =
        ByteBuffer.allocate(HEADER_BYTES + payload.length)
            .putInt(MAGIC)
            .putInt(payload.length)
            .put(payload)
            .flip();
    sending.lock();
    try {
      while (frame.hasRemaining()) {
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
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    if (!fill(header)) {
      return Optional.empty();
    }
    int magic = header.getInt();
    int length = header.getInt();
    if (magic != MAGIC || length < 1 || length > FRAME_BYTES_MAX) {
      throw new LinkException("The engine's link carries something that is no frame.");
    }
    ByteBuffer payload = ByteBuffer.allocate(length);
    if (!fill(payload)) {
      throw new EOFException("The engine's link ended inside a frame.");
    }
    byte[] content = new byte[length];
    payload.get(content);
    return Optional.of(LinkCodec.decode(content));
  }

  /// Fills the buffer and flips it; false when the channel ended before the first byte.
  private boolean fill(ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        if (buffer.position() == 0) {
          return false;
        }
        throw new EOFException("The engine's link ended inside a frame.");
      }
    }
    buffer.flip();
    return true;
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
