// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.nio.charset.StandardCharsets;
import org.peermind.protocol.wire.Envelope;

/// Bytes and the signature of their author. What is signed is `"peermind/v1/" + type + 0x00 +
/// payload`, exactly as received, so that nothing is ever encoded again to be checked and no
/// signature can be used for another type.
public final class SignedEnvelope {
  /// Largest payload that is read, in bytes.
  public static final int PAYLOAD_BYTES_MAX = 16 * 1024;

  private static final String DOMAIN = "peermind/v1/";
  private static final int TYPE_CHARACTERS_MAX = 64;

  private final Envelope wire;
  private final NodeId signer;

  /// Whether the signature is known to be good, so that it is verified once however often the
  /// payload is read: neither the bytes nor the key can change. A race verifies twice at worst.
  private volatile boolean verified;

  private SignedEnvelope(Envelope wire, boolean verified) {
    this.wire = wire;
    this.verified = verified;
    this.signer = NodeId.ofPublicKey(wire.getSignerKey().toByteArray());
  }

  /// Signs `payload` as a `type`; for the records of this module, which check what they sign.
  public static SignedEnvelope seal(IdentityKey key, String type, byte[] payload) {
    return new SignedEnvelope(
        Envelope.newBuilder()
            .setType(type)
            .setPayload(ByteString.copyFrom(payload))
            .setSignerKey(ByteString.copyFrom(key.publicKey()))
            .setSignature(ByteString.copyFrom(key.sign(signedBytes(type, payload))))
            .build(),
        true);
  }

  /// Takes an envelope as it came and checks its form; the signature is checked by
  /// [#payload(String)].
  public static SignedEnvelope of(Envelope wire) throws ProtocolException {
    if (wire.getPayload().size() > PAYLOAD_BYTES_MAX
        || wire.getType().length() > TYPE_CHARACTERS_MAX) {
      throw new ProtocolException("an envelope is larger than allowed");
    }
    if (wire.getSignerKey().size() != IdentityKey.PUBLIC_KEY_BYTES
        || wire.getSignature().size() != IdentityKey.SIGNATURE_BYTES) {
      throw new ProtocolException("an envelope has no proper key or signature");
    }
    return new SignedEnvelope(wire, false);
  }

  public static SignedEnvelope ofBytes(byte[] bytes) throws ProtocolException {
    try {
      return of(Envelope.parseFrom(bytes));
    } catch (InvalidProtocolBufferException malformed) {
      throw new ProtocolException("an envelope cannot be read", malformed);
    }
  }

  public Envelope wire() {
    return wire;
  }

  /// Who claims to have signed; true only when [#payload(String)] returned.
  public NodeId signer() {
    return signer;
  }

  /// Whether the signature was found good here, or made here.
  boolean isVerified() {
    return verified;
  }

  /// The signed bytes.
  ///
  /// @throws ProtocolException when this is not a `type` or the signature is not the signer's
  public byte[] payload(String type) throws ProtocolException {
    if (!wire.getType().equals(type)) {
      throw new ProtocolException("an envelope is not of the type " + type);
    }
    byte[] payload = wire.getPayload().toByteArray();
    verified =
        verified
            || IdentityKey.verifies(
                wire.getSignerKey().toByteArray(),
                signedBytes(type, payload),
                wire.getSignature().toByteArray());
    if (!verified) {
      throw new ProtocolException("the signature of a " + type + " does not verify");
    }
    return payload;
  }

  private static byte[] signedBytes(String type, byte[] payload) {
    byte[] domain = (DOMAIN + type + "\0").getBytes(StandardCharsets.UTF_8);
    byte[] signed = new byte[domain.length + payload.length];
    System.arraycopy(domain, 0, signed, 0, domain.length);
    System.arraycopy(payload, 0, signed, domain.length, payload.length);
    return signed;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SignedEnvelope envelope && wire.equals(envelope.wire);
  }

  @Override
  public int hashCode() {
    return wire.hashCode();
  }
}
