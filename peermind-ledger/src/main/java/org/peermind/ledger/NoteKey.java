// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Sha256;

/// A key that verifies signatures of notes (C2SP signed-note, "verifier keys"): its name, its kind
/// and the Ed25519 public key. As text `NAME+HASH+BASE64`.
public final class NoteKey {
  /// What a signature says.
  public enum Kind {
    /// The log's own: the note's text, signed as it is.
    ED25519(1, 0),
    /// A witness's `cosignature/v1` (C2SP tlog-cosignature): the text, seen at a time.
    COSIGNATURE(4, Long.BYTES);

    private final byte code;
    private final int timeBytes;

    Kind(int code, int timeBytes) {
      this.code = (byte) code;
      this.timeBytes = timeBytes;
    }
  }

  static final int HASH_BYTES = 4;
  private static final int NAME_CHARACTERS_MAX = 256;

  private final String name;
  private final Kind kind;
  private final byte[] publicKey;

  /// @throws LedgerException when the name is empty, too long or has a space, a plus or a control
  ///   character, or the key has another length
  public NoteKey(String name, Kind kind, byte[] publicKey) throws LedgerException {
    if (!isName(name)) {
      throw new LedgerException("a key's name has no spaces or plus signs and is not empty");
    }
    if (publicKey.length != IdentityKey.PUBLIC_KEY_BYTES) {
      throw new LedgerException("an Ed25519 key has 32 bytes, not " + publicKey.length);
    }
    this.name = name;
    this.kind = kind;
    this.publicKey = publicKey.clone();
  }

  static boolean isName(String name) {
    return !name.isEmpty()
        && name.length() <= NAME_CHARACTERS_MAX
        && name.codePoints()
            .noneMatch(
                c ->
                    c == '+'
                        || Character.isWhitespace(c)
                        || Character.isSpaceChar(c)
                        || Character.isISOControl(c));
  }

  /// Reads `NAME+HASH+BASE64`; the hash must be that of the key.
  public static NoteKey parse(String text) throws LedgerException {
    String[] parts = text.split("\\+", 3);
    if (parts.length != 3) {
      throw new LedgerException("a key is written NAME+HASH+BASE64");
    }
    byte[] coded = StrictBase64.decode(parts[2]);
    for (Kind kind : Kind.values()) {
      if (coded.length > 0 && coded[0] == kind.code) {
        NoteKey key = new NoteKey(parts[0], kind, Arrays.copyOfRange(coded, 1, coded.length));
        if (!key.hashText().equals(parts[1])) {
          throw new LedgerException("the hash of the key %s is not its own".formatted(parts[0]));
        }
        return key;
      }
    }
    throw new LedgerException("the key %s is of an unknown kind".formatted(parts[0]));
  }

  public String name() {
    return name;
  }

  public Kind kind() {
    return kind;
  }

  public byte[] publicKey() {
    return publicKey.clone();
  }

  /// The first 4 bytes of SHA-256 over name, line feed, kind and key.
  byte[] hash() {
    byte[] digest =
        Sha256.of(
            (name + "\n").getBytes(StandardCharsets.UTF_8), new byte[] {kind.code}, publicKey);
    return Arrays.copyOf(digest, HASH_BYTES);
  }

  private String hashText() {
    return HexFormat.of().formatHex(hash());
  }

  boolean isKeyOf(NoteSignature signature) {
    return signature.name().equals(name) && signature.hasHash(hash());
  }

  /// Signs a note with the private half.
  ///
  /// @param at when it was seen; only a cosignature says it, in whole seconds
  NoteSignature sign(IdentityKey key, String noteText, Instant at) {
    if (!Arrays.equals(key.publicKey(), publicKey)) {
      throw new IllegalArgumentException("another key signs for " + name);
    }
    long seconds = at.getEpochSecond();
    byte[] signature = key.signNote(signedText(noteText, seconds));
    ByteBuffer bytes = ByteBuffer.allocate(HASH_BYTES + kind.timeBytes + signature.length);
    bytes.put(hash());
    if (kind == Kind.COSIGNATURE) {
      bytes.putLong(seconds);
    }
    return new NoteSignature(name, bytes.put(signature).array());
  }

  boolean verifies(String noteText, NoteSignature line) {
    byte[] bytes = line.bytes();
    int start = HASH_BYTES + kind.timeBytes;
    if (bytes.length != start + IdentityKey.SIGNATURE_BYTES) {
      return false;
    }
    long seconds = kind == Kind.COSIGNATURE ? ByteBuffer.wrap(bytes).getLong(HASH_BYTES) : 0;
    return seconds >= 0
        && IdentityKey.verifiesNote(
            publicKey,
            signedText(noteText, seconds),
            Arrays.copyOfRange(bytes, start, bytes.length));
  }

  /// When a cosignature of this key says that it was made.
  Optional<Instant> time(NoteSignature line) {
    return kind == Kind.COSIGNATURE && line.bytes().length >= HASH_BYTES + kind.timeBytes
        ? Optional.of(Instant.ofEpochSecond(ByteBuffer.wrap(line.bytes()).getLong(HASH_BYTES)))
        : Optional.empty();
  }

  private String signedText(String noteText, long seconds) {
    return switch (kind) {
      case ED25519 -> noteText;
      case COSIGNATURE -> "cosignature/v1\ntime " + seconds + "\n" + noteText;
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NoteKey key && toString().equals(key.toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  @Override
  public String toString() {
    byte[] coded = new byte[1 + publicKey.length];
    coded[0] = kind.code;
    System.arraycopy(publicKey, 0, coded, 1, publicKey.length);
    return name + "+" + hashText() + "+" + StrictBase64.encode(coded);
  }
}
