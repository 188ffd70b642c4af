// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import javax.net.ssl.SSLException;
import org.peermind.protocol.TransportIdentity;

/// TLS 1.3 with certificates on both sides, nothing else (design section 4).
final class TlsContexts {
  private static final String PROTOCOL = "TLSv1.3";

  private final TransportIdentity identity;
  private final SslProvider provider;

  TlsContexts(TransportIdentity identity, SslProvider provider) {
    this.identity = identity;
    this.provider = provider;
  }

  /// BoringSSL where its natives load, which takes a third less CPU for a handshake (facts:
  /// network, section 2.2); else what the JDK brings.
  static SslProvider fastestProvider() {
    return OpenSsl.isAvailable() && SslProvider.isTlsv13Supported(SslProvider.OPENSSL)
        ? SslProvider.OPENSSL
        : SslProvider.JDK;
  }

  String description() {
    return switch (provider) {
      case JDK -> "TLS by the JDK";
      case OPENSSL, OPENSSL_REFCNT -> "TLS by BoringSSL";
    };
  }

  SslContext ofReferee(NodeTrust trust) {
    return build(
        SslContextBuilder.forServer(identity.privateKey(), identity.certificate())
            .clientAuth(ClientAuth.REQUIRE),
        trust);
  }

  SslContext ofNode(NodeTrust trust) {
    return build(
        SslContextBuilder.forClient().keyManager(identity.privateKey(), identity.certificate()),
        trust);
  }

  private SslContext build(SslContextBuilder builder, NodeTrust trust) {
    try {
      return GrpcSslContexts.configure(builder.trustManager(trust), provider)
          .protocols(PROTOCOL)
          .build();
    } catch (SSLException impossible) {
      throw new IllegalStateException("A P-256 identity suits TLS 1.3", impossible);
    }
  }
}
