// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.TransportIdentity;

/// TLS 1.3 over a socket between two nodes, with the same certificates and the same rules as
/// attachments (design section 4); for what does not go through a referee. Blocking, for virtual
/// threads.
public final class DirectTls {
  private static final String PROTOCOL = "TLSv1.3";

  private final InstantSource clock;
  private final String application;
  private final KeyManager[] keys;

  /// @param identity certificate and key of this node
  /// @param clock judges whether certificates are in time
  /// @param application what is spoken, negotiated by ALPN (RFC 7301)
  public DirectTls(TransportIdentity identity, InstantSource clock, String application) {
    this.clock = clock;
    this.application = application;
    this.keys = keys(identity);
  }

  /// A connection whose other end is known.
  public record Secured(SSLSocket socket, NodeId peer) {}

  /// Secures a connection that another node opened.
  ///
  /// @param plain stays the caller's to close, which ends the connection at once
  public Secured accept(Socket plain) throws IOException {
    NodeTrust trust = NodeTrust.anyNode(clock);
    SSLSocket socket = wrap(plain, trust);
    socket.setUseClientMode(false);
    socket.setNeedClientAuth(true);
    return shakeHands(socket, trust);
  }

  /// Secures a connection to a node that is known; any other one is refused.
  ///
  /// @param address for the sentence when another node is there
  public Secured connect(Socket plain, NodeId node, String address) throws IOException {
    NodeTrust trust = NodeTrust.only(node, address, clock);
    SSLSocket socket = wrap(plain, trust);
    socket.setUseClientMode(true);
    return shakeHands(socket, trust);
  }

  private Secured shakeHands(SSLSocket socket, NodeTrust trust) throws IOException {
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {PROTOCOL});
    parameters.setApplicationProtocols(new String[] {application});
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
      if (!application.equals(socket.getApplicationProtocol())) {
        throw new IOException("The other side does not speak " + application + ".");
      }
      return new Secured(
          socket,
          trust.check(
              Arrays.stream(socket.getSession().getPeerCertificates())
                  .filter(X509Certificate.class::isInstance)
                  .map(X509Certificate.class::cast)
                  .toArray(X509Certificate[]::new)));
    } catch (NodeTrust.Refusal refused) {
      throw new IOException(refused.sentence(), refused);
    } catch (IOException failed) {
      throw explained(failed);
    }
  }

  /// Names the refusal that TLS wraps into exceptions of its own.
  private static IOException explained(IOException failed) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      if (cause instanceof NodeTrust.Refusal refusal) {
        return new IOException(refusal.sentence(), failed);
      }
    }
    return failed;
  }

  private SSLSocket wrap(Socket plain, NodeTrust trust) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance(PROTOCOL);
      context.init(keys, new TrustManager[] {trust}, null);
      return (SSLSocket)
          context
              .getSocketFactory()
              .createSocket(plain, plain.getInetAddress().getHostAddress(), plain.getPort(), true);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("Every JDK has TLS 1.3", impossible);
    }
  }

  private static KeyManager[] keys(TransportIdentity identity) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      char[] none = new char[0];
      store.setKeyEntry(
          "node", identity.privateKey(), none, new Certificate[] {identity.certificate()});
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      factory.init(store, none);
      return factory.getKeyManagers();
    } catch (GeneralSecurityException | IOException impossible) {
      throw new IllegalStateException("A P-256 identity suits TLS 1.3", impossible);
    }
  }
}
