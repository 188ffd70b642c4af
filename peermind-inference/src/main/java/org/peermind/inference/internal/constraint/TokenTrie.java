// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.Arrays;

/// All tokens of a vocabulary by their bytes, built once per model. Safe for several threads.
///
/// The nodes stand in arrays in the order of a walk, each with the place where its subtree ends, so
/// that a walk reads memory in order and skips what does not fit by one assignment (the layout of
/// llguidance's token trie).
public final class TokenTrie {
  /// The longest token that constraints can use; longer ones are never allowed.
  static final int TOKEN_BYTES_MAX = 512;

  private static final int TOKEN_BITS = 24;
  private static final int TOKENS_MAX = 1 << TOKEN_BITS;
  private static final int BEGINNING_BYTES = 5;

  private final byte[][] texts;
  private final int[] ends;
  private final byte[] label;
  private final int[] subtreeEnd;
  private final short[] depth;
  private final int[] firstToken;
  private final int[] nextSame;
  private final int longest;

  private TokenTrie(byte[][] texts, int[] ends, Builder nodes) {
    this.texts = texts;
    this.ends = ends;
    label = Arrays.copyOf(nodes.label, nodes.size);
    subtreeEnd = Arrays.copyOf(nodes.subtreeEnd, nodes.size);
    depth = Arrays.copyOf(nodes.depth, nodes.size);
    firstToken = Arrays.copyOf(nodes.firstToken, nodes.size);
    nextSame = nodes.nextSame;
    longest = nodes.longest;
  }

  /// @throws IllegalArgumentException when there are more than 2^24 tokens
  public static TokenTrie of(TokenVocabulary vocabulary) {
    int size = vocabulary.size();
    if (size > TOKENS_MAX) {
      throw new IllegalArgumentException(
          "A vocabulary has at most %d tokens, not %d".formatted(TOKENS_MAX, size));
    }
    byte[][] texts = new byte[size][];
    long[] order = new long[size];
    int[] ends = new int[size];
    int endCount = 0;
    int count = 0;
    for (int token = 0; token < size; token++) {
      boolean end = vocabulary.ends(token);
      texts[token] = end ? new byte[0] : vocabulary.bytes(token);
      if (end) {
        ends[endCount++] = token;
      } else if (texts[token].length > 0 && texts[token].length <= TOKEN_BYTES_MAX) {
        order[count++] = beginning(texts[token]) << TOKEN_BITS | token;
      }
    }
    sort(order, count, texts);
    Builder nodes = new Builder(size);
    for (int i = 0; i < count; i++) {
      int token = (int) order[i] & (TOKENS_MAX - 1);
      nodes.add(token, texts[token]);
    }
    nodes.finish();
    return new TokenTrie(texts, Arrays.copyOf(ends, endCount), nodes);
  }

  /// The first bytes of a token as a number, so that most of the sorting compares numbers.
  private static long beginning(byte[] text) {
    long value = 0;
    for (int i = 0; i < BEGINNING_BYTES; i++) {
      value = value << 8 | (i < text.length ? text[i] & 0xff : 0);
    }
    return value;
  }

  private static void sort(long[] order, int count, byte[][] texts) {
    // The numbers use all 64 bits; turning the top one makes a signed sort an unsigned one.
    Arrays.setAll(order, i -> order[i] ^ Long.MIN_VALUE);
    Arrays.sort(order, 0, count);
    Arrays.setAll(order, i -> order[i] ^ Long.MIN_VALUE);
    int from = 0;
    for (int to = 1; to <= count; to++) {
      if (to < count && order[to] >>> TOKEN_BITS == order[from] >>> TOKEN_BITS) {
        continue;
      }
      if (to - from > 1) {
        Integer[] alike = new Integer[to - from];
        for (int i = from; i < to; i++) {
          alike[i - from] = (int) order[i] & (TOKENS_MAX - 1);
        }
        Arrays.sort(alike, (a, b) -> Arrays.compareUnsigned(texts[a], texts[b]));
        long beginning = order[from] >>> TOKEN_BITS << TOKEN_BITS;
        for (int i = from; i < to; i++) {
          order[i] = beginning | alike[i - from];
        }
      }
      from = to;
    }
  }

  private static final class Builder {
    private byte[] label = new byte[1024];
    private int[] subtreeEnd = new int[1024];
    private short[] depth = new short[1024];
    private int[] firstToken = new int[1024];
    private final int[] nextSame;
    private final int[] path = new int[TOKEN_BYTES_MAX + 1];
    private byte[] last = new byte[0];
    private int size = 1;
    private int longest;

    Builder(int tokens) {
      nextSame = new int[tokens];
      Arrays.fill(nextSame, -1);
      firstToken[0] = -1;
    }

    void add(int token, byte[] text) {
      int mismatch = Arrays.mismatch(last, text);
      int common = mismatch < 0 ? text.length : mismatch;
      close(common);
      for (int i = common; i < text.length; i++) {
        grow();
        label[size] = text[i];
        depth[size] = (short) (i + 1);
        firstToken[size] = -1;
        path[i + 1] = size++;
      }
      int node = path[text.length];
      nextSame[token] = firstToken[node];
      firstToken[node] = token;
      last = text;
      longest = Math.max(longest, text.length);
    }

    private void close(int depthKept) {
      for (int d = last.length; d > depthKept; d--) {
        subtreeEnd[path[d]] = size;
      }
    }

    void finish() {
      close(0);
      subtreeEnd[0] = size;
    }

    private void grow() {
      if (size == label.length) {
        int larger = size + (size >> 1);
        label = Arrays.copyOf(label, larger);
        subtreeEnd = Arrays.copyOf(subtreeEnd, larger);
        depth = Arrays.copyOf(depth, larger);
        firstToken = Arrays.copyOf(firstToken, larger);
      }
    }
  }

  /// How many tokens the vocabulary has.
  public int tokens() {
    return texts.length;
  }

  /// How many nodes the trie has; each takes 11 bytes.
  public int nodes() {
    return label.length;
  }

  byte[] text(int token) {
    return texts[token];
  }

  int[] ends() {
    return ends;
  }

  boolean isEnd(int token) {
    return Arrays.binarySearch(ends, token) >= 0;
  }

  int longest() {
    return longest;
  }

  int label(int node) {
    return label[node] & 0xff;
  }

  int subtreeEnd(int node) {
    return subtreeEnd[node];
  }

  int depth(int node) {
    return depth[node];
  }

  /// Sets the bits of the tokens that end at `node`.
  void mark(int node, long[] mask) {
    for (int token = firstToken[node]; token >= 0; token = nextSame[token]) {
      mask[token >> 6] |= 1L << token;
    }
  }
}
