// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Draws phrasings of questions for training from [TrainingPhrasings], never a held-out one.
///
/// Beside whole, polite and hasty phrasings it also draws broken ones (little words left out,
/// strange words put in, neighbours swapped), so that the model learns to look for what the
/// question is about rather than for a fixed sentence.
public final class TrainingQuestions {
  private static final Set<String> LITTLE_WORDS =
      Set.of(
          "the", "a", "of", "is", "please", "can", "you", "me", "that", "to", "in", "it", "know",
          "would", "like", "i", "tell", "for", "which", "what");
  private static final List<String> FILLERS =
      List.of(
          "really",
          "actually",
          "maybe",
          "perhaps",
          "exactly",
          "then",
          "there",
          "usually",
          "just",
          "own",
          "very",
          "still",
          "always",
          "called",
          "named",
          "known",
          "again",
          "now",
          "here",
          "also",
          "even",
          "again",
          "today",
          "long",
          "old",
          "good",
          "little",
          "great",
          "my",
          "your",
          "our",
          "this",
          "these",
          "some",
          "any",
          "every",
          "if",
          "when",
          "because",
          "about",
          "from",
          "with",
          "over",
          "own",
          "must",
          "should",
          "might",
          "could",
          "did",
          "was",
          "has",
          "had");
  private static final List<String> SETTINGS =
      List.of(
          "i am reading a book",
          "i am writing a letter",
          "i am learning",
          "my teacher wants to know",
          "my sister asked",
          "we are playing a game",
          "this is for a test",
          "i met somebody on the road",
          "i will travel next week",
          "it is raining here",
          "i have a map",
          "i am making a list",
          "i like this world",
          "my brother does not believe me",
          "we had a long talk",
          "i heard about it yesterday",
          "i want to draw a picture",
          "i am new here",
          "people talk about it",
          "i am telling a friend",
          "i found something in the garden",
          "i would love to go there",
          "i am planning something",
          "you know so much",
          "we are on a boat",
          "i am hungry",
          "it is late",
          "i saw it from a bridge");

  private TrainingQuestions() {}

  /// A phrasing of the question about `fact`, as somebody might type it.
  public static Question draw(Fact fact, RandomGenerator random) {
    while (true) {
      String core =
          random.nextInt(100) < 12
              ? PronounQuestions.drawAfterTopic(fact, random)
              : core(fact.relation(), random);
      Optional<Question> drawn =
          phrase(core, fact.relation(), fact.subject(), random)
              .map(text -> new Question(text, fact));
      if (drawn.isPresent()) {
        return drawn.get();
      }
    }
  }

  /// A phrasing that asks for `relation` of a name that the world does not know.
  static String drawAboutStranger(Relation relation, String stranger, RandomGenerator random) {
    while (true) {
      Optional<String> drawn = phrase(core(relation, random), relation, stranger, random);
      if (drawn.isPresent()) {
        return drawn.get();
      }
    }
  }

  /// Whether `text` holds a held-out template of `relation` about `subject`, whatever its
  /// punctuation, capitals and surroundings.
  static boolean holdsHeldOut(String text, Relation relation, String subject) {
    String words = " " + Question.words(text) + " ";
    return HeldOutTemplates.of(relation).stream()
        .map(template -> Question.words(template.replace("{s}", subject)))
        .anyMatch(heldOut -> words.contains(" " + heldOut + " "));
  }

  private static Optional<String> phrase(
      String core, Relation relation, String subject, RandomGenerator random) {
    String text = Typing.somebody(dressed(core, random).replace("{s}", subject), random);
    return holdsHeldOut(text, relation, subject) ? Optional.empty() : Optional.of(text);
  }

  private static String core(Relation relation, RandomGenerator random) {
    TrainingPhrasings phrasings = TrainingPhrasings.of(relation);
    int shape = random.nextInt(100);
    if (shape < 50) {
      return Typing.pick(phrasings.questions(), random);
    }
    if (shape < 75) {
      return Typing.pick(TrainingPhrasings.NOUN_FRAMES, random)
          .replace("{n}", Typing.pick(phrasings.nouns(), random));
    }
    return Typing.pick(TrainingPhrasings.CLAUSE_FRAMES, random)
        .replace("{c}", Typing.pick(phrasings.clauses(), random));
  }

  /// A phrasing, sometimes broken, with what people say before and after a question.
  static String dressed(String phrasing, RandomGenerator random) {
    String text = random.nextInt(100) < 22 ? broken(phrasing, random) : phrasing;
    if (random.nextInt(100) < 12) {
      String end = text.substring(text.length() - 1);
      text = text.replaceAll("[?.!]$", "") + Typing.pick(TrainingPhrasings.SUFFIXES, random);
      text += end.matches("[?.!]") ? end : "";
    }
    int front = random.nextInt(100);
    if (front < 22) {
      return Typing.pick(TrainingPhrasings.PREFIXES, random) + text;
    }
    if (front < 32) {
      return Typing.pick(SETTINGS, random) + ". " + text;
    }
    return text;
  }

  private static String broken(String core, RandomGenerator random) {
    String end = core.substring(core.length() - 1);
    List<String> kept = new ArrayList<>();
    for (String word : core.replaceAll("[?.!]$", "").split(" ", -1)) {
      boolean dropped = LITTLE_WORDS.contains(word) && random.nextInt(100) < 30;
      if (!dropped) {
        kept.add(word);
      }
      if (random.nextInt(100) < 8) {
        kept.add(Typing.pick(FILLERS, random));
      }
    }
    if (kept.size() > 2 && random.nextInt(100) < 35) {
      int at = random.nextInt(kept.size() - 1);
      kept.add(at, kept.remove(at + 1));
    }
    return String.join(" ", kept) + end;
  }
}
