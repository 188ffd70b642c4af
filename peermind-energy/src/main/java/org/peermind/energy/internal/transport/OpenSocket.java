// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The one socket of a link, if it has one. Closing the link closes it from any thread, which ends
/// a wait in it, and no later one is taken in.
final class OpenSocket implements AutoCloseable {
  private @Nullable Closeable open;
  private boolean closed;

  /// Takes in a socket that was just made.
  ///
  /// @throws IOException when the link is closed; the socket is closed, too
  synchronized <T extends Closeable> T adopt(T socket) throws IOException {
    if (closed) {
      socket.close();
      throw new IOException("the link is closed");
    }
    open = socket;
    return socket;
  }

  synchronized boolean isClosed() {
    return closed;
  }

  /// Closes the socket; the link may open another one.
  synchronized void release() {
    if (open != null) {
      try {
        open.close();
      } catch (IOException ignored) {
        // It is thrown away either way.
      }
      open = null;
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    release();
  }
}
