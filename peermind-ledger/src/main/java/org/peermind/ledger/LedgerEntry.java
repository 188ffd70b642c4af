// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import com.google.protobuf.UnknownFieldSet;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;

/// One leaf of the ledger: a record and when the referee wrote it down. Its contents are the
/// version byte 1, 8 bytes of milliseconds since 1970 (big-endian) and the envelope's bytes.
///
/// @param index from 0
/// @param witnessedAt in whole milliseconds; the time of everything that the entry says
public record LedgerEntry(long index, Instant witnessedAt, SignedEnvelope record) {
  /// The longest contents: a payload of 16 KiB, its envelope and what goes before.
  public static final int CONTENTS_BYTES_MAX = SignedEnvelope.PAYLOAD_BYTES_MAX + 512;

  private static final byte VERSION = 1;
  private static final int HEAD_BYTES = 1 + Long.BYTES;

  public LedgerEntry {
    if (index < 0 || !witnessedAt.equals(witnessedAt.truncatedTo(ChronoUnit.MILLIS))) {
      throw new IllegalArgumentException("an entry has an index and a time in milliseconds");
    }
  }

  /// Reads the contents of a leaf.
  ///
  /// @throws LedgerException when they are not exactly those of an entry: an envelope with unknown
  ///   fields, or written in another way than its own, has no place in the ledger
  public static LedgerEntry of(long index, byte[] contents) throws LedgerException {
    if (contents.length <= HEAD_BYTES || contents.length > CONTENTS_BYTES_MAX) {
      throw new LedgerException("an entry has a wrong length");
    }
    if (contents[0] != VERSION) {
      throw new LedgerException("an entry is of the unknown version " + contents[0]);
    }
    LedgerEntry entry;
    try {
      entry =
          new LedgerEntry(
              index,
              Instant.ofEpochMilli(ByteBuffer.wrap(contents).getLong(1)),
              SignedEnvelope.ofBytes(Arrays.copyOfRange(contents, HEAD_BYTES, contents.length)));
    } catch (ProtocolException malformed) {
      throw new LedgerException("the envelope has a wrong form", malformed);
    }
    if (!entry.isPlain() || !Arrays.equals(contents, entry.contents())) {
      throw new LedgerException("an envelope is not in its plain form");
    }
    return entry;
  }

  /// Whether the envelope has known fields only.
  boolean isPlain() {
    return record.wire().getUnknownFields().equals(UnknownFieldSet.getDefaultInstance());
  }

  /// The bytes that are hashed and kept.
  public byte[] contents() {
    byte[] envelope = record.wire().toByteArray();
    return ByteBuffer.allocate(HEAD_BYTES + envelope.length)
        .put(VERSION)
        .putLong(witnessedAt.toEpochMilli())
        .put(envelope)
        .array();
  }

  /// The record's type.
  public String type() {
    return record.wire().getType();
  }

  /// Checks the author's signature.
  ///
  /// @throws LedgerException when it does not verify
  public void verifySignature() throws LedgerException {
    try {
      record.payload(type());
    } catch (ProtocolException refused) {
      throw new LedgerException("its signature does not verify", refused);
    }
  }
}
