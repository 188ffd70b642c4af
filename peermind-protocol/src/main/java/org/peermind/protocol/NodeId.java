// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.util.Arrays;
import org.bouncycastle.util.encoders.Hex;

/// Who a node is: SHA-256 over the DER form (RFC 8410) of its Ed25519 public key. Shown as Base32
/// with a checksum (design section 4).
public final class NodeId implements Comparable<NodeId> {
  private static final byte[] ED25519_SPKI_PREFIX = Hex.decode("302a300506032b6570032100");
  private static final int SHORT_LENGTH = 8;

  private final byte[] bytes;

  private NodeId(byte[] bytes) {
    this.bytes = bytes;
  }

  /// The id of the node that holds the private half of this raw 32-byte Ed25519 key.
  public static NodeId ofPublicKey(byte[] ed25519PublicKey) {
    return new NodeId(Sha256.of(ED25519_SPKI_PREFIX, ed25519PublicKey));
  }

  /// @throws ProtocolException unless there are exactly 32 bytes
  public static NodeId ofBytes(byte[] bytes) throws ProtocolException {
    if (bytes.length != Sha256.BYTES) {
      throw new ProtocolException("a node id has 32 bytes, not " + bytes.length);
    }
    return new NodeId(bytes.clone());
  }

  /// Reads what [#toString()] wrote.
  public static NodeId parse(String text) throws ProtocolException {
    try {
      return ofBytes(Base32Text.decode(text));
    } catch (ProtocolException malformed) {
      throw new ProtocolException("Not a node id: " + malformed.getMessage() + ".", malformed);
    }
  }

  public byte[] toBytes() {
    return bytes.clone();
  }

  /// The first characters, for people to tell the nodes of a small network apart.
  public String shortText() {
    return toString().substring(0, SHORT_LENGTH);
  }

  @Override
  public int compareTo(NodeId other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NodeId id && Arrays.equals(bytes, id.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return Base32Text.encode(bytes);
  }
}
