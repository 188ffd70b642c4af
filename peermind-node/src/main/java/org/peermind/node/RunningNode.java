// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.util.ArrayDeque;
import java.util.Deque;

/// A node that runs; closing it stops its parts in the reverse order of their start.
public final class RunningNode implements AutoCloseable {
  private final Deque<Runnable> parts = new ArrayDeque<>();
  private String apiAddress = "";

  /// `host:port` of the API.
  public String apiAddress() {
    return apiAddress;
  }

  void apiAt(String address) {
    apiAddress = address;
  }

  /// Remembers how a part is stopped.
  synchronized void onClose(Runnable stop) {
    parts.push(stop);
  }

  @Override
  public synchronized void close() {
    while (!parts.isEmpty()) {
      parts.pop().run();
    }
  }
}
