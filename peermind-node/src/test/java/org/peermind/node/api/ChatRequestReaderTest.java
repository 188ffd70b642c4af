// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Constraint;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.ToolCall;
import org.peermind.node.query.Query;
import org.peermind.testkit.Property;

final class ChatRequestReaderTest {
  private static final String MESSAGES = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";
  private static final String SECRET = "canary-7391";

  private final ChatRequestReader reader = new ChatRequestReader(ApiLimits.defaults());

  private AnswerRequest read(String json) throws RequestRefused {
    return reader.read(json.getBytes(StandardCharsets.UTF_8));
  }

  private AnswerRequest readWith(String fields) throws RequestRefused {
    return read("{\"model\":\"m\"," + MESSAGES + (fields.isEmpty() ? "" : "," + fields) + "}");
  }

  private ApiError refusal(String json) {
    return catchThrowableOfType(RequestRefused.class, () -> read(json)).error();
  }

  private ApiError refusalWith(String fields) {
    return catchThrowableOfType(RequestRefused.class, () -> readWith(fields)).error();
  }

  @Test
  void usesOpenAiDefaults_whenOnlyModelAndMessagesAreGiven() throws Exception {
    AnswerRequest request = readWith("");

    assertThat(request.query())
        .isEqualTo(
            new Query(
                "m",
                Prompt.chat(List.of(new ChatMessage("user", "hi"))),
                512,
                new Sampling(1, 1, 0),
                OptionalLong.empty(),
                List.of()));
    assertThat(request.streaming().stream()).isFalse();
    assertThat(request.streaming().includeUsage()).isFalse();
  }

  @Test
  void readsEveryUsedField() throws Exception {
    AnswerRequest request =
        readWith(
            """
            "max_tokens":5,"temperature":0.25,"top_p":0.5,"stop":["a","b"],"seed":-9223372036854775808,
            "stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false},
            "top_k":40,"min_p":0.05,"presence_penalty":-2,"frequency_penalty":1.5,
            "logit_bias":{"7":-100,"50256":0.5},"logprobs":true,"top_logprobs":3
            """);

    assertThat(request.query())
        .isEqualTo(
            new Query(
                "m",
                Prompt.chat(List.of(new ChatMessage("user", "hi"))),
                5,
                new Sampling(0.25, 0.5, 0, 40, 0.05, -2, 1.5, Map.of(7, -100.0, 50256, 0.5)),
                OptionalLong.of(Long.MIN_VALUE),
                List.of("a", "b"),
                new Constraint.None(),
                OptionalInt.of(3),
                Optional.empty()));
    assertThat(request.streaming().stream()).isTrue();
    assertThat(request.streaming().includeUsage()).isTrue();
  }

  @Test
  void takesMinusOneAsAllTokens_forTopK() throws Exception {
    assertThat(readWith("\"top_k\":-1").query().sampling().topK()).isZero();
  }

  @Test
  void tellsTheChosenTokensAlone_whenLogprobsComeWithoutACount() throws Exception {
    assertThat(readWith("\"logprobs\":true").query().topLogprobs()).hasValue(0);
    assertThat(readWith("\"logprobs\":false,\"top_logprobs\":0").query().topLogprobs()).isEmpty();
  }

  @Test
  void refusesMoreThan1024Biases() {
    StringBuilder biases = new StringBuilder("\"0\":1");
    for (int token = 1; token <= 1_024; token++) {
      biases.append(",\"").append(token).append("\":1");
    }

    assertThat(refusalWith("\"logit_bias\":{" + biases + "}").message()).contains("1024");
  }

  @Test
  void readsACallOfAToolAndItsResult() throws Exception {
    AnswerRequest request =
        read(
            """
            {"model":"m","messages":[
              {"role":"user","content":"weather?"},
              {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",
                "function":{"name":"weather","arguments":"{\\"city\\":\\"Tarsin\\"}"}}]},
              {"role":"tool","tool_call_id":"call_1","content":[{"type":"text","text":"sunny"}]}
            ]}
            """);

    assertThat(((Prompt.Chat) request.query().prompt()).messages())
        .containsExactly(
            new ChatMessage("user", "weather?"),
            new ChatMessage(
                "assistant",
                "",
                List.of(new ToolCall("call_1", "weather", "{\"city\":\"Tarsin\"}")),
                Optional.empty()),
            new ChatMessage("tool", "sunny", List.of(), Optional.of("call_1")));
  }

