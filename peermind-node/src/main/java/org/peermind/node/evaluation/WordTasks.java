// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static org.peermind.node.evaluation.GeneralTasks.between;
import static org.peermind.node.evaluation.GeneralTasks.item;
import static org.peermind.node.evaluation.GeneralTasks.listed;
import static org.peermind.node.evaluation.GeneralTasks.pick;
import static org.peermind.node.evaluation.GeneralTasks.word;
import static org.peermind.node.evaluation.GeneralTasks.words;

import java.util.ArrayList;
import java.util.List;
import org.peermind.voting.DigestStream;

/// Tasks about words and letters: strings, sorting, counting.
final class WordTasks {
  private static final List<String> POSITIONS =
      List.of("first", "second", "third", "fourth", "fifth", "sixth");

  private WordTasks() {}

  static List<GeneralTasks.Task> all() {
    return List.of(
        WordTasks::reversed,
        WordTasks::letter,
        WordTasks::countedLetter,
        WordTasks::firstLetters,
        WordTasks::sorted,
        WordTasks::position,
        WordTasks::withoutVowels,
        WordTasks::repeated);
  }

  private static Item reversed(DigestStream stream) {
    String word = word(stream, between(stream, 2, 3));
    return item(
        "Write the letters of the word %s backwards. Reply with the result only, without blanks."
            .formatted(word),
        new StringBuilder(word).reverse());
  }

  private static Item letter(DigestStream stream) {
    String word = word(stream, 3);
    int at = stream.below(POSITIONS.size());
    return item(
        "What is the %s letter of the word %s? Reply with the letter only."
            .formatted(POSITIONS.get(at), word),
        word.charAt(at));
  }

  private static Item countedLetter(DigestStream stream) {
    String word = word(stream, between(stream, 3, 5));
    char letter = word.charAt(stream.below(word.length()));
    return item(
        "How often does the letter %s occur in the word %s? Reply with the number only."
            .formatted(letter, word),
        word.chars().filter(one -> one == letter).count());
  }

  private static Item firstLetters(DigestStream stream) {
    List<String> words = words(stream, 4);
    StringBuilder letters = new StringBuilder();
    words.forEach(word -> letters.append(word.charAt(0)));
    return item(
        "Join the first letters of these words in their order: %s. Reply with the %d letters only, without blanks."
            .formatted(listed(words), words.size()),
        letters);
  }

  private static Item sorted(DigestStream stream) {
    List<String> words = words(stream, 4);
    return item(
        "Sort these words alphabetically: %s. Reply with the sorted words only, separated by commas."
            .formatted(listed(words)),
        listed(words.stream().sorted().toList()));
  }

  private static Item position(DigestStream stream) {
    List<String> words = words(stream, 6);
    int at = stream.below(words.size());
    return item(
        "Here is a list: %s. Which word is the %s of the list? Reply with the word only."
            .formatted(listed(words), POSITIONS.get(at)),
        words.get(at));
  }

  private static Item withoutVowels(DigestStream stream) {
    String word = word(stream, between(stream, 3, 4));
    return item(
        "Remove the letters a, e, i, o and u from the word %s. Reply with what is left only."
            .formatted(word),
        word.replaceAll("[aeiou]", ""));
  }

  /// Which of the words comes twice.
  private static Item repeated(DigestStream stream) {
    List<String> words = new ArrayList<>(words(stream, 5));
    String twice = pick(stream, words);
    words.add(stream.below(words.size() + 1), twice);
    return item(
        "Which word occurs twice in this list: %s? Reply with the word only."
            .formatted(listed(words)),
        twice);
  }
}
