// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds the tokens that fit a configuration.
///
/// Most of a token lies within one automaton: inside a string, a number, white space. Which tokens
/// stay within it, and where in the trie one may leave it, depends on that automaton's state alone
/// and is remembered; only from the leaving places on the stack is looked at. Both memories are
/// bounded and drop what was used least recently. Not safe for several threads.
final class TokenMasks {
  private static final int SCANS_MAX = 256;
  private static final int MASKS_MAX = 64;

  /// Tokens within a scan, and the nodes of the trie where it may end.
  @SuppressWarnings("ArrayRecordComponent") // shared, never changed, never compared
  private record Within(long[] tokens, int[] leaves) {}

  private record Place(Dfa dfa, int state, int needed, int spare) {}

  private final TokenTrie trie;
  private final Map<Place, Within> within = bounded(SCANS_MAX);
  private final Map<Configuration, long[]> masks = bounded(MASKS_MAX);

  TokenMasks(TokenTrie trie) {
    this.trie = trie;
  }

  private static <K, V> Map<K, V> bounded(int max) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.@Nullable Entry<K, V> eldest) {
        return size() > max;
      }
    };
  }

  TokenTrie trie() {
    return trie;
  }

  /// One bit per token, end tokens left out; not to be changed.
  long[] mask(Configuration configuration) {
    long[] known = masks.get(configuration);
    if (known == null) {
      known = new long[(trie.tokens() + 63) >> 6];
      for (Frame scan : configuration.scans()) {
        addScan(scan, known);
      }
      masks.put(configuration, known);
    }
    return known;
  }

  private void addScan(Frame scan, long[] mask) {
    Within here = within(scan);
    for (int i = 0; i < mask.length; i++) {
      mask[i] |= here.tokens[i];
    }
    if (here.leaves.length == 0) {
      return;
    }
    Configuration after = Configuration.afterScan(scan);
    for (int node : here.leaves) {
      addBelow(node, after, mask);
    }
  }

  /// Marks the tokens below `node` that go on from `from`, which stands at `node`.
  private void addBelow(int node, Configuration from, long[] mask) {
    int end = trie.subtreeEnd(node);
    if (node + 1 == end || from.scans().isEmpty()) {
      return;
    }
    int base = trie.depth(node);
    Configuration[] path = new Configuration[trie.longest() - base + 1];
    path[0] = from;
    int at = node + 1;
    while (at < end) {
      int depth = trie.depth(at) - base;
      Configuration next = path[depth - 1].after(trie.label(at));
      if (next.dead()) {
        at = trie.subtreeEnd(at);
      } else {
        trie.mark(at, mask);
        path[depth] = next;
        at++;
      }
    }
  }

  /// A count far beyond what one token can use up is as good as another one.
  private Within within(Frame scan) {
    Rule.Scan rule = (Rule.Scan) scan.rule;
    int far = trie.longest() + 1;
    int needed = rule.counts() ? Math.min(scan.needed, far) : 0;
    int spare = rule.counts() ? Math.min(scan.spare, far) : far;
    Place place = new Place(rule.dfa, scan.at, needed, spare);
    Within known = within.get(place);
    if (known == null) {
      boolean free = needed == 0 && spare == far;
      known = free ? walk(rule.dfa, scan.at) : walkCounting(rule.dfa, scan.at, needed, spare);
      within.put(place, known);
    }
    return known;
  }

  private Within walk(Dfa dfa, int state) {
    long[] tokens = new long[(trie.tokens() + 63) >> 6];
    int[] leaves = new int[16];
    int leaving = 0;
    int[] path = new int[trie.longest() + 1];
    path[0] = state;
    int end = trie.subtreeEnd(0);
    int at = 1;
    while (at < end) {
      int depth = trie.depth(at);
      int to = dfa.next(path[depth - 1], trie.label(at));
      if (to == Dfa.DEAD) {
        at = trie.subtreeEnd(at);
        continue;
      }
      path[depth] = to;
      trie.mark(at, tokens);
      if (dfa.accepts(to)) {
        leaves = leaving == leaves.length ? Arrays.copyOf(leaves, leaving * 2) : leaves;
        leaves[leaving++] = at;
      }
      at++;
    }
    return new Within(tokens, Arrays.copyOf(leaves, leaving));
  }

  /// The same where characters are counted: see [Rule.Scan].
  private Within walkCounting(Dfa dfa, int state, int needed, int spare) {
    long[] tokens = new long[(trie.tokens() + 63) >> 6];
    int[] leaves = new int[16];
    int leaving = 0;
    int[] path = new int[trie.longest() + 1];
    int[] characters = new int[trie.longest() + 1];
    path[0] = state;
    int end = trie.subtreeEnd(0);
    int at = 1;
    while (at < end) {
      int depth = trie.depth(at);
      int from = path[depth - 1];
      int count = characters[depth - 1];
      int to = dfa.next(from, trie.label(at));
      boolean closes = to != Dfa.DEAD && dfa.accepts(to);
      boolean full = from == Dfa.START && !closes && count >= spare;
      if (to == Dfa.DEAD || full || (closes && count < needed)) {
        at = trie.subtreeEnd(at);
        continue;
      }
      path[depth] = to;
      characters[depth] = count + (to == Dfa.START ? 1 : 0);
      trie.mark(at, tokens);
      if (closes) {
        leaves = leaving == leaves.length ? Arrays.copyOf(leaves, leaving * 2) : leaves;
        leaves[leaving++] = at;
      }
      at++;
    }
    return new Within(tokens, Arrays.copyOf(leaves, leaving));
  }
}