  @Test
  void takesMaxCompletionTokens_asTheNewerName() throws Exception {
    assertThat(readWith("\"max_completion_tokens\":9").query().tokensMax()).isEqualTo(9);
    assertThat(readWith("\"max_completion_tokens\":9,\"max_tokens\":9").query().tokensMax())
        .isEqualTo(9);
    assertThat(refusalWith("\"max_completion_tokens\":9,\"max_tokens\":8").param())
        .contains("max_tokens");
  }

  @Test
  void takesOneStopText_asAString() throws Exception {
    assertThat(readWith("\"stop\":\"\\n\"").query().stop()).containsExactly("\n");
    assertThat(readWith("\"stop\":[]").query().stop()).isEmpty();
    assertThat(readWith("\"stop\":null").query().stop()).isEmpty();
  }

  @Test
  void treatsNullAsAbsent_inEveryOptionalField() throws Exception {
    AnswerRequest request =
        readWith(
            """
            "max_tokens":null,"temperature":null,"top_p":null,"stop":null,"seed":null,"stream":null,
            "stream_options":null,"n":null,"tools":null,"response_format":null,"logprobs":null,
            "user":null,"audio":null,"logit_bias":null
            """);

    assertThat(request).isEqualTo(readWith(""));
  }

  @Test
  void joinsTextParts_andMapsDeveloperToSystem() throws Exception {
    AnswerRequest request =
        read(
            """
            {"model":"m","messages":[
              {"role":"developer","content":[{"type":"text","text":"be"},{"type":"text","text":"brief"}]},
              {"role":"system","content":""},
              {"role":"user","content":"hi","name":"ann"},
              {"role":"assistant","content":"hello","refusal":null,"tool_calls":[],"annotations":[]}
            ]}
            """);

    assertThat(((Prompt.Chat) request.query().prompt()).messages())
        .containsExactly(
            new ChatMessage("system", "be\nbrief"),
            new ChatMessage("system", ""),
            new ChatMessage("user", "hi"),
            new ChatMessage("assistant", "hello"));
  }

