// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import org.bouncycastle.util.encoders.Hex;

/// A random name of 128 bits for a session, an offer, a ticket, a job or a request.
public record Id16(long high, long low) {
  public static final int BYTES = 16;

  public static Id16 random(SecureRandom random) {
    return new Id16(random.nextLong(), random.nextLong());
  }

  /// @throws ProtocolException unless there are exactly 16 bytes
  public static Id16 ofBytes(byte[] bytes) throws ProtocolException {
    if (bytes.length != BYTES) {
      throw new ProtocolException("an id has 16 bytes, not " + bytes.length);
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    return new Id16(buffer.getLong(), buffer.getLong());
  }

  public byte[] toBytes() {
    return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
  }

  @Override
  public String toString() {
    return Hex.toHexString(toBytes());
  }
}
