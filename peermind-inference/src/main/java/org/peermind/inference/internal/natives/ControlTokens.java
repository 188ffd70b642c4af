// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.inference.internal.template.Text;

/// The tokens of a vocabulary that a template may spell and a message may not: control tokens, and
/// those user-defined ones that the template spells, since older files mark their turns with them.
final class ControlTokens {
  private static final int ATTRIBUTE_UNKNOWN = 1;
  private static final int ATTRIBUTE_CONTROL = 1 << 3;
  private static final int ATTRIBUTE_USER_DEFINED = 1 << 4;
  private static final int ATTRIBUTE_STRIPS_BEFORE = 1 << 7;
  private static final int ATTRIBUTE_STRIPS_AFTER = 1 << 8;

  /// By the first character; the longest first.
  private final Map<Character, List<Spelled>> byFirst;

  private final BitSet forbidden;

  private ControlTokens(Map<Character, List<Spelled>> byFirst, BitSet forbidden) {
    this.byFirst = byFirst;
    this.forbidden = forbidden;
  }

  private record Spelled(String spelling, int token, boolean stripsBefore, boolean stripsAfter) {}

  /// A control token that a text spells; some take the whitespace before or after them away.
  record Match(int token, int length, boolean stripsBefore, boolean stripsAfter) {}

  static ControlTokens of(LlamaModel model) {
    String template = model.template().orElse("");
    Map<Character, List<Spelled>> byFirst = new HashMap<>();
    BitSet forbidden = new BitSet();
    int wanted = ATTRIBUTE_CONTROL | ATTRIBUTE_USER_DEFINED | ATTRIBUTE_UNKNOWN;
    for (int token = 0; token < model.vocabularySize(); token++) {
      int attributes = model.vocabulary().attributes(token);
      if ((attributes & wanted) == 0) {
        continue;
      }
      String spelling = model.vocabulary().spelling(token);
      boolean userDefined = (attributes & ATTRIBUTE_USER_DEFINED) != 0;
      if (spelling.isBlank() || (userDefined && !template.contains(spelling))) {
        continue;
      }
      if ((attributes & ATTRIBUTE_UNKNOWN) == 0) {
        forbidden.set(token);
      }
      byFirst
          .computeIfAbsent(spelling.charAt(0), _ -> new ArrayList<>())
          .add(
              new Spelled(
                  spelling,
                  token,
                  (attributes & ATTRIBUTE_STRIPS_BEFORE) != 0,
                  (attributes & ATTRIBUTE_STRIPS_AFTER) != 0));
    }
    byFirst
        .values()
        .forEach(all -> all.sort(Comparator.comparingInt(one -> -one.spelling().length())));
    return new ControlTokens(byFirst, forbidden);
  }

  /// Whether plain text must never become `token`.
  boolean contains(int token) {
    return forbidden.get(token);
  }

  /// The control token that the template, and nobody else, spelled at `at`.
  Optional<Match> at(Text text, int at) {
    List<Spelled> candidates = byFirst.get(text.chars().charAt(at));
    if (candidates == null) {
      return Optional.empty();
    }
    for (Spelled one : candidates) {
      int length = one.spelling().length();
      if (text.chars().startsWith(one.spelling(), at) && !text.isGiven(at, at + length)) {
        return Optional.of(new Match(one.token(), length, one.stripsBefore(), one.stripsAfter()));
      }
    }
    return Optional.empty();
  }

  /// Where `text` spells a control token, whoever wrote it.
  List<Integer> spelledAt(Text text) {
    List<Integer> places = new ArrayList<>();
    for (int at = 0; at < text.length(); at++) {
      List<Spelled> candidates = byFirst.get(text.chars().charAt(at));
      if (candidates != null) {
        int here = at;
        if (candidates.stream().anyMatch(one -> text.chars().startsWith(one.spelling(), here))) {
          places.add(at);
        }
      }
    }
    return places;
  }
}
