// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.peermind.node.transport.Admission;
import org.peermind.node.transport.LinkState;
import org.peermind.node.transport.PeerHandler;
import org.peermind.node.transport.PeerLink;
import org.peermind.node.transport.PeerListener;
import org.peermind.node.transport.RefereeHandler;
import org.peermind.node.transport.RefereeLink;
import org.peermind.node.transport.Scheduler;
import org.peermind.node.transport.Transport;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Hello;
import org.peermind.protocol.wire.Up;

/// Lets the threads of real roles send over the in-memory network, which has one thread: what they
/// send waits for the scheduler's turn.
final class PostedTransport {
  private final Scheduler scheduler;

  PostedTransport(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  private void post(Runnable task) {
    scheduler.after(Duration.ZERO, task);
  }

  Transport of(Transport network) {
    return new Transport() {
      @Override
      public PeerListener listen(String host, int port, PeerHandler handler) throws IOException {
        return network.listen(host, port, handler);
      }

      @Override
      public RefereeLink attach(String host, int port, NodeId referee, RefereeHandler handler) {
        return new Posted(network.attach(host, port, referee, handler));
      }

      @Override
      public void close() {
        network.close();
      }
    };
  }

  private final class Posted implements RefereeLink {
    private final RefereeLink link;

    Posted(RefereeLink link) {
      this.link = link;
    }

    @Override
    public NodeId referee() {
      return link.referee();
    }

    @Override
    public LinkState state() {
      return link.state();
    }

    @Override
    public Optional<String> lastFailure() {
      return link.lastFailure();
    }

    @Override
    public boolean send(Up message) {
      if (link.state() != LinkState.ATTACHED) {
        return false;
      }
      post(() -> link.send(message));
      return true;
    }

    @Override
    public void close() {
      post(link::close);
    }
  }

  /// The same for a referee's own threads.
  PeerHandler peers(PeerHandler referee) {
    Map<PeerLink, PeerLink> links = new ConcurrentHashMap<>();
    return new PeerHandler() {
      @Override
      public Admission onHello(NodeId peer, Hello hello) {
        return referee.onHello(peer, hello);
      }

      @Override
      public void onAttached(PeerLink link) {
        referee.onAttached(links.computeIfAbsent(link, PostedPeer::new));
      }

      @Override
      public void onMessage(PeerLink link, Up message) {
        referee.onMessage(links.computeIfAbsent(link, PostedPeer::new), message);
      }

      @Override
      public void onDetached(PeerLink link, String reason) {
        PeerLink known = links.remove(link);
        referee.onDetached(known == null ? link : known, reason);
      }
    };
  }

  private final class PostedPeer implements PeerLink {
    private final PeerLink link;

    PostedPeer(PeerLink link) {
      this.link = link;
    }

    @Override
    public NodeId id() {
      return link.id();
    }

    @Override
    public boolean send(Down message) {
      post(() -> link.send(message));
      return true;
    }

    @Override
    public void close(String reason) {
      post(() -> link.close(reason));
    }
  }
}
