// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import java.util.Arrays;
import java.util.Base64;
import org.peermind.protocol.Sha256;

/// A node of the Merkle tree of RFC 6962 section 2.1: 32 bytes of SHA-256, with the domain
/// separation between leaves and inner nodes that keeps one from being taken for the other.
public final class TreeHash {
  /// The root of a tree without leaves: the hash of no bytes at all.
  public static final TreeHash EMPTY_TREE = new TreeHash(Sha256.of());

  private static final byte[] LEAF = {0};
  private static final byte[] NODE = {1};

  private final byte[] bytes;

  private TreeHash(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Takes a hash as it came.
  ///
  /// @throws LedgerException unless there are exactly 32 bytes
  public static TreeHash of(byte[] bytes) throws LedgerException {
    if (bytes.length != Sha256.BYTES) {
      throw new LedgerException("a hash has 32 bytes, not " + bytes.length);
    }
    return new TreeHash(bytes.clone());
  }

  /// Reads a hash in base64.
  public static TreeHash ofBase64(String text) throws LedgerException {
    try {
      return of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException malformed) {
      throw new LedgerException("a hash is not in base64", malformed);
    }
  }

  /// The hash of a leaf with these contents.
  public static TreeHash leaf(byte[] contents) {
    return new TreeHash(Sha256.of(LEAF, contents));
  }

  /// The hash of the node above two others.
  public static TreeHash node(TreeHash left, TreeHash right) {
    return new TreeHash(Sha256.of(NODE, left.bytes, right.bytes));
  }

  static TreeHash trusted(byte[] column, int offset) {
    return new TreeHash(Arrays.copyOfRange(column, offset, offset + Sha256.BYTES));
  }

  void copyTo(byte[] column, int offset) {
    System.arraycopy(bytes, 0, column, offset, Sha256.BYTES);
  }

  public byte[] toBytes() {
    return bytes.clone();
  }

  public String base64() {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TreeHash hash && Arrays.equals(bytes, hash.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return base64();
  }
}
