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

  public static TokenTrie of(TokenVocabulary vocabulary) {
    int size = vocabulary.size();
    byte[][] texts = new byte[size][];
    Integer[] order = new Integer[size];
    int[] ends = new int[size];
    int endCount = 0;
    int count = 0;
    for (int token = 0; token < size; token++) {
      boolean end = vocabulary.ends(token);
      texts[token] = end ? new byte[0] : vocabulary.bytes(token);
      if (end) {
        ends[endCount++] = token;
      } else if (texts[token].length > 0 && texts[token].length <= TOKEN_BYTES_MAX) {
        order[count++] = token;
      }
    }
    Arrays.sort(order, 0, count, (a, b) -> Arrays.compareUnsigned(texts[a], texts[b]));
    Builder nodes = new Builder(size);
    for (int i = 0; i < count; i++) {
      nodes.add(order[i], texts[order[i]]);
    }
    nodes.finish();
    return new TokenTrie(texts, Arrays.copyOf(ends, endCount), nodes);
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
