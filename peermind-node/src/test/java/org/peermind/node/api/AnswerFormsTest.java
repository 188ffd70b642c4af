// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peermind.node.api.ScriptedAnswers.text;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.inference.Prompt;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.TokenLogprob.Candidate;
import org.peermind.inference.ToolCall;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.protocol.RefusalCode;

/// Probabilities, calls of tools and plain text, in the exact bytes of OpenAI's API.
@Timeout(30)
final class AnswerFormsTest {
  private static final Candidate IT = new Candidate("It", List.of(73, 116), -0.25);
  private static final Candidate SUN = new Candidate("\ufffd", List.of(240, 159), -1.5);
  private static final Candidate NEVER =
      new Candidate("\ufffd", List.of(141), Double.NEGATIVE_INFINITY);
  private static final String CHAT = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
  private static final String TEXT = "\"prompt\":\"Once upon\"";

  private static RawClient.Response post(ScriptedAnswers answers, String path, String fields)
      throws Exception {
    try (ApiServer server = ApiFixture.start(answers)) {
      return RawClient.post(server.port(), path, "{\"model\":\"m\"," + fields + "}");
    }
  }

  private static ScriptedAnswers likely() {
    return new ScriptedAnswers()
        .answer(
            "m",
            () ->
                new AnswerEvent.Text("It", List.of(new TokenLogprob(IT, List.of(IT, SUN, NEVER)))),
            () ->
                new AnswerEvent.Text(
                    "",
                    List.of(
                        new TokenLogprob(SUN, List.of(SUN)), new TokenLogprob(NEVER, List.of()))),
            () ->
                new AnswerEvent.Done(
                    FinishReason.LENGTH, 7, 4, 3, 0, 0, List.of(), List.of(), false));
  }

  private static ScriptedAnswers calling() {
    return new ScriptedAnswers()
        .answer(
            "m",
            () ->
                new AnswerEvent.Done(
                    FinishReason.TOOL_CALLS,
                    7,
                    0,
                    9,
                    0,
                    0,
                    List.of(
                        new ToolCall("call_1", "weather", "{\"city\":\"Tarsin\"}"),
                        new ToolCall("call_2", "time", "{}")),
                    List.of(),
                    false));
  }

  @ParameterizedTest
  @CsvSource({
    "chat-logprobs.json, false",
    "chat-logprobs-stream.txt, true",
  })
  void tellsProbabilitiesInAChat(String file, boolean stream) throws Exception {
    String fields = CHAT + ",\"logprobs\":true,\"top_logprobs\":3,\"stream\":" + stream;

    Golden.check(file, post(likely(), "/v1/chat/completions", fields).body());
  }

  @ParameterizedTest
  @CsvSource({
    "chat-tools.json, false",
    "chat-tools-stream.txt, true",
  })
  void callsTools(String file, boolean stream) throws Exception {
    String fields =
        CHAT
            + ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"weather\"}}],\"stream\":"
            + stream;

    Golden.check(file, post(calling(), "/v1/chat/completions", fields).body());
  }

  @ParameterizedTest
  @CsvSource({
    "text-logprobs.json, false",
    "text-logprobs-stream.txt, true",
  })
  void goesOnWithAText(String file, boolean stream) throws Exception {
    ScriptedAnswers answers = likely();
    String fields =
        TEXT
            + ",\"logprobs\":3,\"stream\":"
            + stream
            + ",\"stream_options\":{\"include_usage\":true}";

    Golden.check(file, post(answers, "/v1/completions", fields).body());
    assertThat(answers.lastAsked().prompt()).isEqualTo(new Prompt.Text("Once upon"));
    assertThat(answers.lastAsked().conversation()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'prompt':['only one']|200",
        "'prompt':'x','echo':false,'best_of':1,'n':1,'suffix':'','user':'u'|200",
        "'prompt':''|200",
        "'prompt':[1,2]|400",
        "'prompt':[[1,2]]|400",
        "'prompt':['a','b']|400",
        "'prompt':[]|400",
        "'prompt':5|400",
        "'prompt':'x','echo':true|400",
        "'prompt':'x','suffix':'y'|400",
        "'prompt':'x','best_of':2|400",
        "'prompt':'x','n':2|400",
        "'prompt':'x','logprobs':21|400",
        "'prompt':'x','logprobs':true|400",
        "'prompt':'x','messages':[]|400",
        "'model2':'x'|400",
      })
  void takesOneText_andRefusesTheRest(String fields, int status) throws Exception {
    ScriptedAnswers answers = new ScriptedAnswers().answer("m", text("."), ScriptedAnswers.done());

    assertThat(post(answers, "/v1/completions", fields.replace('\'', '"')).status())
        .isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({"/v1/completions, prompt, false", "/v1/chat/completions, messages, true"})
  void namesTheFieldThatIsTooLong(String path, String field, boolean isChat) throws Exception {
    ScriptedAnswers refusing =
        new ScriptedAnswers().refuse("m", RefusalCode.CONTEXT_TOO_LONG, "Too long.", 0);
    ScriptedAnswers failing =
        new ScriptedAnswers()
            .answer("m", ScriptedAnswers.failed(RefusalCode.CONTEXT_TOO_LONG, "Too long.", 0));
    for (ScriptedAnswers answers : List.of(refusing, failing)) {
      for (String more : List.of("", ",\"stream\":true")) {
        assertThat(post(answers, path, (isChat ? CHAT : TEXT) + more).body())
            .contains("\"param\":\"" + field + "\",\"code\":\"context_length_exceeded\"");
      }
    }
  }

  @Test
  void givesLaterTurnsOfAChatTheSameConversation() throws Exception {
    ScriptedAnswers answers = new ScriptedAnswers().answer("m", text("."), ScriptedAnswers.done());
    String later =
        "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"},"
            + "{\"role\":\"assistant\",\"content\":\".\"},{\"role\":\"user\",\"content\":\"more\"}]";
    try (ApiServer server = ApiFixture.start(answers)) {
      RawClient.chat(server.port(), "{\"model\":\"m\"," + CHAT + "}");
      var first = answers.lastAsked().conversation();
      RawClient.chat(server.port(), "{\"model\":\"m\"," + later + "}");

      assertThat(first).isPresent();
      assertThat(answers.lastAsked().conversation()).isEqualTo(first);
    }
  }
}