  @Test
  void acceptsWhatLangChainSends() throws Exception {
    AnswerRequest request =
        readWith(
            """
            "temperature":0.7,"top_p":1,"frequency_penalty":0,"presence_penalty":0,"n":1,"stream":true,
            "stream_options":{"include_usage":true},"user":"u-1","logprobs":false,
            "response_format":{"type":"text"},"tool_choice":"auto","tools":[],"metadata":{"a":"b"},
            "store":false,"service_tier":"auto","parallel_tool_calls":true,"logit_bias":{},
            "modalities":["text"]
            """);

    assertThat(request.query().sampling().temperature()).isEqualTo(0.7);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max_tokens|0|invalid_value",
        "max_tokens|-1|invalid_value",
        "max_tokens|100001|invalid_value",
        "max_tokens|1.5|invalid_type",
        "max_tokens|\"5\"|invalid_type",
        "max_tokens|99999999999999999999|invalid_value",
        "max_completion_tokens|-5|invalid_value",
        "temperature|-0.1|invalid_value",
        "temperature|2.1|invalid_value",
        "temperature|1e999|invalid_value",
        "temperature|\"0\"|invalid_type",
        "top_p|0|invalid_value",
        "top_p|1.01|invalid_value",
        "top_p|[]|invalid_type",
        "stop|[\"a\",\"b\",\"c\",\"d\",\"e\"]|invalid_value",
        "stop|\"\"|invalid_value",
        "stop|\"123456789012345678901234567890123\"|invalid_value",
        "stop|5|invalid_type",
        "stop|[5]|invalid_type",
        "seed|9223372036854775808|invalid_value",
        "seed|1.0|invalid_type",
        "stream|\"true\"|invalid_type",
        "stream|1|invalid_type",
        "stream_options|true|invalid_type",
        "n|2|unsupported_parameter",
        "n|0|unsupported_parameter",
        "presence_penalty|2.1|invalid_value",
        "frequency_penalty|-2.1|invalid_value",
        "frequency_penalty|1e999999999|invalid_value",
        "logprobs|1|invalid_type",
        "top_logprobs|3|invalid_value",
        "top_logprobs|21|invalid_value",
        "top_k|-2|invalid_value",
        "top_k|1000001|invalid_value",
        "min_p|1.01|invalid_value",
        "logit_bias|[]|invalid_type",
        "logit_bias|{\"50256\":101}|invalid_value",
        "logit_bias|{\"a\":1}|invalid_value",
        "logit_bias|{\"-1\":1}|invalid_value",
        "logit_bias|{\"9999999999\":1}|invalid_value",
        "logit_bias|{\"1\":\"x\"}|invalid_value",
        "tools|{}|invalid_type",
        "tool_choice|\"required\"|invalid_value",
        "functions|[{}]|unsupported_parameter",
        "function_call|{\"name\":\"f\"}|unsupported_parameter",
        "response_format|\"json_object\"|invalid_type",
        "modalities|[\"text\",\"audio\"]|unsupported_parameter",
        "audio|{\"voice\":\"alloy\"}|unsupported_parameter",
        "web_search_options|{}|unsupported_parameter",
        "grammar|\"root\"|unsupported_parameter",
        "lora|[]|unsupported_parameter",
        "id_slot|0|unsupported_parameter",
        "telepathy|true|unknown_parameter",
        "Temperature|0|unknown_parameter",
      })
  void refusesWrongValue_namingTheField(String field, String value, String code) {
    ApiError error = refusalWith("\"" + field + "\":" + value);

    assertThat(error.status()).isEqualTo(400);
    assertThat(error.type()).isEqualTo("invalid_request_error");
    assertThat(error.param()).contains(field);
    assertThat(error.code()).contains(code);
    assertThat(error.message()).startsWith(field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'messages':[{'role':'user','content':'x'}]}|model|missing_required_parameter",
        "{'model':null,'messages':[{'role':'user','content':'x'}]}|model|missing_required_parameter",
        "{'model':5,'messages':[{'role':'user','content':'x'}]}|model|invalid_type",
        "{'model':' ','messages':[{'role':'user','content':'x'}]}|model|invalid_value",
        "{'model':'m'}|messages|missing_required_parameter",
        "{'model':'m','messages':[]}|messages|invalid_value",
        "{'model':'m','messages':'x'}|messages|invalid_type",
        "{'model':'m','messages':['x']}|messages[0]|invalid_type",
        "{'model':'m','messages':[{'content':'x'}]}|messages[0].role|missing_required_parameter",
        "{'model':'m','messages':[{'role':'king','content':'x'}]}|messages[0].role|invalid_value",
        "{'model':'m','messages':[{'role':'function','content':'x'}]}|messages[0].role|invalid_value",
        "{'model':'m','messages':[{'role':'tool','content':'x'}]}|messages[0].tool_call_id|missing_required_parameter",
        "{'model':'m','messages':[{'role':'user','content':'x','tool_call_id':'a'}]}|messages[0].tool_call_id|invalid_value",
        "{'model':'m','messages':[{'role':'assistant','content':'','tool_calls':[{'id':'a'}]}]}|messages[0].tool_calls[0].type|missing_required_parameter",
        "{'model':'m','messages':[{'role':'assistant','tool_calls':[{'id':'a','type':'function','function':{'name':'f'}}]}]}|messages[0].tool_calls[0].function.arguments|missing_required_parameter",
        "{'model':'m','messages':[{'role':'assistant','tool_calls':[{'id':'','type':'function','function':{'name':'f','arguments':''}}]}]}|messages[0].tool_calls[0].id|invalid_value",
        "{'model':'m','messages':[{'role':'assistant','tool_calls':[]}]}|messages[0].content|missing_required_parameter",
        "{'model':'m','messages':[{'role':'user'}]}|messages[0].content|missing_required_parameter",
        "{'model':'m','messages':[{'role':'user','content':null}]}|messages[0].content|missing_required_parameter",
        "{'model':'m','messages':[{'role':'user','content':5}]}|messages[0].content|invalid_type",
        "{'model':'m','messages':[{'role':'user','content':[]}]}|messages[0].content|invalid_value",
        "{'model':'m','messages':[{'role':'user','content':['x']}]}|messages[0].content[0]|invalid_type",
        "{'model':'m','messages':[{'role':'user','content':[{'type':'image_url'}]}]}|messages[0].content[0]|unsupported_parameter",
        "{'model':'m','messages':[{'role':'user','content':[{'type':'text'}]}]}|messages[0].content[0].text|missing_required_parameter",
        "{'model':'m','messages':[{'role':'user','content':'x','tool_calls':[{}]}]}|messages[0].tool_calls|invalid_value",
        "{'model':'m','messages':[{'role':'user','content':'x','mood':1}]}|messages[0].mood|unknown_parameter",
        "{'model':'m','messages':[{'role':'user','content':'x'}],'stream_options':{'x':1}}|stream_options.x|unknown_parameter",
      })
  void refusesWrongConversation_namingThePlace(String json, String param, String code) {
    ApiError error = refusal(json.replace('\'', '"'));

    assertThat(error.status()).isEqualTo(400);
    assertThat(error.param()).contains(param);
    assertThat(error.code()).contains(code);
  }

  @Test
  void refusesMoreThan64Messages() {
    String message = "{\"role\":\"user\",\"content\":\"x\"},";
    String json = "{\"model\":\"m\",\"messages\":[" + message.repeat(65);

    assertThat(refusal(json.substring(0, json.length() - 1) + "]}").param()).contains("messages");
  }

  @Test
  void refusesPromptThatIsTooLong_asContextLengthExceeded() {
    String json =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\""
            + "x".repeat(40_000)
            + "\"}]}";

    assertThat(refusal(json).code()).contains("context_length_exceeded");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "\"canary-7391\"",
        "{",
        "{\"model\":\"canary-7391",
        "{\"model\":canary-7391}",
        "{\"model\":\"m\",}",
        "{\"model\":\"m\"} canary-7391",
        "{\"model\":\"m\"}{}",
        "{'model':'canary-7391'}",
        "{\"model\":\"m\",\"model\":\"canary-7391\"}",
        "{\"canary-7391\":1,\"canary-7391\":2}",
        "{\"model\":\"\\x\"}",
        "{\"model\":\"\\u12\"}",
        "{\"model\":NaN}",
        "{\"model\":+1}",
        "{\"model\":01}",
        "// canary-7391\n{}",
        "\u0000",
      })
  void refusesWhatIsNotOneJsonObject_withoutQuotingIt(String body) {
    ApiError error = refusal(body);

    assertThat(error.code()).contains("invalid_json");
    assertThat(error.message()).doesNotContain(SECRET);
  }

  @Test
  void saysWhereTheJsonBreaks() {
    assertThat(refusal("{\n  \"model\": oops}").message()).contains("line 2");
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    byte[] body = "{\"model\":\"m\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> reader.read(body))
        .isInstanceOf(RequestRefused.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void refusesDeepNestingAndHugeNumbers() {
    assertThat(refusalWith("\"metadata\":" + "[".repeat(41) + "]".repeat(41)).code())
        .contains("invalid_json");
    assertThat(refusalWith("\"seed\":" + "9".repeat(1000)).code()).contains("invalid_json");
    assertThat(refusalWith("\"metadata\":[" + "0,".repeat(30_000) + "0]").code())
        .contains("invalid_json");
  }

  @Test
  void refusesHalfASurrogatePair() throws Exception {
    String json = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"\\ud83d%s\"}]}";

    assertThat(refusal(json.formatted("")).message()).contains("surrogate");
    Query query = read(json.formatted("\\ude00")).query();
    assertThat(((Prompt.Chat) query.prompt()).messages().getFirst().content()).isEqualTo("😀");
  }

  @Test
  void showsOnlyNamesThatLookLikeNames() {
    assertThat(refusalWith("\"what is the " + SECRET + "?\":1").message())
        .doesNotContain(SECRET)
        .contains("(a field)");
  }

  @Test
  void throwsOnlyItsRefusal_whateverTheBytes() {
    byte[] valid =
        """
        {"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"\\ud83d\\ude00"}]},
        {"role":"user","content":"hi"}],"max_tokens":5,"temperature":0.5,"top_p":1,"stop":["x"],
        "seed":12,"stream":true,"stream_options":{"include_usage":true},"n":1,"user":"u","top_k":5,
        "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],
        "tool_choice":"auto","logprobs":true,"top_logprobs":2,"logit_bias":{"5":1.5}}
        """
            .getBytes(StandardCharsets.UTF_8);
    byte[] alphabet =
        "{}[]\",:0123456789.eE+-truefalsn\\u \n\t\u00ff".getBytes(StandardCharsets.UTF_8);

    Property.forAll(
        1,
        10_000,
        random -> {
          byte[] mutant = valid.clone();
          int changes = 1 + random.nextInt(6);
          for (int i = 0; i < changes; i++) {
            int at = random.nextInt(mutant.length);
            switch (random.nextInt(4)) {
              case 0 -> mutant[at] = (byte) random.nextInt(256);
              case 1 -> mutant[at] = alphabet[random.nextInt(alphabet.length)];
              case 2 -> mutant = java.util.Arrays.copyOf(mutant, at + 1);
              default -> {
                int from = random.nextInt(mutant.length);
                int length = Math.min(mutant.length - Math.max(at, from), random.nextInt(20));
                System.arraycopy(mutant.clone(), from, mutant, at, length);
              }
            }
          }
          try {
            reader.read(mutant);
          } catch (RequestRefused refused) {
            assertThat(refused.error().status()).isEqualTo(400);
          }
        });
  }
}
