// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.inference.Constraint;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;
import org.peermind.inference.internal.constraint.ToolCallParser.Outcome;
import org.peermind.testkit.Property;

/// Calls of tools: what may be written, and how it is read again.
class ToolCallTest {
  private static final CallSyntax HERMES = CallSyntax.hermes();
  private static final CallSyntax MISTRAL =
      new CallSyntax("[TOOL_CALLS]", "", "name", "arguments", true);
  private static final CallSyntax BARE = new CallSyntax("", "", "name", "parameters", false);
  private static final String WEATHER =
      "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"},\"days\":"
          + "{\"type\":\"integer\",\"minimum\":1,\"maximum\":9}},\"required\":[\"city\"]}";
  private static final List<ToolDefinition> TOOLS =
      List.of(
          new ToolDefinition("weather", "", WEATHER),
          new ToolDefinition("now", "", "{\"type\":\"object\",\"additionalProperties\":false}"));

  private static Constraint.Tools tools(Optional<String> only, boolean required, boolean many) {
    return new Constraint.Tools(TOOLS, only, required, many);
  }

  private static boolean accepts(Constraint.Tools tools, CallSyntax syntax, String text) {
    try {
      Rule rule = Objects.requireNonNull(ConstraintReader.rule(tools, syntax));
      return Configuration.start(rule).after(text.getBytes(StandardCharsets.UTF_8)).complete();
    } catch (SchemaRefusal refusal) {
      throw new AssertionError(refusal.sentence(), refusal);
    }
  }

  private static String hermes(String json) {
    return "<tool_call>\n" + json + "\n</tool_call>";
  }

  @Test
  void allowsOnlyValidCallsOfTheToolsGiven_whenCallsAreRequired() {
    Constraint.Tools required = tools(Optional.empty(), true, false);
    String good = hermes("{\"name\": \"weather\", \"arguments\": {\"city\":\"Rome\",\"days\":3}}");

    assertThat(accepts(required, HERMES, good)).isTrue();
    assertThat(accepts(required, HERMES, hermes("{\"name\":\"now\",\"arguments\":{}}"))).isTrue();
    assertThat(accepts(required, HERMES, "hello")).isFalse();
    assertThat(accepts(required, HERMES, good + good)).isFalse();
    assertThat(accepts(required, HERMES, good.replace("3", "10"))).isFalse();
    assertThat(accepts(required, HERMES, good.replace("weather", "wether"))).isFalse();
    assertThat(accepts(required, HERMES, good.replace("</tool_call>", ""))).isFalse();
    assertThat(
            accepts(required, HERMES, hermes("{\"name\":\"now\",\"arguments\":{\"city\":\"R\"}}")))
        .isFalse();
  }

  @Test
  void allowsTextUntilTheMark_thenOnlyACall() {
    Constraint.Tools free = tools(Optional.empty(), false, true);
    String call = hermes("{\"name\":\"now\",\"arguments\":{}}");

    assertThat(accepts(free, HERMES, "")).isTrue();
    assertThat(accepts(free, HERMES, "A <tool_cal or <<tool {\"x\"")).isTrue();
    assertThat(accepts(free, HERMES, "Let me look.\n" + call + "\n" + call)).isTrue();
    assertThat(accepts(free, HERMES, "Let me look.\n<tool_call>\n")).isFalse();
    assertThat(accepts(free, HERMES, "x <<tool_call>{\"name\":\"no")).isFalse();
    assertThat(accepts(free, HERMES, call + " And then.")).isFalse();
    assertThat(accepts(tools(Optional.empty(), false, false), HERMES, call + call)).isFalse();
  }

  @Test
  void allowsTheOneToolThatIsNamed() {
    Constraint.Tools only = tools(Optional.of("now"), true, false);

    assertThat(accepts(only, HERMES, hermes("{\"name\":\"now\",\"arguments\":{}}"))).isTrue();
    assertThat(
            accepts(only, HERMES, hermes("{\"name\":\"weather\",\"arguments\":{\"city\":\"R\"}}")))
        .isFalse();
  }

  @Test
  void givesArgumentsAsAnObject_whateverElseTheParametersAllow() {
    for (String parameters : List.of("{}", "{\"$ref\":\"#/$defs/a\",\"$defs\":{\"a\":true}}")) {
      Constraint.Tools loose =
          new Constraint.Tools(
              List.of(new ToolDefinition("look", "", parameters)), Optional.empty(), true, false);
      assertThat(accepts(loose, HERMES, hermes("{\"name\":\"look\",\"arguments\":{\"a\":1}}")))
          .isTrue();
      assertThat(accepts(loose, HERMES, hermes("{\"name\":\"look\",\"arguments\":7}"))).isFalse();
    }
  }

  @Test
  void knowsArraysAndFormsWithoutAMark() {
    Constraint.Tools free = tools(Optional.empty(), false, true);
    String now = "{\"name\": \"now\", \"arguments\": {}}";

    assertThat(accepts(free, MISTRAL, "[TOOL_CALLS][" + now + ", " + now + "]")).isTrue();
    assertThat(accepts(free, MISTRAL, "[TOOL_CALLS]" + now)).isFalse();
    assertThat(accepts(free, BARE, "{\"name\": \"now\", \"parameters\": {}}")).isTrue();
    assertThat(accepts(free, BARE, "It is {\"noon\"}")).isTrue();
    assertThat(accepts(free, BARE, "{\"noon\"}")).isFalse();
  }

  @Test
  void readsBackEveryCallThatTheConstraintLetsBeWritten() {
    Property.forAll(
        1,
        80,
        random -> {
          CallSyntax syntax = List.of(HERMES, MISTRAL, BARE).get(random.nextInt(3));
          TokenTrie trie = TokenTrie.of(TestVocabulary.random(random, 500));
          TokenConstraint constraint =
              ConstrainedWalk.constraint(
                  new ConstraintCompiler(trie, syntax), tools(Optional.empty(), true, true));
          ConstrainedWalk answer = ConstrainedWalk.random(trie, constraint, random, 1_500);
          if (!answer.ended()) {
            return;
          }
          Outcome outcome = parse(syntax, answer.text(), random);
          assertThat(outcome.unfinished()).as(answer.text()).isFalse();
          assertThat(outcome.calls()).isNotEmpty();
          for (int i = 0; i < outcome.calls().size(); i++) {
            ToolCall call = outcome.calls().get(i);
            assertThat(call.id()).isEqualTo("call_" + i);
            JsonNode arguments = TokenConstraintTest.JSON.readTree(call.argumentsJson());
            String schema = call.name().equals("now") ? TOOLS.get(1).parametersJson() : WEATHER;
            assertThat(TokenConstraintTest.validator(schema).validate(arguments)).isEmpty();
          }
        });
  }

  private static Outcome parse(CallSyntax syntax, String text, RandomGenerator random) {
    ToolCallParser parser = new ToolCallParser(syntax);
    StringBuilder visible = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      int end = Math.min(text.length(), at + 1 + random.nextInt(7));
      visible.append(parser.push(text.substring(at, end)));
      at = end;
    }
    Outcome rest = parser.finish();
    return new Outcome(visible + rest.text(), rest.calls(), rest.unfinished());
  }

  @Test
  void releasesTheSameTextHoweverItIsCut() {
    String text =
        """
        Let <tool_me> look.<tool_call>
        {"name":"weather","arguments":{"city":"a}\\""}}
        </tool_call>
        <tool_call>{"arguments": {}, "name": "now"}</tool_call>\
        """;
    Property.forAll(
        1,
        50,
        random -> {
          Outcome outcome = parse(HERMES, text, random);
          assertThat(outcome.text()).isEqualTo("Let <tool_me> look.");
          assertThat(outcome.unfinished()).isFalse();
          assertThat(outcome.calls())
              .containsExactly(
                  new ToolCall("call_0", "weather", "{\"city\":\"a}\\\"\"}"),
                  new ToolCall("call_1", "now", "{}"));
        });
  }

  @Test
  void holdsBackOnlyWhatMayBecomeTheMark() {
    ToolCallParser parser = new ToolCallParser(HERMES);

    assertThat(parser.push("a<tool")).isEqualTo("a");
    assertThat(parser.push("s")).isEqualTo("<tools");
    assertThat(parser.push("<")).isEmpty();
    assertThat(parser.finish().text()).isEqualTo("<");
  }

  @Test
  void saysThatACallIsUnfinished_orNoCall() {
    for (String bad :
        List.of(
            "x<tool_call>{\"name\":\"no",
            "x<tool_call>hello",
            "x<tool_call>{\"name\":7,\"arguments\":{}}</tool_call>",
            "x<tool_call>{\"name\":\"now\"}</tool_call>",
            "x<tool_call>" + "[".repeat(100_000))) {
      ToolCallParser parser = new ToolCallParser(HERMES);
      String visible = parser.push(bad);
      Outcome outcome = parser.finish();
      assertThat(visible + outcome.text()).isEqualTo("x");
      assertThat(outcome.calls()).isEmpty();
      assertThat(outcome.unfinished()).as(bad.substring(0, 17)).isTrue();
    }
  }

  @Test
  void forgivesAMissingSuffixAtTheEnd() {
    ToolCallParser parser = new ToolCallParser(HERMES);

    assertThat(parser.push("<tool_call>{\"name\":\"now\",\"arguments\":{}}\n</tool")).isEmpty();
    Outcome outcome = parser.finish();

    assertThat(outcome.calls()).containsExactly(new ToolCall("call_0", "now", "{}"));
    assertThat(outcome.unfinished()).isFalse();
  }
}
