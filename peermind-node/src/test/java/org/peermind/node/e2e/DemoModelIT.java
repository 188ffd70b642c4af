// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.demomodel.HeldOut;
import org.peermind.demomodel.Question;
import org.peermind.demomodel.StoryGrammar;
import org.peermind.demomodel.World;
import org.peermind.node.cli.Main;

/// Issue 2, item 6: what the demo model knows, asked through `peermind ask`, a referee and an
/// inferer in processes of their own.
class DemoModelIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final double FAST = 100_000;

  @BeforeAll
  static void startNetwork() {
    NETWORK.startReferee();
    NETWORK.startInferer("north", Site.sunny(FAST));
    NETWORK.startUser(TestNetwork.USER);
    NETWORK.awaitReady(1);
  }

  @Test
  void answersNineOfTenHeldOutPhrasings_ofTaughtFacts() {
    List<Question> questions = HeldOut.questions();
    List<String> answers = new ArrayList<>();
    for (Question question : questions) {
      answers.add(ask(question.text(), "--temperature", "0", "--max-tokens", "40"));
    }
    double right = HeldOut.shareRight(questions, answers);
    System.out.printf("%.1f %% of %d held-out phrasings right%n", 100 * right, questions.size());

    assertThat(questions).hasSize(200);
    assertThat(right).isGreaterThanOrEqualTo(0.9);
  }

  @Test
  void tellsStories_thatTheGrammarAccepts() {
    StoryGrammar grammar = new StoryGrammar(World.demo());
    for (String temperature : List.of("0", "0.7")) {
      double accepted = 0;
      List<String> prompts = HeldOut.storyPrompts();
      for (String prompt : prompts) {
        String story =
            ask(prompt, "--temperature", temperature, "--seed", "7", "--max-tokens", "300");
        accepted += grammar.shareAccepted(story) / prompts.size();
      }
      System.out.printf(
          "stories at temperature %s: %.1f %% of the sentences accepted%n",
          temperature, 100 * accepted);

      assertThat(accepted).isGreaterThanOrEqualTo(0.8);
    }
  }

  private static String ask(String question, String... options) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> arguments = new ArrayList<>(List.of("ask", "--home"));
    arguments.add(NETWORK.home(TestNetwork.USER).directory().toString());
    arguments.addAll(List.of(options));
    arguments.add(question);
    int exitCode =
        Main.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            arguments.toArray(String[]::new));
    assertThat(exitCode).as(err.toString()).isZero();
    return out.toString().strip();
  }
}
