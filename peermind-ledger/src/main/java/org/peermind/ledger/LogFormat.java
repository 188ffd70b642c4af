// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.peermind.protocol.NetworkName;

/// How the files of a log are laid out (ADR 0022). A segment is a head (8 letters, index of its
/// first entry) and entries, each of them length, CRC-32C over length and contents, contents.
final class LogFormat {
  static final String CHECKPOINT = "checkpoint";
  static final String KEY = "key";
  static final int SMALL_FILE_BYTES_MAX = SignedNote.BYTES_MAX;
  static final int HEAD_BYTES = 16;
  static final int FRAME_BYTES = 8;

  private static final byte[] MAGIC = "PMLEDG01".getBytes(StandardCharsets.US_ASCII);
  private static final Pattern SEGMENT = Pattern.compile("[0-9]{12}\\.log");

  private LogFormat() {}

  static boolean isSegment(String name) {
    return SEGMENT.matcher(name).matches();
  }

  static List<String> segments(List<String> names) {
    return names.stream().filter(LogFormat::isSegment).sorted().toList();
  }

  static String segment(long firstIndex) {
    return String.format(Locale.ROOT, "%012d.log", firstIndex);
  }

  static byte[] head(long firstIndex) {
    return ByteBuffer.allocate(HEAD_BYTES).put(MAGIC).putLong(firstIndex).array();
  }

  static byte[] frame(byte[] contents) {
    return ByteBuffer.allocate(FRAME_BYTES + contents.length)
        .putInt(contents.length)
        .putInt(checksum(contents))
        .put(contents)
        .array();
  }

  /// The contents of the entry at `offset`; empty when they are not whole.
  static Optional<byte[]> contents(byte[] segment, int offset) {
    if (segment.length - offset < FRAME_BYTES) {
      return Optional.empty();
    }
    ByteBuffer frame = ByteBuffer.wrap(segment);
    int length = frame.getInt(offset);
    if (length <= 0
        || length > LedgerEntry.CONTENTS_BYTES_MAX
        || length > segment.length - offset - FRAME_BYTES) {
      return Optional.empty();
    }
    int start = offset + FRAME_BYTES;
    byte[] contents = Arrays.copyOfRange(segment, start, start + length);
    return frame.getInt(offset + Integer.BYTES) == checksum(contents)
        ? Optional.of(contents)
        : Optional.empty();
  }

  private static int checksum(byte[] contents) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, contents.length));
    crc.update(contents);
    return (int) crc.getValue();
  }

  static String origin(NetworkName network) {
    return "peermind/" + network.text();
  }

  /// The key of the log whose key this is, as a witness of its own checkpoints.
  static NoteKey witness(NoteKey logKey) throws LedgerException {
    return new NoteKey(logKey.name() + "/witness", NoteKey.Kind.COSIGNATURE, logKey.publicKey());
  }
}
