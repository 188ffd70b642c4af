// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.util.HexFormat;

/// The name of a model file: its SHA-256 in lower-case hexadecimal (design section 10).
public record ModelHash(String hex) {
  private static final int SHORT_LENGTH = 12;

  public ModelHash {
    if (!hex.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("A model hash has 64 lower-case hexadecimal digits");
    }
  }

  /// @throws ProtocolException unless there are exactly 32 bytes
  public static ModelHash ofBytes(byte[] sha256) throws ProtocolException {
    if (sha256.length != Sha256.BYTES) {
      throw new ProtocolException("a model hash has 32 bytes, not " + sha256.length);
    }
    return new ModelHash(HexFormat.of().formatHex(sha256));
  }

  public byte[] toBytes() {
    return HexFormat.of().parseHex(hex);
  }

  /// The first characters, for people.
  public String shortText() {
    return hex.substring(0, SHORT_LENGTH);
  }

  @Override
  public String toString() {
    return hex;
  }
}
