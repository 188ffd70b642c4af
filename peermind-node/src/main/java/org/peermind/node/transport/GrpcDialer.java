// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Opens streams to one referee. Every try has a channel of its own, so that our backoff, not
/// gRPC's, decides when to try again.
final class GrpcDialer implements Dialer {
  private static final int CONNECT_MILLIS_MAX = 5_000;
  private static final int KEEP_ALIVE_SECONDS = 10;
  private static final int KEEP_ALIVE_TIMEOUT_SECONDS = 5;

  /// The same in every request, because the certificate says who is meant.
  private static final String AUTHORITY = "peermind";

  private final String host;
  private final int port;
  private final SslContext tls;
  private final EventLoopGroup eventLoops;

  GrpcDialer(String host, int port, SslContext tls, EventLoopGroup eventLoops) {
    this.host = host;
    this.port = port;
    this.tls = tls;
    this.eventLoops = eventLoops;
  }

  @Override
  public ByteStream dial(StreamReceiver receiver) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(host, port)
            .sslContext(tls)
            .overrideAuthority(AUTHORITY)
            .eventLoopGroup(eventLoops)
            .channelType(NioSocketChannel.class)
            .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
            .directExecutor()
            .disableRetry()
            .disableServiceConfigLookUp()
            .proxyDetector(_ -> null)
            .decompressorRegistry(AttachMethod.UNCOMPRESSED)
            .maxInboundMessageSize(AttachMethod.INBOUND_BYTES_MAX)
            .maxInboundMetadataSize(AttachMethod.METADATA_BYTES_MAX)
            .flowControlWindow(AttachMethod.WINDOW_BYTES)
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .build();
    ClientCall<byte[], byte[]> call =
        channel.newCall(AttachMethod.METHOD, CallOptions.DEFAULT.withCompression("identity"));
    call.start(new Calls(receiver, channel, host + ":" + port), new Metadata());
    return new Stream(call, channel);
  }

  private static final class Stream implements ByteStream {
    private final ClientCall<byte[], byte[]> call;
    private final ManagedChannel channel;

    Stream(ClientCall<byte[], byte[]> call, ManagedChannel channel) {
      this.call = call;
      this.channel = channel;
    }

    @Override
    public boolean isReady() {
      return call.isReady();
    }

    @Override
    public void write(byte[] message) {
      call.sendMessage(message);
    }

    @Override
    public void requestOne() {
      call.request(1);
    }

    @Override
    public void close(String reason) {
      call.halfClose();
    }

    @Override
    public void abort() {
      call.cancel("This node detached.", null);
      channel.shutdownNow();
    }
  }

  private static final class Calls extends ClientCall.Listener<byte[]> {
    private final StreamReceiver receiver;
    private final ManagedChannel channel;
    private final String address;

    Calls(StreamReceiver receiver, ManagedChannel channel, String address) {
      this.receiver = receiver;
      this.channel = channel;
      this.address = address;
    }

    @Override
    public void onReady() {
      receiver.onReady();
    }

    @Override
    public void onMessage(byte[] message) {
      receiver.onMessage(message);
    }

    @Override
    public void onClose(Status status, @Nullable Metadata trailers) {
      channel.shutdownNow();
      receiver.onClosed(DialFailures.sentence(address, status));
    }
  }
}
