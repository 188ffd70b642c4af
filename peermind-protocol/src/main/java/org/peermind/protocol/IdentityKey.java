// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/// The long-lived Ed25519 key (RFC 8032) that a node is known by. BouncyCastle's lightweight
/// implementation is used because the JDK's is about eight times slower.
public final class IdentityKey {
  public static final int PUBLIC_KEY_BYTES = Ed25519.PUBLIC_KEY_SIZE;
  public static final int SIGNATURE_BYTES = Ed25519.SIGNATURE_SIZE;

  private final Ed25519PrivateKeyParameters privateKey;
  private final byte[] publicKey;
  private final NodeId id;

  private IdentityKey(Ed25519PrivateKeyParameters privateKey) {
    this.privateKey = privateKey;
    this.publicKey = privateKey.generatePublicKey().getEncoded();
    this.id = NodeId.ofPublicKey(publicKey);
  }

  public static IdentityKey generate(SecureRandom random) {
    return new IdentityKey(new Ed25519PrivateKeyParameters(random));
  }

  /// Writes the key as one line of text with a checksum; whoever can read it can be this node.
  public String toSecretText() {
    return Base32Text.encode(privateKey.getEncoded());
  }

  /// Reads what [#toSecretText()] wrote.
  ///
  /// @throws ProtocolException when the text was changed or cut
  public static IdentityKey ofSecretText(String text) throws ProtocolException {
    byte[] seed = Base32Text.decode(text);
    if (seed.length != Ed25519.SECRET_KEY_SIZE) {
      throw new ProtocolException("an identity key has 32 bytes, not " + seed.length);
    }
    return new IdentityKey(new Ed25519PrivateKeyParameters(seed));
  }

  public NodeId id() {
    return id;
  }

  public byte[] publicKey() {
    return publicKey.clone();
  }

  /// Signs the text of a note (C2SP signed-note). What an envelope signs has a zero byte, which no
  /// note may have, so that neither signature can be used for the other.
  ///
  /// @throws IllegalArgumentException when the text has a control character other than a line feed
  public byte[] signNote(String text) {
    if (!isNote(text)) {
      throw new IllegalArgumentException("a note has no control characters");
    }
    return sign(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Whether the holder of `publicKey` signed this text as a note.
  public static boolean verifiesNote(byte[] publicKey, String text, byte[] signature) {
    return isNote(text) && verifies(publicKey, text.getBytes(StandardCharsets.UTF_8), signature);
  }

  private static boolean isNote(String text) {
    return text.chars().noneMatch(character -> character < ' ' && character != '\n');
  }

  byte[] sign(byte[] message) {
    byte[] signature = new byte[SIGNATURE_BYTES];
    privateKey.sign(Ed25519.Algorithm.Ed25519, null, message, 0, message.length, signature, 0);
    return signature;
  }

  /// Whether `signature` over `message` is by the holder of `publicKey`. Keys of small order and
  /// keys that are not in canonical form never verify.
  static boolean verifies(byte[] publicKey, byte[] message, byte[] signature) {
    return publicKey.length == PUBLIC_KEY_BYTES
        && signature.length == SIGNATURE_BYTES
        && Ed25519.validatePublicKeyFull(publicKey, 0)
        && Ed25519.verify(signature, 0, publicKey, 0, message, 0, message.length);
  }

  @Override
  public String toString() {
    return "IdentityKey[" + id + "]";
  }
}
