// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.wire.Draining;

/// All streams of one listener: which are open, which node is attached through which, and how many
/// there may be.
final class PeerRegistry {
  private final PeerHandler handler;
  private final TransportSettings settings;
  private final Scheduler scheduler;
  private final ConnectionBudget connections;
  // The following are guarded by this.
  private final Map<NodeId, Set<PeerAttachment>> open = new HashMap<>();
  private final Map<NodeId, PeerAttachment> attached = new HashMap<>();
  private boolean closed;

  PeerRegistry(PeerHandler handler, TransportSettings settings, Scheduler scheduler) {
    this.handler = handler;
    this.settings = settings;
    this.scheduler = scheduler;
    this.connections = new ConnectionBudget(settings);
  }

  /// Begins the ticks that notice silence and refill the budget of connections.
  void start() {
    scheduler.after(Heartbeats.TICK, this::tick);
  }

  PeerHandler handler() {
    return handler;
  }

  ConnectionBudget connections() {
    return connections;
  }

  void soon(Runnable task) {
    scheduler.after(Duration.ZERO, task);
  }

  /// Takes a new stream of an authenticated node. One too many ends the node's oldest, so that a
  /// node whose old connections died unnoticed is not shut out.
  PeerAttachment accept(NodeId peer, ByteStream stream) {
    PeerAttachment newest = new PeerAttachment(peer, stream, this, settings);
    PeerAttachment surplus = null;
    boolean late;
    synchronized (this) {
      late = closed;
      Set<PeerAttachment> streams = open.computeIfAbsent(peer, _ -> new LinkedHashSet<>());
      if (streams.size() >= settings.streamsPerPeerMax()) {
        surplus = streams.iterator().next();
        streams.remove(surplus);
      }
      streams.add(newest);
    }
    if (surplus != null) {
      surplus.endNow("Node " + peer.shortText() + " has opened too many connections.");
    }
    if (late) {
      newest.endSoon("This referee has stopped.");
    }
    return newest;
  }

  synchronized boolean hasRoomFor(NodeId peer) {
    return attached.containsKey(peer) || attached.size() < settings.attachedPeersMax();
  }

  String fullSentence() {
    return "This referee already carries %d nodes; try another one, or this one later."
        .formatted(settings.attachedPeersMax());
  }

  /// Makes the node routable through `newer`, after an older link of the same node has ended.
  void attach(PeerAttachment newer) {
    PeerAttachment older;
    synchronized (this) {
      if (!hasRoomFor(newer.id())) {
        newer.endSoon(fullSentence());
        return;
      }
      older = attached.put(newer.id(), newer);
    }
    if (older == null) {
      newer.becomeRoutable();
    } else {
      older.yieldTo(newer);
    }
  }

  synchronized void detach(PeerAttachment link) {
    attached.remove(link.id(), link);
  }

  synchronized void streamClosed(PeerAttachment link) {
    Set<PeerAttachment> streams = open.get(link.id());
    if (streams != null && streams.remove(link) && streams.isEmpty()) {
      open.remove(link.id());
    }
  }

  synchronized int attachedPeers() {
    return attached.size();
  }

  void drain(Duration spread) {
    Draining notice =
        Draining.newBuilder().setReconnectSpreadMs(Math.toIntExact(spread.toMillis())).build();
    openStreams().forEach(link -> link.drain(notice));
  }

  void close() {
    synchronized (this) {
      closed = true;
    }
    openStreams().forEach(link -> link.endSoon("The referee stops."));
  }

  private void tick() {
    synchronized (this) {
      if (closed) {
        return;
      }
    }
    scheduler.after(Heartbeats.TICK, this::tick);
    int refused = connections.refill();
    if (refused > 0) {
      TransportLog.connectionsRefused(refused);
    }
    openStreams().forEach(PeerAttachment::tick);
  }

  private synchronized List<PeerAttachment> openStreams() {
    List<PeerAttachment> streams = new ArrayList<>();
    open.values().forEach(streams::addAll);
    return streams;
  }
}
