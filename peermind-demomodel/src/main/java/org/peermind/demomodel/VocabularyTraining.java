// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Learns the pieces of a [Vocabulary] from texts by byte-pair encoding over characters: again and
/// again the most frequent pair of neighbours becomes a piece (Sennrich, Haddow and Birch, "Neural
/// Machine Translation of Rare Words with Subword Units", 2016).
///
/// Pieces never reach across a blank or from letters into punctuation, so that words are cut the
/// same way wherever they stand. Ties go to the pair that sorts first, hence equal texts give equal
/// pieces.
public final class VocabularyTraining {
  private static final Pattern WORD =
      Pattern.compile(Vocabulary.BLANK + "?\\p{L}+|" + Vocabulary.BLANK + "|[^\\s]");

  private record Pair(String left, String right) implements Comparable<Pair> {
    private static final Comparator<Pair> ORDER =
        Comparator.comparing(Pair::left).thenComparing(Pair::right);

    @Override
    public int compareTo(Pair other) {
      return ORDER.compare(this, other);
    }

    String joined() {
      return left + right;
    }
  }

  private VocabularyTraining() {}

  /// A vocabulary of at most `size` tokens for texts like `texts`. Whatever the texts, it has every
  /// printable ASCII character and every character of the texts as a piece.
  ///
  /// @throws IllegalArgumentException when `size` has no room for the single characters
  public static Vocabulary learn(Iterable<String> texts, int size) {
    Map<String, Integer> counts = wordCounts(texts);
    Set<String> characters = new TreeSet<>();
    characters.add(String.valueOf(Vocabulary.BLANK));
    for (char c = '!'; c <= '~'; c++) {
      characters.add(String.valueOf(c));
    }
    counts.keySet().forEach(word -> characters.addAll(SpmEncoder.characters(word)));
    int merges = size - Vocabulary.IM_END_ID - 1 - characters.size();
    if (merges < 0) {
      throw new IllegalArgumentException(
          "A vocabulary of %d tokens has no room for %d characters; allow %d or more"
              .formatted(size, characters.size(), size - merges));
    }
    Set<String> pieces = new LinkedHashSet<>(merge(counts, merges));
    pieces.addAll(characters);
    return Vocabulary.ofPieces(List.copyOf(pieces));
  }

  private static Map<String, Integer> wordCounts(Iterable<String> texts) {
    Map<String, Integer> counts = new TreeMap<>();
    for (String text : texts) {
      Matcher matcher = WORD.matcher(text.replace(' ', Vocabulary.BLANK));
      while (matcher.find()) {
        counts.merge(matcher.group(), 1, Integer::sum);
      }
    }
    return counts;
  }

  private static List<String> merge(Map<String, Integer> counts, int merges) {
    Map<List<String>, Integer> words = new HashMap<>();
    counts.forEach((word, count) -> words.merge(SpmEncoder.characters(word), count, Integer::sum));
    List<String> pieces = new ArrayList<>();
    while (pieces.size() < merges) {
      Map<Pair, Integer> pairs = new TreeMap<>();
      words.forEach(
          (word, count) -> {
            for (int i = 0; i + 1 < word.size(); i++) {
              pairs.merge(new Pair(word.get(i), word.get(i + 1)), count, Integer::sum);
            }
          });
      if (pairs.isEmpty()) {
        break;
      }
      Pair best = best(pairs);
      if (!pieces.contains(best.joined())) {
        pieces.add(best.joined());
      }
      Map<List<String>, Integer> merged = new HashMap<>();
      words.forEach((word, count) -> merged.merge(join(word, best), count, Integer::sum));
      words.clear();
      words.putAll(merged);
    }
    return pieces;
  }

  private static Pair best(Map<Pair, Integer> pairs) {
    Map.Entry<Pair, Integer> best = null;
    for (Map.Entry<Pair, Integer> entry : pairs.entrySet()) {
      if (best == null || entry.getValue() > best.getValue()) {
        best = entry;
      }
    }
    if (best == null) {
      throw new IllegalArgumentException("There is no pair to merge; give at least one");
    }
    return best.getKey();
  }

  private static List<String> join(List<String> word, Pair pair) {
    List<String> joined = new ArrayList<>();
    for (int i = 0; i < word.size(); i++) {
      boolean here =
          i + 1 < word.size()
              && word.get(i).equals(pair.left())
              && word.get(i + 1).equals(pair.right());
      joined.add(here ? pair.joined() : word.get(i));
      i += here ? 1 : 0;
    }
    return joined;
  }
}
