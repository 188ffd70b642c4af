// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.IdentityKey;

/// A text and the signatures under it (C2SP signed-note).
public final class SignedNote {
  /// The longest note that is read, in bytes.
  public static final int BYTES_MAX = 64 * 1024;

  /// The most signatures that are read.
  public static final int SIGNATURES_MAX = 64;

  private final String text;
  private final List<NoteSignature> signatures;

  private SignedNote(String text, List<NoteSignature> signatures) {
    this.text = text;
    this.signatures = List.copyOf(signatures);
  }

  /// Signs `text` with one key as each of `keys`.
  ///
  /// @param text ends with a line feed
  static SignedNote sign(String text, IdentityKey key, List<NoteKey> keys, Instant at) {
    return new SignedNote(text, keys.stream().map(as -> as.sign(key, text, at)).toList());
  }

  /// Reads a note; nothing is verified yet.
  ///
  /// @throws LedgerException when it is not UTF-8, has control characters, or is no note
  public static SignedNote parse(byte[] bytes) throws LedgerException {
    if (bytes.length > BYTES_MAX) {
      throw new LedgerException("a note has more than %,d bytes".formatted(BYTES_MAX));
    }
    String note;
    try {
      note = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException malformed) {
      throw new LedgerException("a note is not UTF-8", malformed);
    }
    if (note.chars().anyMatch(c -> c < ' ' && c != '\n')) {
      throw new LedgerException("a note has a control character");
    }
    int split = note.lastIndexOf("\n\n");
    if (split < 0 || !note.endsWith("\n") || split + 2 == note.length()) {
      throw new LedgerException("a note has no signatures");
    }
    String[] lines = note.substring(split + 2, note.length() - 1).split("\n", -1);
    if (lines.length > SIGNATURES_MAX) {
      throw new LedgerException("a note has more than %d signatures".formatted(SIGNATURES_MAX));
    }
    List<NoteSignature> signatures = new ArrayList<>();
    for (String line : lines) {
      signatures.add(NoteSignature.parse(line));
    }
    return new SignedNote(note.substring(0, split + 1), signatures);
  }

  /// What is signed; ends with a line feed.
  public String text() {
    return text;
  }

  /// Which of `known` keys signed. Signatures of others are ignored.
  ///
  /// @throws LedgerException when a signature by a known key does not verify, or there is none
  public List<NoteKey> verify(List<NoteKey> known) throws LedgerException {
    List<NoteKey> signers = new ArrayList<>();
    for (NoteSignature signature : signatures) {
      for (NoteKey key : known) {
        if (key.isKeyOf(signature)) {
          if (!key.verifies(text, signature)) {
            throw new LedgerException("the signature of %s does not verify".formatted(key.name()));
          }
          signers.add(key);
        }
      }
    }
    if (signers.isEmpty()) {
      throw new LedgerException("no known key signed the note");
    }
    return signers.stream().distinct().toList();
  }

  /// When the cosignature of `key` says that the note was seen; verify first.
  public Optional<Instant> time(NoteKey key) {
    return signatures.stream().filter(key::isKeyOf).findFirst().flatMap(key::time);
  }

  int signatureCount() {
    return signatures.size();
  }

  public byte[] toBytes() {
    return toString().getBytes(StandardCharsets.UTF_8);
  }

  /// The note as it is written down.
  @Override
  public String toString() {
    StringBuilder note = new StringBuilder(text).append('\n');
    signatures.forEach(signature -> note.append(signature).append('\n'));
    return note.toString();
  }
}
