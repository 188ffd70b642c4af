// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peermind.node.api.ScriptedAnswers.after;
import static org.peermind.node.api.ScriptedAnswers.done;
import static org.peermind.node.api.ScriptedAnswers.failed;
import static org.peermind.node.api.ScriptedAnswers.text;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.inference.Prompt;
import org.peermind.protocol.RefusalCode;

/// The exact bytes of answers; the golden files are what OpenAI's own service would send.
@Timeout(30)
final class ChatCompletionsTest {
  private static final String ASK =
      "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]%s}";

  private static RawClient.Response ask(ScriptedAnswers answers, String model, String fields)
      throws Exception {
    try (ApiServer server = ApiFixture.start(answers)) {
      return RawClient.chat(server.port(), ASK.formatted(model, fields));
    }
  }

  @Test
  void sendsTheWholeAnswer_whenNotStreaming() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers().answer("m", text("It \"is\" "), text("noon 🌞"), done(2, 1));

    RawClient.Response response = ask(answers, "m", "");

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("Content-Type")).isEqualTo("application/json");
    assertThat(response.header("Peermind-Continuations")).isEqualTo("1");
    assertThat(response.header("Peermind-Near-Ties")).isEqualTo("2");
    Golden.check("completion.json", response.body());
  }

  @Test
  void streamsChunks_inOpenAiForm() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers().answer("m", text("It \"is\" "), text("noon 🌞"), done(2, 1));

    RawClient.Response response = ask(answers, "m", ",\"stream\":true");

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("Content-Type")).startsWith("text/event-stream");
    Golden.check("stream.txt", response.body());
  }

  @Test
  void endsWithUsage_whenAskedTo() throws Exception {
    ScriptedAnswers answers = new ScriptedAnswers().answer("m", text("noon"), done());

    RawClient.Response response =
        ask(answers, "m", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}");

    Golden.check("stream-usage.txt", response.body());
  }

  @Test
  void endsWithAnErrorObjectAndWithoutDone_whenTheAnswerFailsInTheMiddle() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers()
            .answer(
                "m", text("It is"), failed(RefusalCode.INFERER_FAILED, "The inferer stopped.", 2));

    RawClient.Response response = ask(answers, "m", ",\"stream\":true");

    assertThat(response.status()).isEqualTo(200);
    Golden.check("stream-failed.txt", response.body());
  }

  @Test
  void keepsCharactersWhole_whenDeltasCutAnEmoji() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers().answer("m", text("a\ud83c"), text("\udf1e"), text("\ud83c"), done());

    RawClient.Response response = ask(answers, "m", ",\"stream\":true");

    assertThat(response.body())
        .contains("{\"content\":\"a\"}")
        .contains("{\"content\":\"🌞\"}")
        .contains("{\"content\":\"\ufffd\"}");
  }

  @Test
  void sendsEachPartAtOnce_whenTheNextIsNotThereYet() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    ScriptedAnswers answers =
        new ScriptedAnswers().answer("m", text("first"), after(gate, text("second")), done());
    try (ApiServer server = ApiFixture.start(answers);
        RawClient client = new RawClient(server.port())) {
      client.sendChat(ASK.formatted("m", ",\"stream\":true")).head();

      assertThat(client.chunk()).contains("first").doesNotContain("second");
      gate.countDown();
      assertThat(client.restOfChunks()).contains("second").endsWith("data: [DONE]\n\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "NO_POWER, 503, server_error, no_power, 30",
    "NO_CAPACITY, 503, server_error, no_capacity, 30",
    "NO_USER_SLOT, 503, server_error, no_user_slot, 30",
    "BUDGET_SPENT, 429, rate_limit_error, budget_spent, 30",
    "NO_REFEREE, 503, server_error, no_referee, 30",
    "INFERER_FAILED, 503, server_error, inferer_failed, 30",
    "UNKNOWN_MODEL, 404, invalid_request_error, model_not_found, ''",
    "CONTEXT_TOO_LONG, 400, invalid_request_error, context_length_exceeded, ''",
    "BAD_REQUEST, 400, invalid_request_error, bad_request, ''",
  })
  void mapsRefusals_whetherStreamingOrNot(
      RefusalCode refusal, int status, String type, String code, String retryAfter)
      throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers()
            .refuse("asked", refusal, "Because of \"clouds\".", 30)
            .answer("begun", failed(refusal, "Because of \"clouds\".", 30));

    for (String model : new String[] {"asked", "begun"}) {
      for (String fields : new String[] {"", ",\"stream\":true"}) {
        RawClient.Response response = ask(answers, model, fields);

        assertThat(response.status()).isEqualTo(status);
        assertThat(response.header("Retry-After")).isEqualTo(retryAfter);
        assertThat(response.body())
            .startsWith("{\"error\":{\"message\":\"Because of \\\"clouds\\\".\",")
            .contains("\"type\":\"" + type + "\"")
            .endsWith("\"code\":\"" + code + "\"}}");
      }
    }
  }

  @Test
  void leavesRetryAfterOut_whenAskingAgainMakesNoSense() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers().refuse("m", RefusalCode.NO_POWER, "It is night.", 0);

    assertThat(ask(answers, "m", "").headers()).doesNotContainKey("retry-after");
  }

  @Test
  void answersWithAnErrorThatTellsNothing_whenTheAnswersThrowABug() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers()
            .answerAfter(
                "m",
                query -> {
                  throw new IllegalStateException(
                      ((Prompt.Chat) query.prompt()).messages().getFirst().content());
                });

    RawClient.Response response = ask(answers, "m", "");

    assertThat(response.status()).isEqualTo(503);
    assertThat(response.body()).contains("inferer_failed").doesNotContain("\"hi\"");
  }
}
