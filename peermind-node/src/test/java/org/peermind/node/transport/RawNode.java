// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.peermind.protocol.TransportIdentity;
import org.peermind.protocol.wire.AttachedAck;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Hello;
import org.peermind.protocol.wire.Up;

/// A client that keeps to none of the rules: it trusts everybody, says what it is told to say, and
/// reads only when asked to.
final class RawNode implements AutoCloseable {
  static final Up HELLO = Up.newBuilder().setHello(Hello.getDefaultInstance()).build();
  static final Up ACKNOWLEDGEMENT =
      Up.newBuilder().setAttachedAck(AttachedAck.getDefaultInstance()).build();

  private final ManagedChannel channel;

  private RawNode(NettyChannelBuilder builder) {
    channel = builder.directExecutor().flowControlWindow(AttachMethod.WINDOW_BYTES).build();
  }

  static RawNode of(TransportIdentity identity, int port) throws SSLException {
    return withCertificate(identity.privateKey(), identity.certificate(), port, "TLSv1.3");
  }

  static RawNode withCertificate(
      PrivateKey key, X509Certificate certificate, int port, String protocol) throws SSLException {
    return withTls(builder().keyManager(key, certificate).protocols(protocol).build(), port);
  }

  static RawNode withoutCertificate(int port) throws SSLException {
    return withTls(builder().protocols("TLSv1.3").build(), port);
  }

  static RawNode plaintext(int port) {
    return new RawNode(NettyChannelBuilder.forAddress(TransportContract.HOST, port).usePlaintext());
  }

  private static RawNode withTls(SslContext tls, int port) {
    return new RawNode(
        NettyChannelBuilder.forAddress(TransportContract.HOST, port)
            .overrideAuthority("peermind")
            .sslContext(tls));
  }

  private static SslContextBuilder builder() {
    return GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
        .trustManager(InsecureTrustManagerFactory.INSTANCE);
  }

  Call open() {
    return new Call(channel);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  /// One stream; nothing is read until [#request].
  static final class Call extends ClientCall.Listener<byte[]> {
    private final ClientCall<byte[], byte[]> call;
    private final List<byte[]> received = new ArrayList<>();
    private Optional<Status> status = Optional.empty();

    Call(ManagedChannel channel) {
      call = channel.newCall(AttachMethod.METHOD, CallOptions.DEFAULT);
      call.start(this, new Metadata());
    }

    Call send(Up message) {
      return sendBytes(message.toByteArray());
    }

    Call sendBytes(byte[] message) {
      call.sendMessage(message);
      return this;
    }

    Call request(int messages) {
      call.request(messages);
      return this;
    }

    @Override
    public synchronized void onMessage(byte[] message) {
      received.add(message);
    }

    @Override
    public synchronized void onClose(Status closed, Metadata trailers) {
      status = Optional.of(closed);
    }

    synchronized Optional<Status> status() {
      return status;
    }

    synchronized String description() {
      return status.map(Status::getDescription).orElse("still open");
    }

    synchronized List<Down.KindCase> kinds() {
      return received.stream().map(Call::kind).toList();
    }

    private static Down.KindCase kind(byte[] message) {
      try {
        return Down.parseFrom(message).getKindCase();
      } catch (com.google.protobuf.InvalidProtocolBufferException broken) {
        throw new AssertionError(broken);
      }
    }
  }
}
