// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Finds the tokens that fit a configuration.
///
/// Most of a token lies within one automaton: inside a string, a number, white space. Which tokens
/// stay within it, and where in the trie one may leave it, depends on that automaton's state alone
/// and is remembered; only from the leaving places on the stack is looked at. Both memories are
/// bounded and drop what was used least recently.
///
/// A hostile schema can be read in hundreds of ways at once. Each takes a walk over the trie and
/// steps behind it, so both are counted, and what is beyond a bound is left out of the mask: the
/// answer is held to less than the schema allows. The counts depend on the configuration and the
/// vocabulary alone and not on what is remembered, so every machine leaves out the same.
final class TokenMasks {
  private static final int MASKS_MAX = 64;

  /// The most memory that walks are remembered in, in bytes.
  static final long WITHIN_BYTES_MAX = 8L << 20;

  /// Walks over the trie for one mask, in whole ones; the way that passes it is still counted in.
  private static final int WALKS_MAX = 4;

  /// Steps of stacks behind the ends of scans, for one mask.
  private static final int STEPS_BELOW_MAX = 300_000;

  /// Tokens within a scan, the nodes of the trie where it may end, and how many nodes were visited
  /// to find them.
  @SuppressWarnings("ArrayRecordComponent") // shared, never changed, never compared
  private record Within(long[] tokens, int[] leaves, int visited) {
    long bytes() {
      return 8L * tokens.length + 4L * leaves.length + 200;
    }
  }

  private record Place(Dfa dfa, int state, int needed, int spare) {}

  private final TokenTrie trie;
  private final Map<Place, Within> within = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<Configuration, long[]> masks = bounded(MASKS_MAX);
  private long withinBytes;
  private int stepsBelow;

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
  synchronized long[] mask(Configuration configuration) {
    long[] known = masks.get(configuration);
    if (known == null) {
      known = made(configuration);
      masks.put(configuration, known);
    }
    return known;
  }

  /// Forgets what was found for these automata, and all that may point to their rules.
  synchronized void forget(Set<Dfa> automata) {
    masks.clear();
    Iterator<Map.Entry<Place, Within>> all = within.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Place, Within> one = all.next();
      if (automata.contains(one.getKey().dfa)) {
        all.remove();
        withinBytes -= one.getValue().bytes();
      }
    }
  }

  private long[] made(Configuration configuration) {
    long[] mask = new long[(trie.tokens() + 63) >> 6];
    stepsBelow = 0;
    long visitedMax = (long) WALKS_MAX * trie.nodes();
    long visited = 0;
    Set<Place> walked = new HashSet<>();
    for (Frame scan : configuration.scans()) {
      Place place = place(scan);
      Within here = within(place);
      visited += walked.add(place) ? here.visited : 0;
      addScan(scan, here, mask);
      if (visited > visitedMax || stepsBelow > STEPS_BELOW_MAX) {
        break;
      }
    }
    return mask;
  }

  private void addScan(Frame scan, Within here, long[] mask) {
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
    while (at < end && stepsBelow <= STEPS_BELOW_MAX) {
      int depth = trie.depth(at) - base;
      stepsBelow += path[depth - 1].scans().size();
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
  private Place place(Frame scan) {
    Rule.Scan rule = (Rule.Scan) scan.rule;
    int far = trie.longest() + 1;
    int needed = rule.counts() ? Math.min(scan.needed, far) : 0;
    int spare = rule.counts() ? Math.min(scan.spare, far) : far;
    return new Place(rule.dfa, scan.at, needed, spare);
  }

  private Within within(Place place) {
    Within known = within.get(place);
    if (known == null) {
      boolean free = place.needed == 0 && place.spare == trie.longest() + 1;
      known =
          free
              ? walk(place.dfa, place.state)
              : walkCounting(place.dfa, place.state, place.needed, place.spare);
      remember(place, known);
    }
    return known;
  }

  private void remember(Place place, Within made) {
    within.put(place, made);
    withinBytes += made.bytes();
    Iterator<Within> eldest = within.values().iterator();
    while (withinBytes > WITHIN_BYTES_MAX && within.size() > 1) {
      withinBytes -= eldest.next().bytes();
      eldest.remove();
    }
  }

  private Within walk(Dfa dfa, int state) {
    long[] tokens = new long[(trie.tokens() + 63) >> 6];
    int[] leaves = new int[16];
    int leaving = 0;
    int visited = 0;
    int[] path = new int[trie.longest() + 1];
    path[0] = state;
    int end = trie.subtreeEnd(0);
    int at = 1;
    while (at < end) {
      visited++;
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
    return new Within(tokens, Arrays.copyOf(leaves, leaving), visited);
  }

  /// The same where characters are counted: see [Rule.Scan].
  private Within walkCounting(Dfa dfa, int state, int needed, int spare) {
    long[] tokens = new long[(trie.tokens() + 63) >> 6];
    int[] leaves = new int[16];
    int leaving = 0;
    int visited = 0;
    int[] path = new int[trie.longest() + 1];
    int[] characters = new int[trie.longest() + 1];
    path[0] = state;
    int end = trie.subtreeEnd(0);
    int at = 1;
    while (at < end) {
      visited++;
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
    return new Within(tokens, Arrays.copyOf(leaves, leaving), visited);
  }
}
