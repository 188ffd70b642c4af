// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.process;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.peermind.federated.internal.link.Link;
import org.peermind.federated.internal.link.LinkMessage;

/// What the node tells a child process, in order, by a thread of its own.
///
/// Callers never write to the link: an interrupt during a write would close it for everybody, and a
/// child that does not read would keep its caller, and every lock that the caller holds.
final class ChildOrders implements AutoCloseable {
  /// Orders that may wait for a child that reads slowly; more mean that it hangs.
  private static final int WAITING_MAX = 512;

  private final Link link;
  private final Runnable onHang;
  private final BlockingQueue<LinkMessage> waiting = new LinkedBlockingQueue<>(WAITING_MAX);
  private final Thread writer;
  private volatile boolean closed;

  /// @param onHang ends the child; called when it does not take its orders
  ChildOrders(Link link, Runnable onHang) {
    this.link = link;
    this.onHang = onHang;
    this.writer = Thread.ofVirtual().name("trainer-orders").start(this::write);
  }

  /// Queues an order without ever blocking.
  ///
  /// @return false when the child is gone or hangs; it is then ended
  boolean give(LinkMessage order) {
    if (closed) {
      return false;
    }
    if (!waiting.offer(order)) {
      onHang.run();
      return false;
    }
    return true;
  }

  private void write() {
    try {
      while (!closed) {
        link.send(waiting.take());
      }
    } catch (IOException | InterruptedException _) {
      // Closed, or the link is broken; whoever reads from the link learns of the child's end.
      closed = true;
    }
  }

  /// Drops what waits.
  @Override
  public void close() {
    closed = true;
    writer.interrupt();
  }
}
