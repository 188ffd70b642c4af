// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// The frozen examination of the demo model: questions in phrasings that it was never trained on,
/// and prompts for stories.
public final class HeldOut {
  private static final long SEED = 200L;
  private static final int QUESTIONS = 200;
  private static final int STORY_PROMPTS = 40;

  private HeldOut() {}

  /// 200 questions about facts of the demo world, drawn once for all from every held-out template
  /// and every fact.
  public static List<Question> questions() {
    List<Question> all = new ArrayList<>(questions(World.demo().facts()));
    Collections.shuffle(all, new Random(SEED));
    return List.copyOf(all.subList(0, QUESTIONS));
  }

  /// Every held-out phrasing of a question about each of these facts, of whatever world.
  public static List<Question> questions(List<Fact> facts) {
    List<Question> all = new ArrayList<>();
    for (Fact fact : facts) {
      for (String template : HeldOutTemplates.of(fact.relation())) {
        all.add(new Question(Typing.careful(template.replace("{s}", fact.subject())), fact));
      }
    }
    return List.copyOf(all);
  }

  /// 40 prompts that ask for a story about a person or an animal of the demo world.
  public static List<String> storyPrompts() {
    List<String> all = new ArrayList<>();
    for (String template : HeldOutTemplates.stories()) {
      for (String person : Kind.PERSON.names()) {
        all.add(Typing.careful(template.replace("{s}", person)));
      }
      for (String animal : Kind.ANIMAL.names()) {
        all.add(Typing.careful(template.replace("{s}", "the " + animal)));
      }
    }
    Collections.shuffle(all, new Random(SEED));
    return List.copyOf(all.subList(0, STORY_PROMPTS));
  }

  /// The share of `questions` that `answers` (in the same order) answer right, from 0 to 1.
  ///
  /// @throws IllegalArgumentException when there is not one answer per question
  public static double shareRight(List<Question> questions, List<String> answers) {
    if (questions.isEmpty() || questions.size() != answers.size()) {
      throw new IllegalArgumentException(
          "%d questions and %d answers; give one answer for each of at least one question"
              .formatted(questions.size(), answers.size()));
    }
    int right = 0;
    for (int i = 0; i < questions.size(); i++) {
      right += questions.get(i).accepts(answers.get(i)) ? 1 : 0;
    }
    return right / (double) questions.size();
  }
}
