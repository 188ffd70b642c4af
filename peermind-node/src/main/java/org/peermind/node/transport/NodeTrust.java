// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.TransportIdentity;

/// Accepts exactly the certificates that an identity vouches for, and on a client only that of the
/// expected node. Host names mean nothing here, hence the *extended* trust manager: around a plain
/// one the JDK would check names. That the other side holds the key, TLS itself proves.
final class NodeTrust extends X509ExtendedTrustManager {
  private final InstantSource clock;
  private final Optional<Pin> pin;

  private record Pin(NodeId node, String address) {}

  private NodeTrust(InstantSource clock, Optional<Pin> pin) {
    this.clock = clock;
    this.pin = pin;
  }

  /// For a referee: any node with a bound identity.
  static NodeTrust anyNode(InstantSource clock) {
    return new NodeTrust(clock, Optional.empty());
  }

  /// For a node: only the referee `node`, which is expected at `address`.
  static NodeTrust only(NodeId node, String address, InstantSource clock) {
    return new NodeTrust(clock, Optional.of(new Pin(node, address)));
  }

  /// Why a certificate was refused, one sentence.
  static final class Refusal extends CertificateException {
    private static final long serialVersionUID = 1L;

    private final String sentence;

    Refusal(String sentence) {
      super(sentence);
      this.sentence = sentence;
    }

    String sentence() {
      return sentence;
    }
  }

  /// The node that speaks through `chain`.
  NodeId check(X509Certificate[] chain) throws Refusal {
    if (chain.length == 0) {
      throw new Refusal("The other side showed no certificate.");
    }
    NodeId node;
    try {
      node = TransportIdentity.nodeOf(chain[0], clock.instant());
    } catch (ProtocolException unbound) {
      String where = pin.map(expected -> " at " + expected.address()).orElse("");
      throw new Refusal("The other side" + where + " is no node: " + unbound.getMessage() + ".");
    }
    if (pin.isPresent() && !pin.get().node().equals(node)) {
      throw new Refusal(
          "The node at %s is %s, not the invited %s; ask for a new invitation."
              .formatted(pin.get().address(), node.shortText(), pin.get().node().shortText()));
    }
    return node;
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType) throws Refusal {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType) throws Refusal {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws Refusal {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws Refusal {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws Refusal {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws Refusal {
    check(chain);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
