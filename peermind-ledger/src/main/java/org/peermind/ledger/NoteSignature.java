// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.util.Arrays;

/// One signature line of a note: `— NAME BASE64`, where the bytes begin with the hash of the key.
final class NoteSignature {
  static final String BEGIN = "\u2014 ";
  private static final int BYTES_MAX = 8192;

  private final String name;
  private final byte[] bytes;

  NoteSignature(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes.clone();
  }

  static NoteSignature parse(String line) throws LedgerException {
    int space = line.indexOf(' ', BEGIN.length());
    if (!line.startsWith(BEGIN) || space < 0) {
      throw new LedgerException("a signature of a note has not the form \"— NAME BASE64\"");
    }
    String name = line.substring(BEGIN.length(), space);
    byte[] bytes = StrictBase64.decode(line.substring(space + 1));
    if (!NoteKey.isName(name) || bytes.length <= NoteKey.HASH_BYTES || bytes.length > BYTES_MAX) {
      throw new LedgerException("a signature of a note has a wrong name or length");
    }
    return new NoteSignature(name, bytes);
  }

  String name() {
    return name;
  }

  byte[] bytes() {
    return bytes.clone();
  }

  boolean hasHash(byte[] hash) {
    return Arrays.equals(hash, 0, hash.length, bytes, 0, hash.length);
  }

  @Override
  public String toString() {
    return BEGIN + name + " " + StrictBase64.encode(bytes);
  }
}
