// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.experiment;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.peermind.demomodel.Fact;
import org.peermind.demomodel.HeldOut;
import org.peermind.demomodel.Question;
import org.peermind.demomodel.Relation;
import org.peermind.demomodel.TrainingQuestions;
import org.peermind.demomodel.World;

/// Facts of a made-up world that the demo model does not know: it was taught another one, with the
/// same names otherwise put together.
final class Facts {
  private static final int PHRASINGS = 8;

  private final List<Fact> all;

  /// A question as somebody asks it, and the answer to be learned.
  record Lesson(String question, String answer) {}

  Facts(long worldSeed) {
    all =
        World.of(worldSeed).facts().stream()
            .filter(
                fact -> fact.relation() != Relation.COUNTRY && fact.relation() != Relation.OWNER)
            .filter(
                fact -> !World.demo().answer(fact.relation(), fact.subject()).equals(fact.answer()))
            .toList();
  }

  List<Fact> all() {
    return all;
  }

  /// Each fact to one member alone.
  List<List<Fact>> apart(int members) {
    List<List<Fact>> parts = new ArrayList<>();
    for (int member = 0; member < members; member++) {
      parts.add(new ArrayList<>());
    }
    for (int at = 0; at < all.size(); at++) {
      parts.get(at % members).add(all.get(at));
    }
    return parts;
  }

  /// Lessons about facts, each in several phrasings that the seed decides.
  static List<Lesson> lessons(List<Fact> facts, int phrasings, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Lesson> lessons = new ArrayList<>();
    for (Fact fact : facts) {
      for (int phrasing = 0; phrasing < phrasings; phrasing++) {
        lessons.add(new Lesson(TrainingQuestions.draw(fact, random).text(), fact.sentence()));
      }
    }
    return lessons;
  }

  static List<Lesson> lessons(List<Fact> facts, long seed) {
    return lessons(facts, PHRASINGS, seed);
  }

  /// Texts like those that members train on, but none of theirs: one of each fact in words that
  /// nobody has.
  static List<Lesson> unseen(List<Fact> facts, List<Lesson> seen, long seed) {
    Set<Lesson> taken = new HashSet<>(seen);
    SplittableRandom random = new SplittableRandom(seed);
    List<Lesson> unseen = new ArrayList<>();
    for (Fact fact : facts) {
      Lesson drawn;
      do {
        drawn = new Lesson(TrainingQuestions.draw(fact, random).text(), fact.sentence());
      } while (!taken.add(drawn));
      unseen.add(drawn);
    }
    return unseen;
  }

  /// One question about each fact, in a phrasing that nobody trains on.
  static List<Question> examination(List<Fact> facts) {
    return facts.stream().map(fact -> HeldOut.questions(List.of(fact)).getFirst()).toList();
  }

  /// The same questions with their answers, for the loss.
  static List<Lesson> heldOut(List<Fact> facts) {
    return examination(facts).stream()
        .map(question -> new Lesson(question.text(), question.fact().sentence()))
        .toList();
  }
}
