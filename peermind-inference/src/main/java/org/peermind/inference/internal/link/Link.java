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

  private static final int BUFFER_BYTES = 1 << 16;
  private static final int QUEUED_BYTES_MAX = 1 << 18;

  private final SocketChannel channel;
  private final ReentrantLock sending = new ReentrantLock();
  private ByteBuffer queued = ByteBuffer.allocate(BUFFER_BYTES);
  private ByteBuffer received = ByteBuffer.allocate(BUFFER_BYTES).limit(0);

  /// A link over a connected, blocking channel, which it owns.
  public Link(SocketChannel channel) {
    this.channel = channel;
  }

  /// Sends one message; blocks while the other side does not read.
  public void send(LinkMessage message) throws IOException {
    sending.lock();
    try {
      put(message);
      write();
    } finally {
      sending.unlock();
    }
  }

  /// Takes a message that [#flush] or the next [#send] sends, so that several go together.
  public void queue(LinkMessage message) throws IOException {
    sending.lock();
    try {
      put(message);
      if (queued.position() > QUEUED_BYTES_MAX) {
        write();
      }
    } finally {
      sending.unlock();
    }
  }

  /// Sends what was queued.
  public void flush() throws IOException {
    sending.lock();
    try {
      write();
    } finally {
      sending.unlock();
    }
  }

  private void put(LinkMessage message) throws IOException {
    byte[] payload = LinkCodec.encode(message);
    if (payload.length > FRAME_BYTES_MAX) {
      throw new LinkException("A frame of " + payload.length + " bytes is too large to send.");
    }
    int bytes = HEADER_BYTES + payload.length;
    if (queued.remaining() < bytes) {
      queued =
          ByteBuffer.allocate(Math.max(2 * queued.capacity(), queued.position() + bytes))
              .put(queued.flip());
    }
    queued.putInt(MAGIC).putInt(payload.length).put(payload);
  }

  private void write() throws IOException {
    queued.flip();
    while (queued.hasRemaining()) {
      channel.write(queued);
    }
    queued =
        queued.capacity() > QUEUED_BYTES_MAX ? ByteBuffer.allocate(BUFFER_BYTES) : queued.clear();
  }

  /// The next message, or empty when the other side closed the link between two frames.
  ///
  /// @throws LinkException when it is no valid frame
  public Optional<LinkMessage> receive() throws IOException {
    if (!fill(HEADER_BYTES)) {
      return Optional.empty();
    }
    int magic = received.getInt();
    int length = received.getInt();
    if (magic != MAGIC || length < 1 || length > FRAME_BYTES_MAX) {
      throw new LinkException("The engine's link carries something that is no frame.");
    }
    if (!fill(length)) {
      throw new EOFException("The engine's link ended inside a frame.");
    }
    byte[] content = new byte[length];
    received.get(content);
    return Optional.of(LinkCodec.decode(content));
  }

  /// Reads until `bytes` are there; false when the channel ended before the first of them.
  private boolean fill(int bytes) throws IOException {
    if (received.remaining() >= bytes) {
      return true;
    }
    if (received.capacity() < bytes
        || (received.capacity() > BUFFER_BYTES && bytes <= BUFFER_BYTES)) {
      int left = Math.max(received.remaining(), bytes);
      received = ByteBuffer.allocate(Math.max(left, BUFFER_BYTES)).put(received);
    } else {
      received.compact();
    }
    while (received.position() < bytes) {
      if (channel.read(received) < 0) {
        if (received.position() == 0) {
          return false;
        }
        throw new EOFException("The engine's link ended inside a frame.");
      }
    }
    received.flip();
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
