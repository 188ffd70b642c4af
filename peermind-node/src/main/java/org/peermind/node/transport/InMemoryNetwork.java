// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.peermind.protocol.NodeId;

/// A network inside one JVM, for tests and the simulator: the same attachments as over gRPC,
/// carried by the scheduler instead of sockets. With a scheduler of virtual time every run is the
/// same. Single-threaded: all calls come from the thread that runs the scheduler's tasks.
///
/// Connections behave like TCP: ordered, without loss, with a bounded window. They can be slow,
/// cut, or silent.
public final class InMemoryNetwork {
  private static final int FIRST_FREE_PORT = 40_000;

  private final Scheduler scheduler;
  private final RandomGenerator random;
  private final Map<String, Listener> listeners = new HashMap<>();
  private final Set<Wire> wires = new HashSet<>();
  private final Set<NodeId> silent = new HashSet<>();
  private final Set<Set<NodeId>> severed = new HashSet<>();
  private Duration latencyMin = Duration.ofMillis(1);
  private Duration latencyMax = Duration.ofMillis(1);
  private int nextFreePort = FIRST_FREE_PORT;

  /// @param random draws latencies and the jitter of reconnects
  public InMemoryNetwork(Scheduler scheduler, RandomGenerator random) {
    this.scheduler = scheduler;
    this.random = random;
  }

  /// The transport of the node `self`, whose identity it proves to others.
  public Transport transportOf(NodeId self, TransportSettings settings) {
    return new InMemoryTransport(self, settings);
  }

  /// From now on every message takes between `least` and `most`; their order stays.
  public void setLatency(Duration least, Duration most) {
    latencyMin = least;
    latencyMax = most;
  }

  /// The node stops receiving and sending while its connections stay open, like a stopped process
  /// or a machine whose cable was pulled.
  public void silence(NodeId node) {
    silent.add(node);
  }

  /// Ends [#silence]; what waited arrives.
  public void resume(NodeId node) {
    silent.remove(node);
    List.copyOf(wires).forEach(Wire::deliverAll);
  }

  /// Cuts all connections between two nodes and lets no new one through.
  public void sever(NodeId one, NodeId other) {
    severed.add(pair(one, other));
    for (Wire wire : List.copyOf(wires)) {
      if (wire.joins(one, other)) {
        wire.cut("The connection was lost.");
      }
    }
  }

  /// Ends [#sever].
  public void restore(NodeId one, NodeId other) {
    severed.remove(pair(one, other));
  }

  static Set<NodeId> pair(NodeId one, NodeId other) {
    return Set.copyOf(List.of(one, other));
  }

  Scheduler scheduler() {
    return scheduler;
  }

  boolean isSilent(NodeId node) {
    return silent.contains(node);
  }

  void forget(Wire wire) {
    wires.remove(wire);
  }

  Duration latency() {
    long nanos = random.nextLong(latencyMin.toNanos(), latencyMax.toNanos() + 1);
    return Duration.ofNanos(nanos);
  }

  /// Completes a dial: finds who listens, checks who it is, and joins the two ends.
  private void connect(Wire wire, String address, NodeId expected) {
    Listener listener = listeners.get(address);
    if (listener == null) {
      wire.cut("Nothing listens at " + address + "; check that the referee runs and its address.");
    } else if (severed.contains(pair(wire.dialler(), listener.self))) {
      wire.cut("Nothing answers at " + address + "; check the address and the firewalls between.");
    } else if (isSilent(wire.dialler()) || isSilent(listener.self)) {
      // Nobody answers; the dialler gives up by itself.
      return;
    } else if (!listener.self.equals(expected)) {
      wire.cut(
          "The node at %s is %s, not the invited %s; ask for a new invitation."
              .formatted(address, listener.self.shortText(), expected.shortText()));
    } else if (!listener.registry.connections().admit()) {
      wire.cut("The connection to the referee at " + address + " was lost.");
    } else {
      wire.join(listener.self, listener.registry);
    }
  }

  private final class InMemoryTransport implements Transport {
    private final NodeId self;
    private final TransportSettings settings;
    private final List<Listener> ownListeners = new ArrayList<>();
    private final List<ReconnectingLink> ownLinks = new ArrayList<>();

    InMemoryTransport(NodeId self, TransportSettings settings) {
      this.self = self;
      this.settings = settings;
    }

    @Override
    public PeerListener listen(String host, int port, PeerHandler handler) throws IOException {
      int bound = port == 0 ? nextFreePort++ : port;
      String address = host + ":" + bound;
      if (listeners.containsKey(address)) {
        throw new IOException(
            "Another program already listens at %s; stop it or choose another port."
                .formatted(address));
      }
      PeerRegistry registry = new PeerRegistry(handler, settings, scheduler);
      Listener listener = new Listener(self, address, bound, registry);
      listeners.put(address, listener);
      ownListeners.add(listener);
      registry.start();
      return listener;
    }

    @Override
    public RefereeLink attach(String host, int port, NodeId referee, RefereeHandler handler) {
      String address = host + ":" + port;
      Dialer dialer =
          receiver -> {
            Wire wire = new Wire(InMemoryNetwork.this, self, receiver);
            wires.add(wire);
            scheduler.after(latency(), () -> connect(wire, address, referee));
            return wire.diallingEnd();
          };
      ReconnectingLink link =
          new ReconnectingLink(address, referee, dialer, handler, scheduler, random, settings);
      ownLinks.removeIf(other -> other.state() == LinkState.IDLE);
      ownLinks.add(link);
      link.start();
      return link;
    }

    @Override
    public void close() {
      ownLinks.forEach(ReconnectingLink::closeNow);
      ownListeners.forEach(Listener::close);
    }
  }

  private final class Listener implements PeerListener {
    private final NodeId self;
    private final String address;
    private final int port;
    private final PeerRegistry registry;

    Listener(NodeId self, String address, int port, PeerRegistry registry) {
      this.self = self;
      this.address = address;
      this.port = port;
      this.registry = registry;
    }

    @Override
    public int port() {
      return port;
    }

    @Override
    public int attachedPeers() {
      return registry.attachedPeers();
    }

    @Override
    public void drain(Duration spread) {
      registry.drain(spread);
    }

    @Override
    public void close() {
      listeners.remove(address, this);
      registry.close();
    }
  }
}
