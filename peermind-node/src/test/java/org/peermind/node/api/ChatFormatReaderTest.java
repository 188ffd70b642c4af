// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.inference.Constraint;
import org.peermind.inference.Prompt;
import org.peermind.inference.ToolDefinition;
import org.peermind.node.query.Query;

/// Tools and response formats of a chat request.
final class ChatFormatReaderTest {
  private static final String WEATHER =
      "{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"description\":\"Tells it.\","
          + "\"strict\":true,\"parameters\":{\"type\":\"object\",\"properties\":"
          + "{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"],\"additionalProperties\":false}}}";
  private static final String TIME = "{\"type\":\"function\",\"function\":{\"name\":\"time\"}}";
  private static final List<ToolDefinition> BOTH =
      List.of(
          new ToolDefinition(
              "weather",
              "Tells it.",
              "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},"
                  + "\"required\":[\"city\"],\"additionalProperties\":false}"),
          new ToolDefinition("time", "", "{\"type\":\"object\",\"properties\":{}}"));

  private final ChatRequestReader reader = new ChatRequestReader(ApiLimits.defaults());

  private Query read(String fields) throws RequestRefused {
    String json =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]," + fields + "}";
    return reader.read(json.getBytes(StandardCharsets.UTF_8)).query();
  }

  private ApiError refusal(String fields) {
    return catchThrowableOfType(RequestRefused.class, () -> read(fields)).error();
  }

  private static String tools(String fields) {
    return "\"tools\":[" + WEATHER + "," + TIME + "]" + fields;
  }

  @Test
  void offersTools_whenTheyAreGiven() throws Exception {
    Query query = read(tools(""));

    assertThat(((Prompt.Chat) query.prompt()).tools()).isEqualTo(BOTH);
    assertThat(query.constraint())
        .isEqualTo(new Constraint.Tools(BOTH, Optional.empty(), false, true));
    assertThat(read(tools(",\"tool_choice\":\"auto\"")).constraint()).isEqualTo(query.constraint());
  }

  @Test
  void showsNoTools_whenNoneMayBeCalled() throws Exception {
    Query query = read(tools(",\"tool_choice\":\"none\""));

    assertThat(((Prompt.Chat) query.prompt()).tools()).isEmpty();
    assertThat(query.constraint()).isEqualTo(new Constraint.None());
  }

  @Test
  void demandsACall_whenRequiredOrNamed() throws Exception {
    assertThat(
            read(tools(",\"tool_choice\":\"required\",\"parallel_tool_calls\":false")).constraint())
        .isEqualTo(new Constraint.Tools(BOTH, Optional.empty(), true, false));
    assertThat(
            read(tools(",\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"time\"}}"))
                .constraint())
        .isEqualTo(new Constraint.Tools(BOTH, Optional.of("time"), true, true));
  }

  @Test
  void readsEveryResponseFormat() throws Exception {
    assertThat(read("\"response_format\":{\"type\":\"text\"}").constraint())
        .isEqualTo(new Constraint.None());
    assertThat(read("\"response_format\":{\"type\":\"json_object\"}").constraint())
        .isEqualTo(new Constraint.JsonObject());
    assertThat(
            read("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\","
                    + "\"description\":\"d\",\"strict\":true,\"schema\":{\"type\":\"number\","
                    + "\"maximum\":0.1,\"minimum\":-12345678901234567890}}}")
                .constraint())
        .isEqualTo(
            new Constraint.JsonSchema(
                "{\"type\":\"number\",\"maximum\":0.1,\"minimum\":-12345678901234567890}"));
  }

  @Test
  void takesAFormat_whenToolsMayNotBeCalled() throws Exception {
    String format = ",\"response_format\":{\"type\":\"json_object\"}";

    assertThat(read(tools(",\"tool_choice\":\"none\"" + format)).constraint())
        .isEqualTo(new Constraint.JsonObject());
    assertThat(refusal(tools(format)).param()).contains("response_format");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'tools':['x']|tools[0]|invalid_type",
        "'tools':[{'type':'function'}]|tools[0].function|missing_required_parameter",
        "'tools':[{'type':'custom','custom':{}}]|tools[0].type|unsupported_parameter",
        "'tools':[{'type':'function','function':{'name':'a"
            + " b'}}]|tools[0].function.name|invalid_value",
        "'tools':[{'type':'function','function':{'name':''}}]|tools[0].function.name|invalid_value",
        "'tools':[{'type':'function','function':{'name':'a','parameters':[]}}]|tools[0].function.parameters|invalid_type",
        "'tools':[{'type':'function','function':{'name':'a','mood':1}}]|tools[0].function.mood|unknown_parameter",
        "'tools':[{'type':'function','function':{'name':'a'}},{'type':'function','function':{'name':'a'}}]|tools[1].function.name|invalid_value",
        "'tools':[{'type':'function','function':{'name':'a'}}],'tool_choice':'maybe'|tool_choice|invalid_value",
        "'tools':[{'type':'function','function':{'name':'a'}}],'tool_choice':5|tool_choice|invalid_type",
        "'tools':[{'type':'function','function':{'name':'a'}}],'tool_choice':{'type':'function','function':{'name':'b'}}|tool_choice|invalid_value",
        "'tools':[{'type':'function','function':{'name':'a'}}],'tool_choice':{'type':'allowed_tools'}|tool_choice.type|unsupported_parameter",
        "'tools':[{'type':'function','function':{'name':'a'}}],'parallel_tool_calls':1|parallel_tool_calls|invalid_type",
        "'tool_choice':{'type':'function','function':{'name':'b'}}|tool_choice|invalid_value",
        "'response_format':{}|response_format.type|missing_required_parameter",
        "'response_format':{'type':'xml'}|response_format.type|invalid_value",
        "'response_format':{'type':'text','json_schema':{}}|response_format.json_schema|unknown_parameter",
        "'response_format':{'type':'json_schema'}|response_format.json_schema|missing_required_parameter",
        "'response_format':{'type':'json_schema','json_schema':{'schema':{}}}|response_format.json_schema.name|missing_required_parameter",
        "'response_format':{'type':'json_schema','json_schema':{'name':'a"
            + " b','schema':{}}}|response_format.json_schema.name|invalid_value",
        "'response_format':{'type':'json_schema','json_schema':{'name':'a'}}|response_format.json_schema.schema|missing_required_parameter",
        "'response_format':{'type':'json_schema','json_schema':{'name':'a','schema':'x'}}|response_format.json_schema.schema|invalid_type",
        "'response_format':{'type':'json_schema','json_schema':{'name':'a','strict':1,'schema':{}}}|response_format.json_schema.strict|invalid_type",
      })
  void refusesWhatIsMalformed_namingThePlace(String fields, String param, String code) {
    ApiError error = refusal(fields.replace('\'', '"'));

    assertThat(error.status()).isEqualTo(400);
    assertThat(error.param()).contains(param);
    assertThat(error.code()).contains(code);
  }

  @Test
  void refusesMoreThan64Tools() {
    String tool = "{\"type\":\"function\",\"function\":{\"name\":\"f\"}},";

    assertThat(refusal("\"tools\":[" + tool.repeat(64) + TIME + "]").param()).contains("tools");
  }

  @Test
  void countsToolsAsPartOfThePrompt() {
    String description = "x".repeat(8_000);
    String tool =
        "{\"type\":\"function\",\"function\":{\"name\":\"f%d\",\"description\":\""
            + description
            + "\"}}";
    String tools =
        "\"tools\":["
            + String.join(
                ",", tool.formatted(1), tool.formatted(2), tool.formatted(3), tool.formatted(4))
            + ","
            + tool.formatted(5)
            + "]";

    assertThat(refusal(tools).code()).contains("context_length_exceeded");
  }
}
