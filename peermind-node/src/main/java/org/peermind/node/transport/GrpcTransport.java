// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.TransportIdentity;

/// gRPC over TLS 1.3 with certificates on both sides; one HTTP/2 stream for each attachment.
public final class GrpcTransport implements Transport {
  private static final int THREADS_MAX = 4;
  private static final int STOP_MILLIS_MAX = 2_000;

  private final InstantSource clock;
  private final RandomGenerator random;
  private final Scheduler scheduler;
  private final TransportSettings settings;
  private final TlsContexts tls;
  private final EventLoopGroup eventLoops;
  // The following are guarded by this.
  private final List<GrpcPeerListener> listeners = new ArrayList<>();
  private final List<ReconnectingLink> links = new ArrayList<>();

  /// @param identity certificate and key of this node
  /// @param clock judges whether certificates are in time
  /// @param random jitter of reconnects
  /// @param scheduler outlives this transport and is closed by the caller
  public GrpcTransport(
      TransportIdentity identity,
      InstantSource clock,
      RandomGenerator random,
      Scheduler scheduler,
      TransportSettings settings) {
    this(identity, clock, random, scheduler, settings, TlsContexts.fastestProvider());
  }

  GrpcTransport(
      TransportIdentity identity,
      InstantSource clock,
      RandomGenerator random,
      Scheduler scheduler,
      TransportSettings settings,
      SslProvider provider) {
    this.clock = clock;
    this.random = random;
    this.scheduler = scheduler;
    this.settings = settings;
    this.tls = new TlsContexts(identity, provider);
    int threads = Math.min(THREADS_MAX, Runtime.getRuntime().availableProcessors());
    this.eventLoops =
        new MultiThreadIoEventLoopGroup(
            threads,
            Thread.ofPlatform().daemon().name("peermind-net-", 0).factory(),
            NioIoHandler.newFactory());
  }

  @Override
  public PeerListener listen(String host, int port, PeerHandler handler) throws IOException {
    InetSocketAddress address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      throw new IOException(
          "The host name of %s:%d is not known; choose an address of this machine."
              .formatted(host, port));
    }
    GrpcPeerListener listener =
        new GrpcPeerListener(
            address,
            new PeerRegistry(handler, settings, scheduler),
            NodeTrust.anyNode(clock),
            tls,
            eventLoops,
            settings);
    listener.start(address);
    TransportLog.listening(host + ":" + listener.port(), tls.description());
    synchronized (this) {
      listeners.add(listener);
    }
    return listener;
  }

  @Override
  public RefereeLink attach(String host, int port, NodeId referee, RefereeHandler handler) {
    String address = host + ":" + port;
    ReconnectingLink link =
        new ReconnectingLink(
            address,
            referee,
            new GrpcDialer(
                host, port, tls.ofNode(NodeTrust.only(referee, address, clock)), eventLoops),
            handler,
            scheduler,
            random,
            settings);
    link.start();
    synchronized (this) {
      links.removeIf(other -> other.state() == LinkState.IDLE);
      links.add(link);
    }
    return link;
  }

  @Override
  public void close() {
    List<GrpcPeerListener> openListeners;
    List<ReconnectingLink> openLinks;
    synchronized (this) {
      openListeners = List.copyOf(listeners);
      openLinks = List.copyOf(links);
    }
    openLinks.forEach(ReconnectingLink::closeNow);
    openListeners.forEach(GrpcPeerListener::close);
    var _ = eventLoops.shutdownGracefully(0, STOP_MILLIS_MAX, TimeUnit.MILLISECONDS);
  }
}
