// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.time.DateTimeException;
import java.time.Instant;

/// The checks that every decoder of a signed payload shares.
public final class Payloads {
  private static final long MILLIS_MAX = Instant.parse("9999-12-31T23:59:59Z").toEpochMilli();

  private Payloads() {}

  /// The part of a record's codec that may fail on hostile input.
  @FunctionalInterface
  public interface Decoding<W, R> {
    R apply(W wire) throws ProtocolException;
  }

  /// Verifies `envelope` as a `type`, parses its payload and turns it into a record; whatever the
  /// record refuses becomes a [ProtocolException] that names the type.
  public static <W extends MessageLite, R> R open(
      SignedEnvelope envelope, String type, Parser<W> parser, Decoding<W, R> decoding)
      throws ProtocolException {
    byte[] payload = envelope.payload(type);
    try {
      return decoding.apply(parser.parseFrom(payload));
    } catch (InvalidProtocolBufferException
        | IllegalArgumentException
        | ProtocolException malformed) {
      throw new ProtocolException(
          "a " + type + " is malformed: " + malformed.getMessage(), malformed);
    }
  }

  /// @throws ProtocolException when it is before 1970 or after the year 9999
  public static Instant instant(long epochMillis) throws ProtocolException {
    if (epochMillis < 0 || epochMillis > MILLIS_MAX) {
      throw new ProtocolException("a time is out of range");
    }
    try {
      return Instant.ofEpochMilli(epochMillis);
    } catch (DateTimeException outOfRange) {
      throw new ProtocolException("a time is out of range", outOfRange);
    }
  }

  /// @throws ProtocolException when the text is longer, or holds control characters
  public static String text(String text, int charactersMax, String name) throws ProtocolException {
    if (text.length() > charactersMax || text.chars().anyMatch(Character::isISOControl)) {
      throw new ProtocolException(name + " is too long or holds control characters");
    }
    return text;
  }

  /// @throws ProtocolException unless there are exactly `length` bytes
  public static byte[] bytes(ByteString bytes, int length, String name) throws ProtocolException {
    if (bytes.size() != length) {
      throw new ProtocolException(name + " has " + bytes.size() + " bytes instead of " + length);
    }
    return bytes.toByteArray();
  }
}
