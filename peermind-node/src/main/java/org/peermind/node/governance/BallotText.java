// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.peermind.protocol.governance.Digest;

/// A ballot as people write it: `small > large = other > KEEP`.
final class BallotText {
  /// The option of changing nothing.
  static final String KEEP = "KEEP";

  private static final int CHARACTERS_MAX = 4_000;
  private static final int DIGITS_LEAST = 8;

  private BallotText() {}

  /// A ballot that cannot be understood; the message is one sentence.
  static final class Unclear extends Exception {
    private static final long serialVersionUID = 1L;

    Unclear(String sentence) {
      super(sentence);
    }
  }

  /// A candidate as it may be named.
  record Named(Digest proposal, String name) {}

  /// Reads a ranking, or `yes` or `no` where there is one candidate. Where `KEEP` is not named it
  /// comes after all that are; candidates that are not named are not ranked.
  static BallotWish read(String text, List<Named> candidates) throws Unclear {
    if (text.length() > CHARACTERS_MAX) {
      throw new Unclear("A ballot has %d characters at most.".formatted(CHARACTERS_MAX));
    }
    String word = text.strip().toLowerCase(Locale.ROOT);
    boolean isWord = word.equals("yes") || word.equals("no");
    if (isWord && candidates.size() != 1) {
      throw new Unclear(
          "There are %d candidates (%s); rank them, such as '%s > KEEP'."
              .formatted(candidates.size(), names(candidates), candidates.getFirst().name()));
    }
    if (isWord) {
      return word.equals("yes")
          ? BallotWish.yes(candidates.getFirst().proposal())
          : new BallotWish(Map.of(), 1, List.of());
    }
    return ranking(text, candidates);
  }

  private static BallotWish ranking(String text, List<Named> candidates) throws Unclear {
    Map<Digest, Integer> ranks = new HashMap<>();
    Set<String> said = new HashSet<>();
    int keep = 0;
    int rank = 0;
    for (String tier : text.split(">", -1)) {
      rank++;
      for (String option : tier.split("=", -1)) {
        String name = option.strip();
        if (name.isEmpty()) {
          throw new Unclear("A name is missing; write a ballot such as 'small > large = other'.");
        }
        boolean isKeep = name.equalsIgnoreCase(KEEP);
        String key = isKeep ? KEEP : find(name, candidates).hex();
        if (!said.add(key)) {
          throw new Unclear(name + " is named twice.");
        }
        if (isKeep) {
          keep = rank;
        } else {
          ranks.put(new Digest(key), rank);
        }
      }
    }
    return new BallotWish(ranks, keep == 0 ? rank + 1 : keep, List.of());
  }

  /// The candidate that is meant, by its name or the first digits of its proposal.
  static Digest find(String name, List<Named> candidates) throws Unclear {
    List<Named> found =
        candidates.stream()
            .filter(
                one ->
                    one.name().equalsIgnoreCase(name)
                        || (name.length() >= DIGITS_LEAST
                            && one.proposal().hex().startsWith(name.toLowerCase(Locale.ROOT))))
            .toList();
    if (found.isEmpty()) {
      throw new Unclear(
          "This vote has no candidate %s; its candidates are %s."
              .formatted(name.replaceAll("\\p{Cntrl}", " "), names(candidates)));
    }
    if (found.size() > 1) {
      throw new Unclear(
          "More than one candidate is named so; use the first digits of one: %s."
              .formatted(
                  found.stream()
                      .map(one -> one.proposal().shortText())
                      .collect(Collectors.joining(", "))));
    }
    return found.getFirst().proposal();
  }

  private static String names(List<Named> candidates) {
    return candidates.stream().map(Named::name).collect(Collectors.joining(", "));
  }

  /// The ranking in words.
  static String words(Map<String, Integer> ranks) {
    return ranks.values().stream()
        .sorted()
        .distinct()
        .map(
            rank ->
                ranks.entrySet().stream()
                    .filter(one -> one.getValue().equals(rank))
                    .map(Map.Entry::getKey)
                    .sorted()
                    .collect(Collectors.joining(" = ")))
        .collect(Collectors.joining(" > "));
  }
}
