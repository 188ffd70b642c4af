// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel.trainer;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.peermind.demomodel.ChatFormat;
import org.peermind.demomodel.Conversation;
import org.peermind.demomodel.HeldOut;
import org.peermind.demomodel.HeldOutForms;
import org.peermind.demomodel.Question;
import org.peermind.demomodel.SpmEncoder;
import org.peermind.demomodel.StoryGrammar;
import org.peermind.demomodel.World;

/// Puts the held-out questions and story prompts to a model.
final class Examination {
  private static final int STORY_TOKENS_MAX = 400;
  private static final int ANSWER_TOKENS_MAX = 48;
  private static final int CALL_TOKENS_MAX = 160;

  private final SpmEncoder encoder;
  private final ChatFormat format;
  private final StoryGrammar grammar = new StoryGrammar(World.demo());

  Examination(SpmEncoder encoder) {
    this.encoder = encoder;
    this.format = new ChatFormat(encoder);
  }

  /// How the stories of a model were judged; shares go from 0 to 1.
  record Stories(double sentencesAccepted, double wholeStoriesAccepted, double tokensMean) {}

  /// The share of held-out questions that the model answers right at temperature 0; the wrong
  /// answers are added to `wrong`.
  double facts(PlainLlama model, List<String> wrong) {
    List<Question> questions = HeldOut.questions();
    List<String> answers = new ArrayList<>();
    for (Question question : questions) {
      String answer = answer(model, question.text(), ANSWER_TOKENS_MAX, 0, new Random(0));
      answers.add(answer);
      if (!question.accepts(answer)) {
        wrong.add(question.text() + " -> " + answer);
      }
    }
    return HeldOut.shareRight(questions, answers);
  }

  /// How calls of tools were made at temperature 0, nothing holding the model to their form.
  ///
  /// @param formed the share with the right tool and parameter and a string that ends
  /// @param exact the share whose value is the one asked for, too
  record Calls(double formed, double exact) {}

  /// How the model makes the held-out calls; those that are not exact are added to `wrong`.
  Calls calls(PlainLlama model, List<String> wrong) {
    List<HeldOutForms.Call> asked = HeldOutForms.calls();
    int formed = 0;
    int exact = 0;
    for (HeldOutForms.Call call : asked) {
      int[] prompt = format.prompt(call.asked());
      String answer = encoder.decode(model.answer(prompt, CALL_TOKENS_MAX, 0, new Random(0)));
      formed += isFormed(call, answer) ? 1 : 0;
      if (answer.equals(call.answer())) {
        exact++;
      } else {
        wrong.add(call.request() + " -> " + answer);
      }
    }
    return new Calls(formed / (double) asked.size(), exact / (double) asked.size());
  }

  private static boolean isFormed(HeldOutForms.Call call, String answer) {
    String value = "\"" + call.value() + "\"";
    int at = call.answer().lastIndexOf(value);
    String before = Pattern.quote(call.answer().substring(0, at));
    String after = Pattern.quote(call.answer().substring(at + value.length()));
    return answer.matches(before + "\"[^\"\\\\\\p{Cntrl}]*\"" + after);
  }

  /// How good the stories are that the model tells to the first `count` held-out prompts.
  Stories stories(PlainLlama model, int count, double temperature, List<String> wrong) {
    double sentences = 0;
    double whole = 0;
    double tokens = 0;
    List<String> prompts = HeldOut.storyPrompts().subList(0, count);
    for (int i = 0; i < count; i++) {
      String story = answer(model, prompts.get(i), STORY_TOKENS_MAX, temperature, new Random(i));
      sentences += grammar.shareAccepted(story) / count;
      whole += (grammar.acceptsStory(story) ? 1.0 : 0.0) / count;
      tokens += encoder.encode(story).size() / (double) count;
      StoryGrammar.sentences(story).stream()
          .filter(sentence -> !grammar.accepts(sentence))
          .forEach(wrong::add);
    }
    return new Stories(sentences, whole, tokens);
  }

  private String answer(PlainLlama model, String text, int max, double temperature, Random random) {
    int[] prompt = format.prompt(Conversation.asking(text));
    return encoder.decode(model.answer(prompt, max, temperature, random));
  }
}
