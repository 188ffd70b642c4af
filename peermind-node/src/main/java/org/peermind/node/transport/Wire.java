// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.NodeId;

/// One connection of an [InMemoryNetwork] with its two ends.
final class Wire {
  /// What a sender may have under way to a reader, as HTTP/2's window does over gRPC.
  private static final int WINDOW_BYTES = AttachMethod.WINDOW_BYTES;

  private final InMemoryNetwork network;
  private final NodeId dialler;
  private final End diallingEnd;
  private final End listeningEnd = new End();
  private Optional<NodeId> listener = Optional.empty();
  private @Nullable PeerRegistry registry;
  private boolean joined;

  Wire(InMemoryNetwork network, NodeId dialler, StreamReceiver receiver) {
    this.network = network;
    this.dialler = dialler;
    this.diallingEnd = new End();
    diallingEnd.receiver = receiver;
  }

  ByteStream diallingEnd() {
    return diallingEnd;
  }

  NodeId dialler() {
    return dialler;
  }

  boolean joins(NodeId one, NodeId other) {
    return listener.isPresent()
        && InMemoryNetwork.pair(dialler, listener.get()).equals(InMemoryNetwork.pair(one, other));
  }

  /// The dial has found its listener.
  void join(NodeId self, PeerRegistry listening) {
    listener = Optional.of(self);
    registry = listening;
    if (diallingEnd.over) {
      cut("The connection was lost.");
      return;
    }
    joined = true;
    listeningEnd.receiver = listening.accept(dialler, listeningEnd);
    listeningEnd.requestOne();
    diallingEnd.tellReady();
  }

  /// Ends both ends at once.
  void cut(String reason) {
    joined = false;
    diallingEnd.finish(reason);
    listeningEnd.finish(reason);
    network.forget(this);
    if (registry != null) {
      registry.connections().closed();
      registry = null;
    }
  }

  void deliverAll() {
    diallingEnd.deliver();
    listeningEnd.deliver();
  }

  private boolean isSilent() {
    return network.isSilent(dialler) || listener.filter(network::isSilent).isPresent();
  }

  /// One end: what it receives waits here until its owner asks for it.
  private final class End implements ByteStream {
    private final Queue<Optional<byte[]>> flying = new ArrayDeque<>();
    private final Queue<byte[]> arrived = new ArrayDeque<>();
    private @Nullable StreamReceiver receiver;
    private int underWayBytes;
    private int requested;
    private boolean over;
    private boolean lastArrived;
    private Optional<String> closing = Optional.empty();

    private End other() {
      return this == diallingEnd ? listeningEnd : diallingEnd;
    }

    @Override
    public boolean isReady() {
      return joined && !over && other().underWayBytes < WINDOW_BYTES;
    }

    @Override
    public void write(byte[] message) {
      if (over) {
        return;
      }
      End to = other();
      to.underWayBytes += message.length;
      to.expect(Optional.of(message));
    }

    @Override
    public void requestOne() {
      requested++;
      network.scheduler().after(Duration.ZERO, this::deliver);
    }

    @Override
    public void close(String reason) {
      over = true;
      closing = Optional.of(reason);
      other().expect(Optional.empty());
    }

    @Override
    public void abort() {
      over = true;
      network.scheduler().after(network.latency(), () -> cut("The connection was lost."));
    }

    /// A message, or the end of the stream, arrives after the latency and never before what was
    /// sent earlier.
    private void expect(Optional<byte[]> message) {
      flying.add(message);
      network
          .scheduler()
          .after(
              network.latency(),
              () -> {
                Optional<byte[]> first = flying.remove();
                first.ifPresentOrElse(arrived::add, () -> lastArrived = true);
                deliver();
              });
    }

    private void deliver() {
      while (requested > 0 && !arrived.isEmpty() && receiver != null && !isSilent()) {
        byte[] message = arrived.remove();
        requested--;
        boolean wasFull = underWayBytes >= WINDOW_BYTES;
        underWayBytes -= message.length;
        if (wasFull && underWayBytes < WINDOW_BYTES) {
          other().tellReady();
        }
        receiver.onMessage(message);
      }
      if (lastArrived && arrived.isEmpty() && !isSilent()) {
        cut(other().closing.orElse("The connection was lost."));
      }
    }

    private void tellReady() {
      network
          .scheduler()
          .after(
              Duration.ZERO,
              () -> {
                if (!over && receiver != null) {
                  receiver.onReady();
                }
              });
    }

    private void finish(String reason) {
      over = true;
      arrived.clear();
      StreamReceiver last = receiver;
      receiver = null;
      if (last != null) {
        last.onClosed(reason);
      }
    }
  }
}
