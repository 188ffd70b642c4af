// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

/// What the tokens of one answer may be, from where the answer stands. It depends on the constraint
/// and the tokens pushed so far alone. Not safe for several threads.
public final class TokenConstraint {
  private final TokenMasks masks;
  private Configuration at;
  private final Runnable release;
  private boolean ended;
  private boolean released;

  TokenConstraint(TokenMasks masks, Configuration start, Runnable release) {
    this.masks = masks;
    at = start;
    this.release = release;
  }

  /// Says that the answer is over, so that what it took may be forgotten; once is enough.
  public void release() {
    if (!released) {
      released = true;
      release.run();
    }
  }

  /// Whether `token` may come next.
  public boolean allows(int token) {
    if (ended || token < 0 || token >= masks.trie().tokens()) {
      return false;
    }
    if (masks.trie().isEnd(token)) {
      return at.complete();
    }
    byte[] text = masks.trie().text(token);
    return text.length > 0 && text.length <= TokenTrie.TOKEN_BYTES_MAX && !at.after(text).dead();
  }

  /// Goes on after `token`; false, and nothing changes, when it may not come here. While sampling
  /// that is a fault of the caller; while replaying it means that the delivered tokens are not an
  /// answer by this constraint, and the request must be refused.
  public boolean advance(int token) {
    if (!allows(token)) {
      return false;
    }
    if (masks.trie().isEnd(token)) {
      ended = true;
    } else {
      at = at.after(masks.trie().text(token));
    }
    return true;
  }

  /// Sets the logits of all tokens that may not come next to negative infinity. End tokens stay
  /// only where the text is complete.
  ///
  /// @return whether any token stays; false only when the vocabulary lacks a byte that must come
  public boolean mask(float[] logits) {
    if (logits.length != masks.trie().tokens()) {
      throw new IllegalArgumentException("There must be one logit for each token");
    }
    long[] allowed = ended ? new long[(logits.length + 63) >> 6] : masks.mask(at);
    boolean complete = complete();
    float[] kept = new float[masks.trie().ends().length];
    for (int i = 0; complete && i < kept.length; i++) {
      kept[i] = logits[masks.trie().ends()[i]];
    }
    boolean any = complete && kept.length > 0;
    for (int word = 0; word < allowed.length; word++) {
      long bits = allowed[word];
      any |= bits != 0;
      int end = Math.min(logits.length, (word + 1) << 6);
      for (int token = word << 6; bits != -1L && token < end; token++) {
        if ((bits & (1L << token)) == 0) {
          logits[token] = Float.NEGATIVE_INFINITY;
        }
      }
    }
    for (int i = 0; complete && i < kept.length; i++) {
      logits[masks.trie().ends()[i]] = kept[i];
    }
    return any;
  }

  /// Whether the answer may end here.
  public boolean complete() {
    return !ended && at.complete();
  }

  /// Whether the answer is whole and nothing but its end may follow.
  public boolean closed() {
    return ended || at.closed();
  }

  /// Whether two answers stand at the same place.
  boolean sameAs(TokenConstraint other) {
    return ended == other.ended && at.equals(other.at);
  }
}
