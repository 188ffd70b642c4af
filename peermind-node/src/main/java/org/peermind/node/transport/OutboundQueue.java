// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import io.grpc.SynchronizationContext;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/// What waits to be written to one stream, bounded in bytes and messages. Offering never blocks and
/// never calls back into the roles: writes run one after another on whichever thread finds the
/// queue idle, and no lock is held meanwhile.
final class OutboundQueue {
  private final ByteStream stream;
  private final int bytesMax;
  private final int messagesMax;
  private final SynchronizationContext writes;
  private final Object lock = new Object();
  // The following are guarded by the lock.
  private final Queue<byte[]> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private boolean closed;
  private boolean moved = true;

  OutboundQueue(ByteStream stream, TransportSettings settings) {
    this.stream = stream;
    this.bytesMax = settings.queueBytesMax();
    this.messagesMax = settings.queueMessagesMax();
    this.writes =
        new SynchronizationContext(
            (_, broken) -> {
              TransportLog.writeFailed(broken);
              stream.abort();
            });
  }

  /// Takes a message unless the queue is closed or would grow over its bounds.
  boolean offer(byte[] message) {
    synchronized (lock) {
      if (closed
          || message.length > TransportSettings.MESSAGE_BYTES_MAX
          || waiting.size() >= messagesMax
          || waitingBytes + message.length > bytesMax) {
        return false;
      }
      waiting.add(message);
      waitingBytes += message.length;
    }
    writes.execute(this::drain);
    return true;
  }

  /// To be called when the stream can take more.
  void onReady() {
    writes.execute(this::drain);
  }

  /// Hands everything that waits to the stream and ends it.
  void close(String reason) {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
    }
    writes.execute(
        () -> {
          for (Optional<byte[]> next = poll(); next.isPresent(); next = poll()) {
            stream.write(next.get());
          }
          stream.close(reason);
        });
  }

  /// Whether messages wait and none has left since this was last asked.
  boolean isStuck() {
    synchronized (lock) {
      boolean stuck = !moved && !waiting.isEmpty();
      moved = false;
      return stuck;
    }
  }

  private void drain() {
    while (stream.isReady()) {
      Optional<byte[]> next = poll();
      if (next.isEmpty()) {
        return;
      }
      stream.write(next.get());
    }
  }

  private Optional<byte[]> poll() {
    synchronized (lock) {
      byte[] next = waiting.poll();
      if (next == null) {
        return Optional.empty();
      }
      waitingBytes -= next.length;
      moved = true;
      return Optional.of(next);
    }
  }
}
