// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peermind.node.transport.LinkState;
import org.peermind.node.transport.PeerHandler;
import org.peermind.node.transport.PeerListener;
import org.peermind.node.transport.RefereeHandler;
import org.peermind.node.transport.RefereeLink;
import org.peermind.node.transport.Transport;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Up;

/// A referee's end of a node's stream, played by the test: it sees what the node sends and says
/// what it likes.
final class PlayedReferee implements Transport {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final BlockingQueue<Up> sent = new LinkedBlockingQueue<>();
  private final long clockMillis;
  private volatile @Nullable RefereeHandler handler;
  private volatile boolean attached;
  private volatile boolean full;
  private volatile String dialledAt = "";

  PlayedReferee(long clockMillis) {
    this.clockMillis = clockMillis;
  }

  /// Lets the node in.
  void attach() {
    attach(Attached.newBuilder());
  }

  /// Lets the node in and tells it more than the time.
  void attach(Attached.Builder answer) {
    attached = true;
    handler().onAttached(answer.setClockMs(clockMillis).setReportEveryMs(10_000).build());
  }

  /// The link works already, and the handler has not been told yet.
  void attachWithoutTelling() {
    attached = true;
  }

  void detach() {
    attached = false;
    handler().onDetached("The referee went away.");
  }

  /// From now on the node's queue is full.
  void setFull(boolean isFull) {
    full = isFull;
  }

  void tell(Down message) {
    handler().onMessage(message);
  }

  private RefereeHandler handler() {
    RefereeHandler known = handler;
    if (known == null) {
      throw new IllegalStateException("the node has not begun to attach");
    }
    return known;
  }

  /// The next message that the node sends, whatever it is.
  Up next() throws InterruptedException {
    Up message = sent.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    if (message == null) {
      throw new AssertionError("the node sent nothing");
    }
    return message;
  }

  /// The next message of a kind; others before it are dropped.
  Up next(Predicate<Up> kind) throws InterruptedException {
    while (true) {
      Up message = next();
      if (kind.test(message)) {
        return message;
      }
    }
  }

  /// Host and port that the node dialled last.
  String dialledAt() {
    return dialledAt;
  }

  /// What the node has sent already.
  Optional<Up> already() {
    return Optional.ofNullable(sent.poll());
  }

  @Override
  public RefereeLink attach(String host, int port, NodeId referee, RefereeHandler told) {
    handler = told;
    dialledAt = host + ":" + port;
    return new RefereeLink() {
      @Override
      public NodeId referee() {
        return referee;
      }

      @Override
      public LinkState state() {
        return attached ? LinkState.ATTACHED : LinkState.BACKOFF;
      }

      @Override
      public Optional<String> lastFailure() {
        return Optional.empty();
      }

      @Override
      public boolean send(Up message) {
        return attached && !full && sent.offer(message);
      }

      @Override
      public void close() {
        attached = false;
      }
    };
  }

  @Override
  public PeerListener listen(String host, int port, PeerHandler peers) {
    throw new UnsupportedOperationException("a played referee does not listen");
  }

  @Override
  public void close() {
    attached = false;
  }
}
