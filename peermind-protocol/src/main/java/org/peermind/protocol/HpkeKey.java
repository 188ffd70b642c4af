// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.hpke.HPKE;
import org.bouncycastle.crypto.params.X25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.X25519PublicKeyParameters;

/// The private half of the key that questions to this node are sealed to. It lives in memory only:
/// every start of a node draws a new one, and questions sealed to the old one die with it.
public final class HpkeKey {
  private final AsymmetricCipherKeyPair pair;

  private HpkeKey(AsymmetricCipherKeyPair pair) {
    this.pair = pair;
  }

  public static HpkeKey generate() {
    return new HpkeKey(suite().generatePrivateKey());
  }

  /// A key of known bytes, for test vectors.
  static HpkeKey ofPrivateBytes(byte[] bytes) {
    X25519PrivateKeyParameters key = new X25519PrivateKeyParameters(bytes);
    return new HpkeKey(new AsymmetricCipherKeyPair(key.generatePublicKey(), key));
  }

  public HpkePublicKey publicKey() {
    try {
      return HpkePublicKey.ofBytes(((X25519PublicKeyParameters) pair.getPublic()).getEncoded());
    } catch (ProtocolException impossible) {
      throw new IllegalStateException("A generated key has 32 bytes", impossible);
    }
  }

  AsymmetricCipherKeyPair pair() {
    return pair;
  }

  /// DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305 in base mode (RFC 9180 section 7).
  static HPKE suite() {
    return new HPKE(
        HPKE.mode_base, HPKE.kem_X25519_SHA256, HPKE.kdf_HKDF_SHA256, HPKE.aead_CHACHA20_POLY1305);
  }
}
