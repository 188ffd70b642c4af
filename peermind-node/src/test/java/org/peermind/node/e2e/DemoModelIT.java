// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.demomodel.HeldOut;
import org.peermind.demomodel.HeldOutForms;
import org.peermind.demomodel.Question;
import org.peermind.demomodel.StoryGrammar;
import org.peermind.demomodel.World;
import org.peermind.node.cli.Main;

/// Issue 2, item 6: what the demo model knows, asked through `peermind ask`, a referee and an
/// inferer in processes of their own.
class DemoModelIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final ObjectMapper JSON = new ObjectMapper();
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

  /// Tools, parameters and values that it was never taught, in words that it was never taught.
  @Test
  void callsToolsItNeverSaw_andEndsTheirStrings() throws Exception {
    List<HeldOutForms.Call> calls = HeldOutForms.calls();
    for (double temperature : List.of(0.0, 1.0)) {
      int ended = 0;
      int exact = 0;
      for (int i = 0; i < calls.size(); i++) {
        JsonNode choice =
            choice(callOf(calls.get(i)).put("temperature", temperature).put("seed", i));
        JsonNode call = choice.path("message").path("tool_calls").path(0).path("function");
        if (choice.path("finish_reason").asText().equals("tool_calls")) {
          ended++;
          assertThat(call.path("name").asText()).isEqualTo(calls.get(i).tool());
          JsonNode arguments = JSON.readTree(call.path("arguments").asText());
          assertThat(arguments.path(calls.get(i).parameter()).isTextual()).isTrue();
          boolean same =
              arguments.path(calls.get(i).parameter()).asText().equals(calls.get(i).value());
          exact += same ? 1 : 0;
        }
      }
      System.out.printf(
          "calls at temperature %s: %d of %d ended, %d with the value asked for%n",
          temperature, ended, calls.size(), exact);

      assertThat(ended).isGreaterThanOrEqualTo(calls.size() * 95 / 100);
    }
  }

  @Test
  void endsTheStrings_thatASchemaLeavesFree() throws Exception {
    JsonNode format =
        JSON.readTree(
            """
            {"type": "json_schema", "json_schema": {"name": "town", "strict": true, "schema":
              {"type": "object", "additionalProperties": false, "required": ["headline", "summary"],
               "properties": {"headline": {"type": "string"}, "summary": {"type": "string"}}}}}
            """);
    int ended = 0;
    int asked = 0;
    for (Question question : HeldOut.questions().subList(0, 20)) {
      for (double temperature : List.of(0.0, 1.0)) {
        ObjectNode body = ChatClient.question(question.text(), 300);
        body.set("response_format", format);
        JsonNode choice = choice(body.put("temperature", temperature).put("seed", asked));
        asked++;
        if (choice.path("finish_reason").asText().equals("stop")) {
          ended++;
          JsonNode answer = JSON.readTree(choice.path("message").path("content").asText());
          assertThat(answer.fieldNames()).toIterable().containsExactly("headline", "summary");
        }
      }
    }
    System.out.printf("answers by a schema with free strings: %d of %d ended%n", ended, asked);

    assertThat(ended).isGreaterThanOrEqualTo(asked * 95 / 100);
  }

  private static ObjectNode callOf(HeldOutForms.Call call) {
    ObjectNode body = ChatClient.question(call.request(), 300);
    ObjectNode function = body.putArray("tools").addObject().put("type", "function");
    function = function.putObject("function");
    function.put("name", call.tool()).put("description", call.description());
    ObjectNode parameters = function.putObject("parameters").put("type", "object");
    parameters.putObject("properties").putObject(call.parameter()).put("type", "string");
    parameters.putArray("required").add(call.parameter());
    parameters.put("additionalProperties", false);
    body.putObject("tool_choice")
        .put("type", "function")
        .putObject("function")
        .put("name", call.tool());
    return body;
  }

  private static JsonNode choice(ObjectNode body) {
    ChatClient.Reply reply =
        NETWORK.client(TestNetwork.USER).post("/v1/chat/completions", body.toString());
    assertThat(reply.status()).as(reply.body()).isEqualTo(200);
    return reply.json().path("choices").path(0);
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
