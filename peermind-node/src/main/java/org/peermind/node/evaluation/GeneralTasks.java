// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.peermind.voting.DigestStream;

/// The kinds of tasks of [ItemSuite#GENERAL]; they take turns, so that every draw has about the
/// same number of each.
final class GeneralTasks {
  private static final int TRIES_MAX = 1_000;
  private static final String CONSONANTS = "bdfgklmnprstvz";
  private static final String VOWELS = "aeiou";
  private static final List<Task> TASKS = new ArrayList<>();

  static {
    TASKS.addAll(NumberTasks.all());
    TASKS.addAll(WordTasks.all());
    TASKS.addAll(OrderTasks.all());
  }

  private GeneralTasks() {}

  /// One kind of task.
  @FunctionalInterface
  interface Task {
    Item draw(DigestStream stream);
  }

  static int kinds() {
    return TASKS.size();
  }

  /// A task that is not among `questions` yet; it is then.
  static Item next(DigestStream stream, int at, Set<String> questions) {
    for (int tries = 0; tries < TRIES_MAX; tries++) {
      Item item = TASKS.get(at % TASKS.size()).draw(stream);
      if (questions.add(item.question())) {
        return item;
      }
    }
    throw new IllegalStateException("There are too few tasks of kind " + at % TASKS.size());
  }

  /// From `least` to `most`, both included.
  static int between(DigestStream stream, int least, int most) {
    return least + stream.below(most - least + 1);
  }

  static <T> T pick(DigestStream stream, List<T> choices) {
    return choices.get(stream.below(choices.size()));
  }

  /// `count` of the choices in a drawn order.
  static <T> List<T> some(DigestStream stream, List<T> choices, int count) {
    List<T> left = new ArrayList<>(choices);
    List<T> drawn = new ArrayList<>();
    while (drawn.size() < count) {
      drawn.add(left.remove(stream.below(left.size())));
    }
    return drawn;
  }

  /// Different numbers.
  static List<Integer> numbers(DigestStream stream, int count, int least, int most) {
    List<Integer> drawn = new ArrayList<>();
    while (drawn.size() < count) {
      int number = between(stream, least, most);
      if (!drawn.contains(number)) {
        drawn.add(number);
      }
    }
    return drawn;
  }

  /// A word that means nothing.
  static String word(DigestStream stream, int syllables) {
    StringBuilder word = new StringBuilder();
    for (int at = 0; at < syllables; at++) {
      word.append(CONSONANTS.charAt(stream.below(CONSONANTS.length())));
      word.append(VOWELS.charAt(stream.below(VOWELS.length())));
    }
    return word.toString();
  }

  /// Different words that mean nothing.
  static List<String> words(DigestStream stream, int count) {
    List<String> drawn = new ArrayList<>();
    while (drawn.size() < count) {
      String word = word(stream, between(stream, 2, 3));
      if (!drawn.contains(word)) {
        drawn.add(word);
      }
    }
    return drawn;
  }

  static Item item(String question, Object answer) {
    return new Item(question, new AnswerCheck.Final(String.valueOf(answer)));
  }

  static String listed(List<?> things) {
    return String.join(", ", things.stream().map(String::valueOf).toList());
  }
}
