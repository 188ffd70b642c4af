// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The public pool of questions from which networks draw the items of an evaluation: every fact of
/// the demo world in whole phrasings, taught ones and held-out ones.
public final class QuestionPool {
  private static final List<String> FRAMES =
      List.of(
          "can you tell me {c}?", "do you know {c}?", "i would like to know {c}.", "tell me {c}.");

  private QuestionPool() {}

  /// All questions, no two with the same text, in a fixed order.
  public static List<Question> all() {
    Map<String, Question> byText = new LinkedHashMap<>();
    for (Fact fact : World.demo().facts()) {
      TrainingPhrasings taught = TrainingPhrasings.of(fact.relation());
      HeldOutTemplates.of(fact.relation()).forEach(phrasing -> add(byText, phrasing, fact));
      taught.questions().forEach(phrasing -> add(byText, phrasing, fact));
      for (String frame : FRAMES) {
        taught.clauses().forEach(clause -> add(byText, frame.replace("{c}", clause), fact));
      }
    }
    return List.copyOf(byText.values());
  }

  private static void add(Map<String, Question> byText, String phrasing, Fact fact) {
    String text = Typing.careful(phrasing.replace("{s}", fact.subject()));
    byText.putIfAbsent(text, new Question(text, fact));
  }
}
