// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.util.Arrays;

/// The X25519 key that questions to a node are sealed to (RFC 9180, KEM 0x0020).
public final class HpkePublicKey {
  public static final int BYTES = 32;

  private final byte[] bytes;

  private HpkePublicKey(byte[] bytes) {
    this.bytes = bytes;
  }

  public static HpkePublicKey ofBytes(byte[] bytes) throws ProtocolException {
    if (bytes.length != BYTES || Arrays.equals(bytes, new byte[BYTES])) {
      throw new ProtocolException("an HPKE key has 32 bytes, not all zero");
    }
    return new HpkePublicKey(bytes.clone());
  }

  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HpkePublicKey key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
