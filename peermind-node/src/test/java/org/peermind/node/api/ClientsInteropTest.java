// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.inference.Constraint;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.node.query.Query;

/// Unchanged clients at an API whose answers a test wrote down: what they make of the API's form,
/// without an engine.
@Tag("interop")
@Timeout(300)
final class ClientsInteropTest {
  private static final TokenLogprob.Candidate TOKEN =
      new TokenLogprob.Candidate("The sun", List.of(84, 104, 101), -0.5);

  private ApiServer server;

  @BeforeEach
  void start() throws Exception {
    ScriptedAnswers answers = new ScriptedAnswers();
    answers.answer("demo", () -> text(answers.lastAsked()), () -> end(answers.lastAsked()));
    server = ApiFixture.start(answers);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static AnswerEvent text(Query query) {
    List<TokenLogprob> logprobs =
        query.topLogprobs().isEmpty()
            ? List.of()
            : List.of(new TokenLogprob(TOKEN, List.of(TOKEN)));
    return switch (query.constraint()) {
      case Constraint.None _ -> new AnswerEvent.Text("The sun rose.", logprobs);
      case Constraint.JsonObject _, Constraint.JsonSchema _ ->
          new AnswerEvent.Text("{\"status\":\"ok\"}", logprobs);
      case Constraint.Tools _ -> new AnswerEvent.Text("", logprobs);
    };
  }

  private static AnswerEvent end(Query query) {
    if (query.constraint() instanceof Constraint.Tools tools) {
      ToolDefinition called = tools.tools().getFirst();
      ToolCall call = new ToolCall("call_1", called.name(), "{\"value\":\"CANARY_OK\"}");
      return new AnswerEvent.Done(
          FinishReason.TOOL_CALLS, 7, 2, 5, 0, 0, List.of(call), List.of(), false);
    }
    return new AnswerEvent.Done(FinishReason.STOP, 7, 3, 0, 0);
  }

  @Test
  void langChainAndTheAiSdkPassEveryCheck() throws Exception {
    ExternalTool.Output checked = NpmClients.check(server.baseUri().toString(), "demo");

    assertThat(checked.exitCode()).as(checked.text()).isZero();
    assertThat(checked.text()).endsWith("all checks passed\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"chat", "modern"})
  void compatcanaryPassesEveryProbe(String profile) throws Exception {
    ExternalTool.Output scanned = NpmClients.scan(server.baseUri().toString(), "demo", profile);

    assertThat(scanned.exitCode()).as(scanned.text()).isZero();
    assertThat(scanned.text()).contains("**100/100**");
  }
}
