// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.peermind.protocol.NodeId;

/// A referee's gRPC server.
final class GrpcPeerListener implements PeerListener {
  private static final Duration KEEP_ALIVE_TIME = Duration.ofSeconds(10);
  private static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration KEEP_ALIVE_PERMITTED = Duration.ofSeconds(5);
  private static final Duration IDLE_CONNECTION_MAX = Duration.ofSeconds(10);
  private static final int STOP_MILLIS_MAX = 500;

  private final PeerRegistry registry;
  private final NodeTrust trust;
  private final AdmittingServerChannel.OpenConnections connections =
      new AdmittingServerChannel.OpenConnections();
  private final Server server;

  GrpcPeerListener(
      InetSocketAddress address,
      PeerRegistry registry,
      NodeTrust trust,
      TlsContexts tls,
      EventLoopGroup eventLoops,
      TransportSettings settings) {
    this.registry = registry;
    this.trust = trust;
    this.server =
        NettyServerBuilder.forAddress(address)
            .sslContext(tls.ofReferee(trust))
            .channelFactory(() -> new AdmittingServerChannel(registry.connections(), connections))
            .bossEventLoopGroup(eventLoops)
            .workerEventLoopGroup(eventLoops)
            .directExecutor()
            .decompressorRegistry(AttachMethod.UNCOMPRESSED)
            .maxInboundMessageSize(AttachMethod.INBOUND_BYTES_MAX)
            .maxInboundMetadataSize(AttachMethod.METADATA_BYTES_MAX)
            .flowControlWindow(AttachMethod.WINDOW_BYTES)
            .maxConcurrentCallsPerConnection(settings.streamsPerPeerMax())
            .handshakeTimeout(settings.handshakeMax().toMillis(), TimeUnit.MILLISECONDS)
            .maxConnectionIdle(IDLE_CONNECTION_MAX.toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTime(KEEP_ALIVE_TIME.toMillis(), TimeUnit.MILLISECONDS)
            .keepAliveTimeout(KEEP_ALIVE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveTime(KEEP_ALIVE_PERMITTED.toMillis(), TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(
                ServerServiceDefinition.builder(AttachMethod.SERVICE)
                    .addMethod(AttachMethod.METHOD, (call, _) -> startCall(call))
                    .build())
            .build();
  }

  /// Binds the address.
  void start(InetSocketAddress address) throws IOException {
    String text = address.getHostString() + ":" + address.getPort();
    try {
      server.start();
    } catch (IOException failed) {
      throw new IOException(bindSentence(text, failed), failed);
    }
    registry.start();
  }

  private static String bindSentence(String address, IOException failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        String text = String.valueOf(cause.getMessage());
        if (text.contains("in use")) {
          return "Another program already listens at %s; stop it or choose another port."
              .formatted(address);
        }
        return "This machine cannot listen at %s (%s); choose an address of this machine."
            .formatted(address, text);
      }
    }
    return "This machine cannot listen at %s: %s.".formatted(address, failed.getMessage());
  }

  private ServerCall.Listener<byte[]> startCall(ServerCall<byte[], byte[]> call) {
    NodeId peer;
    try {
      peer = peerOf(call.getAttributes());
    } catch (NodeTrust.Refusal refusal) {
      TransportLog.strangerRefused(refusal.sentence());
      call.close(Status.UNAUTHENTICATED.withDescription(refusal.sentence()), new Metadata());
      return new ServerCall.Listener<>() {};
    }
    call.sendHeaders(new Metadata());
    Stream stream = new Stream(call);
    PeerAttachment attachment = registry.accept(peer, stream);
    stream.requestOne();
    return new Calls(attachment, stream, peer);
  }

  private NodeId peerOf(Attributes attributes) throws NodeTrust.Refusal {
    SSLSession session = attributes.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    if (session == null) {
      throw new NodeTrust.Refusal("The other side does not speak TLS.");
    }
    try {
      return trust.check(
          Arrays.stream(session.getPeerCertificates())
              .filter(X509Certificate.class::isInstance)
              .map(X509Certificate.class::cast)
              .toArray(X509Certificate[]::new));
    } catch (SSLPeerUnverifiedException _) {
      throw new NodeTrust.Refusal("The other side showed no certificate.");
    }
  }

  @Override
  public int port() {
    return server.getPort();
  }

  @Override
  public int attachedPeers() {
    return registry.attachedPeers();
  }

  /// Connections that are open, whether or not a node is attached through them.
  int openConnections() {
    return connections.count();
  }

  @Override
  public void drain(Duration spread) {
    registry.drain(spread);
  }

  @Override
  public void close() {
    registry.close();
    server.shutdown();
    try {
      if (!server.awaitTermination(STOP_MILLIS_MAX, TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
        server.awaitTermination(STOP_MILLIS_MAX, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException _) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private final class Stream implements ByteStream {
    private final ServerCall<byte[], byte[]> call;
    private final AtomicBoolean over = new AtomicBoolean();

    Stream(ServerCall<byte[], byte[]> call) {
      this.call = call;
    }

    @Override
    public boolean isReady() {
      return call.isReady();
    }

    @Override
    public void write(byte[] message) {
      if (over.get() || call.isCancelled()) {
        return;
      }
      call.sendMessage(message);
    }

    @Override
    public void requestOne() {
      call.request(1);
    }

    @Override
    public void close(String reason) {
      if (over.compareAndSet(false, true)) {
        call.close(Status.UNAVAILABLE.withDescription(reason), new Metadata());
      }
    }

    @Override
    public void abort() {
      SocketAddress remote = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
      if (remote != null) {
        connections.abort(remote);
      }
    }
  }

  private static final class Calls extends ServerCall.Listener<byte[]> {
    private final PeerAttachment attachment;
    private final Stream stream;
    private final NodeId peer;

    Calls(PeerAttachment attachment, Stream stream, NodeId peer) {
      this.attachment = attachment;
      this.stream = stream;
      this.peer = peer;
    }

    @Override
    public void onMessage(byte[] message) {
      attachment.onMessage(message);
    }

    @Override
    public void onReady() {
      attachment.onReady();
    }

    @Override
    public void onHalfClose() {
      attachment.endSoon("Node " + peer.shortText() + " ended its stream.");
    }

    @Override
    public void onCancel() {
      stream.over.set(true);
      attachment.onClosed("Node " + peer.shortText() + " went away.");
    }

    @Override
    public void onComplete() {
      attachment.onClosed("Node " + peer.shortText() + " went away.");
    }
  }
}
