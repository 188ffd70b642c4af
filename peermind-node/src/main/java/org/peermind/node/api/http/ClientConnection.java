// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import io.helidon.common.socket.HelidonSocket;
import io.helidon.webserver.CloseConnectionException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// What the port knows about one connection: what it waits for and until when, and whether the
/// client is still there.
///
/// The thread of the connection reads through [#read]. While it computes an answer, nobody would
/// notice a client that leaves; so [#watch] reads one chunk ahead on a thread of its own: an end of
/// stream means that the client is gone, bytes are kept for the next request. The deadline is
/// checked from outside by [SlowClients].
final class ClientConnection {
  private static final int LINGER_BYTES_MAX = 16 * 1024 * 1024;
  private static final ScopedValue<ClientConnection> CURRENT = ScopedValue.newInstance();

  private final HelidonSocket socket;
  private final HttpPortSettings settings;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable Thread serving;
  private volatile long deadlineNanos;
  private volatile boolean waitingForRequest = true;
  private volatile boolean answering;
  private volatile boolean unreadInput;
  private @Nullable CompletableFuture<byte @Nullable []> ahead;
  private volatile @Nullable Runnable gone;
  private Runnable closeAfterAnswer = () -> {};

  ClientConnection(HelidonSocket socket, HttpPortSettings settings) {
    this.socket = socket;
    this.settings = settings;
    waitForRequest();
  }

  /// The connection that the running thread serves.
  static ClientConnection current() {
    return CURRENT.get();
  }

  /// Makes the running thread the one that serves this connection.
  ScopedValue.Carrier asCurrent() {
    serving = Thread.currentThread();
    return ScopedValue.where(CURRENT, this);
  }

  /// The next bytes from the client; null at the end of the stream.
  byte @Nullable [] read() {
    byte[] bytes = ahead == null ? readSocket() : takeAhead();
    if (bytes != null && waitingForRequest) {
      waitingForRequest = false;
      until(settings.readDeadline());
    }
    return bytes;
  }

  /// The request was read; computing its answer may take any time.
  void requestRead() {
    waitingForRequest = false;
    answering = true;
    deadlineNanos = Long.MAX_VALUE;
  }

  /// The answer was sent.
  void waitForRequest() {
    answering = false;
    gone = null;
    waitingForRequest = true;
    until(settings.idleTimeout());
  }

  /// Says how the connection is told to take no further request.
  void closesBy(Runnable takeNoMore) {
    closeAfterAnswer = takeNoMore;
  }

  /// Takes no request after this one.
  void closeAfterAnswer() {
    closeAfterAnswer.run();
  }

  /// The connection ends although the client may still be sending.
  void endWithUnreadInput() {
    unreadInput = true;
  }

  void writing() {
    until(settings.writeDeadline());
  }

  void written() {
    if (answering) {
      deadlineNanos = Long.MAX_VALUE;
    } else {
      until(waitingForRequest ? settings.idleTimeout() : settings.readDeadline());
    }
  }

  void watch(Runnable whenGone) {
    gone = whenGone;
    if (ahead != null) {
      return;
    }
    CompletableFuture<byte @Nullable []> chunk = new CompletableFuture<>();
    ahead = chunk;
    Thread.ofVirtual().name("api-client-watch").start(() -> readAhead(chunk));
  }

  private void readAhead(CompletableFuture<byte @Nullable []> chunk) {
    byte[] bytes = readSocket();
    if (bytes == null) {
      Runnable left = gone;
      if (left != null) {
        left.run();
      }
    }
    chunk.complete(bytes);
  }

  private byte @Nullable [] takeAhead() {
    CompletableFuture<byte @Nullable []> chunk = ahead;
    ahead = null;
    if (chunk == null) {
      return readSocket();
    }
    try {
      return chunk.get();
    } catch (InterruptedException stopping) {
      throw new CloseConnectionException("the port is closing", stopping);
    } catch (ExecutionException bug) {
      throw new IllegalStateException("reading ahead failed", bug);
    }
  }

  private byte @Nullable [] readSocket() {
    try {
      return socket.get();
    } catch (RuntimeException broken) {
      // A reset, or our own close after a deadline: for the reader the stream has ended.
      return null;
    }
  }

  /// Reads and drops what the client is still sending, so that it gets to read our refusal instead
  /// of a connection reset (RFC 9112 section 9.6). Bounded in bytes here and in time by the
  /// deadline.
  void linger() {
    if (!unreadInput) {
      return;
    }
    until(settings.readDeadline().dividedBy(4));
    long dropped = 0;
    while (dropped < LINGER_BYTES_MAX) {
      byte[] bytes = ahead == null ? readSocket() : takeAhead();
      if (bytes == null) {
        return;
      }
      dropped += bytes.length;
    }
  }

  /// Cuts the connection when it has waited for the client for too long.
  void cutIfLate(long nowNanos) {
    long deadline = deadlineNanos;
    if (deadline != Long.MAX_VALUE && nowNanos - deadline >= 0) {
      cut();
    }
  }

  /// Interrupts the thread of the connection, which closes the channel it reads or writes. Closing
  /// the socket from here would wait for the very write that does not end.
  void cut() {
    Thread thread = serving;
    if (thread != null && closed.compareAndSet(false, true)) {
      thread.interrupt();
    }
  }

  private void until(Duration wait) {
    deadlineNanos = System.nanoTime() + wait.toNanos();
  }
}
