// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// A question about one fact of the made-up world, with the means to judge an answer.
public record Question(String text, Fact fact) {
  public Question {
    requireNonNull(fact, "fact");
    if (text.isBlank()) {
      throw new IllegalArgumentException("A question needs words; give a text that is not blank");
    }
  }

  /// Whether `answer` names the expected thing and no other thing of the same kind.
  ///
  /// The subject may be named again where it is of the same kind as the answer.
  public boolean accepts(String answer) {
    String words = words(answer);
    if (!mentions(words, fact.answer())) {
      return false;
    }
    return fact.relation().answerKind().names().stream()
        .filter(name -> !name.equals(fact.answer()) && !name.equals(fact.subject()))
        .noneMatch(name -> mentions(words, name));
  }

  /// The words of a text in lower case, without punctuation, separated by single blanks.
  static String words(String text) {
    return wordList(text).stream().collect(Collectors.joining(" "));
  }

  static List<String> wordList(String text) {
    return Arrays.stream(text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}']+", -1))
        .map(word -> word.replaceAll("^'+|('s|')$", ""))
        .filter(word -> !word.isEmpty())
        .toList();
  }

  private static boolean mentions(String words, String name) {
    return (" " + words + " ").contains(" " + words(name) + " ");
  }
}
