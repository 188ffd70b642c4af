// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Locale;
import org.bouncycastle.util.encoders.Base32;
import org.bouncycastle.util.encoders.DecoderException;

/// Bytes as people copy them: lower-case Base32 (RFC 4648) without padding, followed by a checksum
/// of three bytes, so that a mistyped or cut line is noticed.
final class Base32Text {
  private static final int CHECKSUM_BYTES = 3;

  private Base32Text() {}

  static String encode(byte[] bytes) {
    byte[] checked = Arrays.copyOf(bytes, bytes.length + CHECKSUM_BYTES);
    System.arraycopy(checksum(bytes), 0, checked, bytes.length, CHECKSUM_BYTES);
    String padded = new String(Base32.encode(checked), StandardCharsets.US_ASCII);
    return padded.replace("=", "").toLowerCase(Locale.ROOT);
  }

  static byte[] decode(String text) throws ProtocolException {
    String padded = text.toUpperCase(Locale.ROOT) + "=".repeat((8 - text.length() % 8) % 8);
    byte[] checked;
    try {
      checked = Base32.decode(padded);
    } catch (DecoderException | ArrayIndexOutOfBoundsException notBase32) {
      throw new ProtocolException("the text is not Base32", notBase32);
    }
    if (checked.length < CHECKSUM_BYTES) {
      throw new ProtocolException("the text is too short");
    }
    byte[] bytes = Arrays.copyOf(checked, checked.length - CHECKSUM_BYTES);
    byte[] claimed = Arrays.copyOfRange(checked, bytes.length, checked.length);
    if (!MessageDigest.isEqual(claimed, checksum(bytes)) || !encode(bytes).equals(text)) {
      throw new ProtocolException("the checksum does not fit, so the text was mistyped or cut");
    }
    return bytes;
  }

  private static byte[] checksum(byte[] bytes) {
    return Arrays.copyOf(Sha256.of(bytes), CHECKSUM_BYTES);
  }
}
