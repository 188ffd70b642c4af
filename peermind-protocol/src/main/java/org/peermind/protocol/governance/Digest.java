// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Sha256;
import org.peermind.protocol.SignedEnvelope;

/// A SHA-256 value (FIPS 180-4) in lower-case hexadecimal. As the name of a signed record it is
/// over `type`, a zero byte, the author's [NodeId] and the payload as received, so that two
/// signatures over the same words are the same record. A sealed record (a ballot, a report) is
/// committed to by publishing this name of its later reveal, which holds 32 secret random bytes:
/// whoever copies the commitment of another can never open it, since the author is part of it.
public record Digest(String hex) implements Comparable<Digest> {
  private static final int SHORT_LENGTH = 12;

  public Digest {
    if (hex.length() != 2 * Sha256.BYTES || !hex.chars().allMatch(Digest::isLowerHex)) {
      throw new IllegalArgumentException("a digest has 64 lower-case hexadecimal digits");
    }
  }

  private static boolean isLowerHex(int letter) {
    boolean isDigit = letter >= '0' && letter <= '9';
    return isDigit || (letter >= 'a' && letter <= 'f');
  }

  /// @throws ProtocolException unless there are exactly 32 bytes
  public static Digest ofBytes(byte[] sha256) throws ProtocolException {
    if (sha256.length != Sha256.BYTES) {
      throw new ProtocolException("a digest has 32 bytes, not " + sha256.length);
    }
    return new Digest(HexFormat.of().formatHex(sha256));
  }

  /// The SHA-256 of parts, one after the other.
  public static Digest over(byte[]... parts) {
    return new Digest(HexFormat.of().formatHex(Sha256.of(parts)));
  }

  /// The name of a signed record. Does not verify its signature.
  public static Digest of(SignedEnvelope envelope) {
    return over(
        (envelope.wire().getType() + "\0").getBytes(StandardCharsets.UTF_8),
        envelope.signer().toBytes(),
        envelope.wire().getPayload().toByteArray());
  }

  public byte[] toBytes() {
    return HexFormat.of().parseHex(hex);
  }

  /// The first characters, for people.
  public String shortText() {
    return hex.substring(0, SHORT_LENGTH);
  }

  @Override
  public int compareTo(Digest other) {
    return hex.compareTo(other.hex);
  }

  @Override
  public String toString() {
    return hex;
  }
}
