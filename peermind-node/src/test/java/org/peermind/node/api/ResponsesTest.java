// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peermind.node.api.ScriptedAnswers.after;
import static org.peermind.node.api.ScriptedAnswers.done;
import static org.peermind.node.api.ScriptedAnswers.failed;
import static org.peermind.node.api.ScriptedAnswers.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.TokenLogprob.Candidate;
import org.peermind.inference.ToolCall;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.protocol.RefusalCode;

/// The exact bytes of answers in the form of OpenAI's Responses API.
@Timeout(30)
final class ResponsesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PATH = "/v1/responses";
  private static final String ASK = "{\"model\":\"m\",\"input\":\"hi\"%s}";
  private static final String STREAM = ",\"stream\":true";
  private static final Candidate IT = new Candidate("It", List.of(73, 116), -0.25);
  private static final Candidate SO = new Candidate("So", List.of(83, 111), -1.5);

  private static RawClient.Response ask(ScriptedAnswers answers, String fields) throws Exception {
    try (ApiServer server = ApiFixture.start(answers)) {
      return RawClient.post(server.port(), PATH, ASK.formatted(fields));
    }
  }

  private static ScriptedAnswers sunny() {
    return new ScriptedAnswers().answer("m", text("It \"is\" "), text("noon 🌞"), done(2, 1));
  }

  private static ScriptedAnswers ending(FinishReason reason, String said, ToolCall... calls) {
    ScriptedAnswers.Step end =
        () -> new AnswerEvent.Done(reason, 7, 4, 9, 0, 0, List.of(calls), List.of(), false);
    return said.isEmpty()
        ? new ScriptedAnswers().answer("m", end)
        : new ScriptedAnswers().answer("m", text(said), end);
  }

  private static List<JsonNode> events(String stream) throws Exception {
    List<JsonNode> events = new ArrayList<>();
    String name = "";
    for (String line : stream.split("\n", -1)) {
      if (line.startsWith("event: ")) {
        name = line.substring(7);
      } else if (line.startsWith("data: ")) {
        JsonNode event = JSON.readTree(line.substring(6));
        assertThat(event.path("type").asText()).isEqualTo(name);
        assertThat(event.path("sequence_number").asInt(-1)).isEqualTo(events.size());
        events.add(event);
      }
    }
    return events;
  }

  private static List<String> types(String stream) throws Exception {
    return events(stream).stream().map(event -> event.path("type").asText()).toList();
  }

  @Test
  void sendsTheWholeAnswer_whenNotStreaming() throws Exception {
    RawClient.Response response =
        ask(sunny(), ",\"metadata\":{\"run\":\"7\"},\"user\":\"u-1\",\"store\":true");

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("Content-Type")).isEqualTo("application/json");
    assertThat(response.header("Peermind-Continuations")).isEqualTo("1");
    assertThat(response.header("Peermind-Near-Ties")).isEqualTo("2");
    Golden.check("response.json", response.body());
  }

  @Test
  void streamsTypedEvents_numberedFromZero() throws Exception {
    RawClient.Response response = ask(sunny(), STREAM);

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("Content-Type")).startsWith("text/event-stream");
    Golden.check("response-stream.txt", response.body());
    assertThat(types(response.body()))
        .containsExactly(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed");
  }

  @ParameterizedTest
  @CsvSource({"response-tools.json, ''", "response-tools-stream.txt, ',\"stream\":true'"})
  void callsTools(String file, String stream) throws Exception {
    ScriptedAnswers answers =
        ending(
            FinishReason.TOOL_CALLS,
            "",
            new ToolCall("call_1", "weather", "{\"city\":\"Tarsin\"}"),
            new ToolCall("call_2", "time", "{}"));
    String tools =
        ",\"tools\":[{\"type\":\"function\",\"name\":\"weather\",\"description\":\"Tells it.\"},"
            + "{\"type\":\"function\",\"name\":\"time\",\"parameters\":{\"type\":\"object\"},"
            + "\"strict\":false}],\"tool_choice\":\"required\"";

    Golden.check(file, ask(answers, tools + stream).body());
  }

  @Test
  void putsCallsAfterTheMessage_whenAnAnswerHasBoth() throws Exception {
    ToolCall call = new ToolCall("call_1", "time", "{}");

    List<JsonNode> events =
        events(ask(ending(FinishReason.TOOL_CALLS, "Let me see.", call), STREAM).body());
    JsonNode output = events.getLast().path("response").path("output");

    assertThat(output).hasSize(2);
    assertThat(output.path(0).path("content").path(0).path("text").asText())
        .isEqualTo("Let me see.");
    assertThat(output.path(1).path("call_id").asText()).isEqualTo("call_1");
    assertThat(events)
        .filteredOn(event -> event.path("item_id").asText().startsWith("fc_"))
        .hasSize(2)
        .allMatch(event -> event.path("output_index").asInt() == 1);
    JsonNode whole =
        JSON.readTree(ask(ending(FinishReason.TOOL_CALLS, "Let me see.", call), "").body());
    assertThat(whole.path("output")).isEqualTo(output);
  }

  @ParameterizedTest
  @CsvSource({"response-logprobs.json, ''", "response-logprobs-stream.txt, ',\"stream\":true'"})
  void tellsProbabilities_whenTheyAreIncluded(String file, String stream) throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers()
            .answer(
                "m",
                () -> new AnswerEvent.Text("It", List.of(new TokenLogprob(IT, List.of(IT, SO)))),
                done());

    String body =
        ask(answers, ",\"include\":[\"message.output_text.logprobs\"],\"top_logprobs\":2" + stream)
            .body();

    assertThat(answers.lastAsked().topLogprobs()).hasValue(2);
    Golden.check(file, body);
  }

  @Test
  void makesNoMessageOfACall_whoseProbabilitiesAreAskedFor() throws Exception {
    ToolCall call = new ToolCall("call_1", "time", "{}");
    ScriptedAnswers answers =
        new ScriptedAnswers()
            .answer(
                "m",
                () -> new AnswerEvent.Text("", List.of(new TokenLogprob(IT, List.of()))),
                () ->
                    new AnswerEvent.Done(
                        FinishReason.TOOL_CALLS, 7, 0, 9, 0, 0, List.of(call), List.of(), false));
    String include = ",\"include\":[\"message.output_text.logprobs\"]";

    JsonNode whole = JSON.readTree(ask(answers, include).body());
    List<JsonNode> events = events(ask(answers, include + STREAM).body());

    assertThat(whole.path("output")).hasSize(1);
    assertThat(whole.path("output").path(0).path("type").asText()).isEqualTo("function_call");
    assertThat(events.getLast().path("response")).isEqualTo(whole);
    assertThat(events).noneMatch(event -> event.has("content_index"));
  }

  @Test
  void tellsProbabilitiesWithTheFirstText_whenTheyCameBeforeIt() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers()
            .answer(
                "m",
                () -> new AnswerEvent.Text("", List.of(new TokenLogprob(SO, List.of()))),
                () -> new AnswerEvent.Text("It", List.of(new TokenLogprob(IT, List.of()))),
                done());

    List<JsonNode> events =
        events(ask(answers, ",\"include\":[\"message.output_text.logprobs\"]" + STREAM).body());

    assertThat(events)
        .filteredOn(event -> event.path("type").asText().equals("response.output_text.delta"))
        .singleElement()
        .satisfies(delta -> assertThat(delta.path("logprobs")).hasSize(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "It is"})
  void saysIncomplete_whenTheLimitEndsTheAnswer(String said) throws Exception {
    String stream = ask(ending(FinishReason.LENGTH, said), STREAM).body();
    JsonNode whole = JSON.readTree(ask(ending(FinishReason.LENGTH, said), "").body());
    JsonNode last = events(stream).getLast();

    assertThat(last.path("type").asText()).isEqualTo("response.incomplete");
    assertThat(last.path("response")).isEqualTo(whole);
    assertThat(whole.path("status").asText()).isEqualTo("incomplete");
    assertThat(whole.path("incomplete_details").path("reason").asText())
        .isEqualTo("max_output_tokens");
    assertThat(whole.path("completed_at").isNull()).isTrue();
    assertThat(whole.path("output").path(0).path("status").asText()).isEqualTo("incomplete");
    assertThat(whole.path("output").path(0).path("content").path(0).path("text").asText())
        .isEqualTo(said);
  }

  @Test
  void endsWithAnErrorAndAFailedResponse_whenTheAnswerFailsInTheMiddle() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers()
            .answer(
                "m", text("It is"), failed(RefusalCode.INFERER_FAILED, "The inferer stopped.", 2));

    RawClient.Response response = ask(answers, STREAM);

    assertThat(response.status()).isEqualTo(200);
    Golden.check("response-failed.txt", response.body());
    assertThat(types(response.body())).endsWith("error", "response.failed");
  }

  @ParameterizedTest
  @CsvSource({
    "NO_POWER, 503, server_error, no_power, server_error",
    "BUDGET_SPENT, 429, rate_limit_error, budget_spent, rate_limit_exceeded",
    "UNKNOWN_MODEL, 404, invalid_request_error, model_not_found, invalid_prompt",
    "CONTEXT_TOO_LONG, 400, invalid_request_error, context_length_exceeded, invalid_prompt",
  })
  void mapsRefusals_beforeAnswersAndWithinThem(
      RefusalCode refusal, int status, String type, String code, String failure) throws Exception {
    ScriptedAnswers before =
        new ScriptedAnswers().refuse("m", refusal, "Because of \"clouds\".", 30);
    ScriptedAnswers within =
        new ScriptedAnswers()
            .answer("m", text("It"), failed(refusal, "Because of \"clouds\".", 30));

    for (String stream : List.of("", STREAM)) {
      RawClient.Response response = ask(before, stream);
      JsonNode error = JSON.readTree(response.body()).path("error");
      assertThat(response.status()).isEqualTo(status);
      assertThat(error.path("type").asText()).isEqualTo(type);
      assertThat(error.path("code").asText()).isEqualTo(code);
    }
    List<JsonNode> events = events(ask(within, STREAM).body());
    assertThat(events.get(events.size() - 2).path("code").asText()).isEqualTo(code);
    assertThat(events.getLast().path("response").path("error").path("code").asText())
        .isEqualTo(failure);
  }

  @Test
  void namesTheInput_whenItIsTooLongForTheModel() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers().refuse("m", RefusalCode.CONTEXT_TOO_LONG, "Too long.", 0);

    assertThat(ask(answers, "").body()).contains("\"param\":\"input\"");
  }

  @Test
  void keepsCharactersWhole_whenDeltasCutAnEmoji() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers().answer("m", text("a\ud83c"), text("\udf1e"), text("\ud83c"), done());

    List<JsonNode> events = events(ask(answers, STREAM).body());

    assertThat(events)
        .filteredOn(event -> event.path("type").asText().equals("response.output_text.delta"))
        .extracting(event -> event.path("delta").asText())
        .containsExactly("a", "🌞", "\ufffd");
    assertThat(
            events
                .getLast()
                .path("response")
                .path("output")
                .path(0)
                .path("content")
                .path(0)
                .path("text")
                .asText())
        .isEqualTo("a🌞\ufffd");
  }

  @Test
  void sendsEachPartAtOnce_andItsPlaceInTheQueueBefore() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    ScriptedAnswers answers =
        new ScriptedAnswers()
            .answer(
                "m",
                () -> new AnswerEvent.Queued(3, Duration.ofSeconds(12)),
                text("first"),
                after(gate, text("second")),
                done());
    try (ApiServer server = ApiFixture.start(answers);
        RawClient client = new RawClient(server.port())) {
      client
          .send(
              RawClient.chatRequest("", ASK.formatted(STREAM))
                  .replaceFirst("/v1/chat/completions", PATH))
          .head();

      StringBuilder first = new StringBuilder();
      while (!first.toString().contains("first")) {
        first.append(client.chunk());
      }
      assertThat(first.toString())
          .contains(": queued position=3 expected=12s\n\n")
          .doesNotContain("second");
      gate.countDown();
      assertThat(client.restOfChunks()).contains("second").doesNotContain("[DONE]");
    }
  }

  @Test
  void cancelsTheAnswer_whenTheClientLeavesAStream() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers().answer("m", text("one"), after(new CountDownLatch(1), text("never")));
    try (ApiServer server = ApiFixture.start(answers)) {
      try (RawClient client = new RawClient(server.port())) {
        client
            .send(
                RawClient.chatRequest("", ASK.formatted(STREAM))
                    .replaceFirst("/v1/chat/completions", PATH))
            .head();
        assertThat(client.chunk()).contains("one");
      }

      assertThat(answers.wasClosed("m")).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void givesUpAnAnswerThatIsLongerThanItKeeps(boolean stream) throws Exception {
    ScriptedAnswers.Step[] steps = new ScriptedAnswers.Step[40];
    String large = "x".repeat(512 * 1024);
    Arrays.fill(steps, text(large));
    ScriptedAnswers answers = new ScriptedAnswers().answer("m", steps);

    RawClient.Response response = ask(answers, stream ? STREAM : "");

    assertThat(response.status()).isEqualTo(stream ? 200 : 503);
    assertThat(response.body()).contains("longer than this node keeps in memory");
    assertThat(answers.wasClosed("m")).isTrue();
  }

  @Test
  void givesLaterTurnsTheSameConversation_asAChatOfTheSameBeginning() throws Exception {
    ScriptedAnswers answers = new ScriptedAnswers().answer("m", text("."), done());
    String later =
        "{\"model\":\"m\",\"input\":[{\"role\":\"user\",\"content\":\"hi\"},"
            + "{\"type\":\"message\",\"id\":\"msg_1\",\"status\":\"completed\","
            + "\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\".\","
            + "\"annotations\":[],\"logprobs\":[]}]},{\"role\":\"user\",\"content\":\"more\"}]}";
    String chat = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    try (ApiServer server = ApiFixture.start(answers)) {
      RawClient.post(server.port(), PATH, ASK.formatted(""));
      var first = answers.lastAsked().conversation();
      RawClient.post(server.port(), PATH, later);
      var second = answers.lastAsked().conversation();
      RawClient.chat(server.port(), chat);

      assertThat(first).isPresent();
      assertThat(second).isEqualTo(first);
      assertThat(answers.lastAsked().conversation()).isEqualTo(first);
    }
  }

  @Test
  void asksForTheKey_andForJson_asTheOtherPagesDo() throws Exception {
    ScriptedAnswers answers = sunny();
    ApiSettings open = ApiSettings.onLoopback(0);
    ApiSettings keyed =
        new ApiSettings(
            open.address(), 0, Optional.of("0123456789abcdef"), List.of(), open.limits());
    try (ApiServer server = ApiFixture.start(answers, keyed)) {
      assertThat(RawClient.post(server.port(), PATH, ASK.formatted("")).status()).isEqualTo(401);
      assertThat(RawClient.get(server.port(), PATH + "/resp_1").status()).isEqualTo(401);
    }
    try (ApiServer server = ApiFixture.start(answers, open)) {
      assertThat(RawClient.get(server.port(), PATH).status()).isEqualTo(405);
      assertThat(RawClient.get(server.port(), PATH + "/resp_1").status()).isEqualTo(404);
    }
    assertThat(answers.countAsked()).isZero();
  }
}
