// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import org.peermind.inference.ToolDefinition;
import org.peermind.node.query.Query;
import org.peermind.testkit.Property;

final class ResponseRequestReaderTest {
  private static final String SECRET = "canary-7391";
  private static final String TOOL =
      "{'type':'function','name':'echo','description':'Echoes.','strict':true,"
          + "'parameters':{'type':'object','properties':{}}}";

  private final ResponseRequestReader reader = new ResponseRequestReader(ApiLimits.defaults());

  /// Single quotes stand for double ones.
  private ResponseRequest read(String json) throws RequestRefused {
    return reader.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private ResponseRequest readWith(String fields) throws RequestRefused {
    return read("{'model':'m','input':'hi'" + (fields.isEmpty() ? "" : "," + fields) + "}");
  }

  private List<ChatMessage> messages(String input) throws RequestRefused {
    return ((Prompt.Chat) read("{'model':'m'," + input + "}").query().prompt()).messages();
  }

  private ApiError refusal(String json) {
    return catchThrowableOfType(RequestRefused.class, () -> read(json)).error();
  }

  private ApiError refusalWith(String fields) {
    return refusal("{'model':'m','input':'hi'," + fields + "}");
  }

  private static JsonNode settings(ResponseRequest request) throws Exception {
    return new ObjectMapper().readTree("{" + request.settingsJson() + "}");
  }

  @Test
  void usesOpenAiDefaults_whenOnlyModelAndInputAreGiven() throws Exception {
    ResponseRequest request = readWith("");

    assertThat(request.query())
        .isEqualTo(
            new Query(
                "m",
                Prompt.chat(List.of(new ChatMessage("user", "hi"))),
                512,
                new Sampling(1, 1, 0),
                OptionalLong.empty(),
                List.of()));
    assertThat(request.stream()).isFalse();
  }

  @Test
  void readsEveryUsedField() throws Exception {
    ResponseRequest request =
        readWith(
            "'instructions':'be brief','max_output_tokens':5,'temperature':0.25,'top_p':0.5,"
                + "'stream':true,'stream_options':{'include_obfuscation':true},'top_k':40,"
                + "'min_p':0.05,'presence_penalty':-2,'frequency_penalty':1.5,'stop':'x','seed':9,"
                + "'logit_bias':{'7':-100},'top_logprobs':3,"
                + "'include':['reasoning.encrypted_content','message.output_text.logprobs']");

    assertThat(request.query())
        .isEqualTo(
            new Query(
                "m",
                Prompt.chat(
                    List.of(new ChatMessage("system", "be brief"), new ChatMessage("user", "hi"))),
                5,
                new Sampling(0.25, 0.5, 0, 40, 0.05, -2, 1.5, Map.of(7, -100.0)),
                OptionalLong.of(9),
                List.of("x"),
                new Constraint.None(),
                OptionalInt.of(3),
                Optional.empty()));
    assertThat(request.stream()).isTrue();
  }

  @Test
  void treatsNullAsAbsent_inEveryOptionalField() throws Exception {
    assertThat(
            readWith(
                "'instructions':null,'max_output_tokens':null,'temperature':null,'top_p':null,"
                    + "'tools':null,'tool_choice':null,'text':null,'reasoning':null,'stream':null,"
                    + "'metadata':null,'user':null,'store':null,'include':null,'background':null,"
                    + "'previous_response_id':null,'conversation':null,'prompt':null,"
                    + "'truncation':null,'parallel_tool_calls':null,'service_tier':null"))
        .isEqualTo(readWith(""));
  }

  @Test
  void acceptsWhatChangesNothing() throws Exception {
    assertThat(
            readWith(
                    "'store':true,'background':false,'truncation':'disabled','service_tier':'auto',"
                        + "'reasoning':{'effort':'low','summary':'auto'},'instructions':'',"
                        + "'text':{'format':{'type':'text'},'verbosity':'low'},'max_tool_calls':3,"
                        + "'prompt_cache_retention':'24h','tools':[],'tool_choice':'auto',"
                        + "'include':['reasoning.encrypted_content']")
                .query())
        .isEqualTo(readWith("").query());
  }

  @Test
  void readsMessages_withAndWithoutTheirType() throws Exception {
    assertThat(
            messages(
                "'input':[{'role':'user','content':'a'},"
                    + "{'type':'message','role':'assistant','id':'msg_1','status':'completed',"
                    + "'phase':'final_answer','content':[{'type':'output_text','text':'b',"
                    + "'annotations':[],'logprobs':[]},{'type':'output_text','text':'c'}]},"
                    + "{'role':'system','content':'d'},"
                    + "{'role':'user','content':[{'type':'input_text','text':'e'}]}]"))
        .containsExactly(
            new ChatMessage("user", "a"),
            new ChatMessage("assistant", "b\nc"),
            new ChatMessage("system", "d"),
            new ChatMessage("user", "e"));
  }

  @Test
  void joinsInstructionsWithTheDevelopersWordsThatFollowThem() throws Exception {
    assertThat(
            messages(
                "'instructions':'a','input':[{'role':'developer','content':'b'},"
                    + "{'role':'user','content':'c'},{'role':'developer','content':'d'}]"))
        .containsExactly(
            new ChatMessage("system", "a\n\nb"),
            new ChatMessage("user", "c"),
            new ChatMessage("system", "d"));
  }

  @Test
  void makesCallsPartOfTheMessageThatTheyFollow() throws Exception {
    ToolCall one = new ToolCall("call_1", "weather", "{}");
    ToolCall two = new ToolCall("call_2", "time", "[]");
    String calls =
        "{'type':'function_call','id':'fc_1','status':'completed','call_id':'call_1',"
            + "'name':'weather','arguments':'{}'},"
            + "{'type':'function_call','call_id':'call_2','name':'time','arguments':'[]'},"
            + "{'type':'function_call_output','call_id':'call_1','output':'sunny'},"
            + "{'type':'function_call_output','call_id':'call_2',"
            + "'output':[{'type':'input_text','text':'noon'}]}";
    List<ChatMessage> results =
        List.of(
            new ChatMessage("tool", "sunny", List.of(), Optional.of("call_1")),
            new ChatMessage("tool", "noon", List.of(), Optional.of("call_2")));

    assertThat(messages("'input':[{'role':'user','content':'hi'}," + calls + "]"))
        .containsExactly(
            new ChatMessage("user", "hi"),
            new ChatMessage("assistant", "", List.of(one, two), Optional.empty()),
            results.get(0),
            results.get(1));
    assertThat(messages("'input':[{'role':'assistant','content':'So.'}," + calls + "]"))
        .containsExactly(
            new ChatMessage("assistant", "So.", List.of(one, two), Optional.empty()),
            results.get(0),
            results.get(1));
  }

  @Test
  void readsFlatTools_andWhichMayBeCalled() throws Exception {
    ToolDefinition echo =
        new ToolDefinition("echo", "Echoes.", "{\"type\":\"object\",\"properties\":{}}");
    List<ToolDefinition> tools = List.of(echo);

    assertThat(readWith("'tools':[" + TOOL + "],'parallel_tool_calls':false").query().constraint())
        .isEqualTo(new Constraint.Tools(tools, Optional.empty(), false, false));
    assertThat(readWith("'tools':[" + TOOL + "],'tool_choice':'required'").query().constraint())
        .isEqualTo(new Constraint.Tools(tools, Optional.empty(), true, true));
    assertThat(
            readWith("'tools':[" + TOOL + "],'tool_choice':{'type':'function','name':'echo'}")
                .query()
                .constraint())
        .isEqualTo(new Constraint.Tools(tools, Optional.of("echo"), true, true));
    assertThat(readWith("'tools':[" + TOOL + "],'tool_choice':'none'").query().prompt())
        .isEqualTo(Prompt.chat(List.of(new ChatMessage("user", "hi"))));
  }

  @Test
  void readsTheFormat() throws Exception {
    assertThat(readWith("'text':{'format':{'type':'json_object'}}").query().constraint())
        .isEqualTo(new Constraint.JsonObject());
    assertThat(
            readWith(
                    "'text':{'format':{'type':'json_schema','name':'n','strict':true,"
                        + "'description':'d','schema':{'type':'integer'}}}")
                .query()
                .constraint())
        .isEqualTo(new Constraint.JsonSchema("{\"type\":\"integer\"}"));
  }

  @Test
  void repeatsWhatWasDone_notWhatWasAsked() throws Exception {
    JsonNode settings =
        settings(
            readWith(
                "'store':true,'instructions':'be \\u0022brief\\u0022','temperature':0.5,"
                    + "'max_output_tokens':9,'metadata':{'a':'b'},'user':'u','tools':["
                    + TOOL.replace("'strict':true", "'strict':false")
                    + "],'tool_choice':{'type':'function','name':'echo'},"
                    + "'reasoning':{'effort':'high'},'safety_identifier':'s'"));

    assertThat(settings.path("store").asBoolean(true)).isFalse();
    assertThat(settings.path("instructions").asText()).isEqualTo("be \"brief\"");
    assertThat(settings.path("temperature").asDouble()).isEqualTo(0.5);
    assertThat(settings.path("max_output_tokens").asInt()).isEqualTo(9);
    assertThat(settings.path("metadata").path("a").asText()).isEqualTo("b");
    assertThat(settings.path("user").asText()).isEqualTo("u");
    assertThat(settings.path("safety_identifier").asText()).isEqualTo("s");
    assertThat(settings.path("tools").path(0).path("name").asText()).isEqualTo("echo");
    assertThat(settings.path("tools").path(0).path("strict").asBoolean()).isTrue();
    assertThat(settings.path("tool_choice").path("name").asText()).isEqualTo("echo");
    assertThat(settings.path("reasoning").path("effort").isNull()).isTrue();
  }

  @Test
  void repeatsTheFormatAndTheChoiceOfNoTool() throws Exception {
    JsonNode settings =
        settings(
            readWith(
                "'tools':["
                    + TOOL
                    + "],'tool_choice':'none','text':{'format':{'type':'json_schema','name':'n',"
                    + "'schema':{'type':'integer'}}}"));

    assertThat(settings.path("tool_choice").asText()).isEqualTo("none");
    assertThat(settings.path("tools")).isEmpty();
    assertThat(settings.path("text").path("format").path("schema").path("type").asText())
        .isEqualTo("integer");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'previous_response_id':'resp_1'|previous_response_id|unsupported_parameter",
        "'conversation':'conv_1'|conversation|unsupported_parameter",
        "'conversation':{'id':'conv_1'}|conversation|unsupported_parameter",
        "'background':true|background|unsupported_parameter",
        "'prompt':{'id':'pmpt_1'}|prompt|unsupported_parameter",
        "'truncation':'auto'|truncation|unsupported_parameter",
        "'messages':[]|messages|unsupported_parameter",
        "'max_tokens':5|max_tokens|unsupported_parameter",
        "'response_format':{'type':'text'}|response_format|unsupported_parameter",
        "'n':2|n|unknown_parameter",
        "'store':'yes'|store|invalid_type",
        "'reasoning':{'thoughts':1}|reasoning.thoughts|unknown_parameter",
        "'reasoning':'low'|reasoning|invalid_type",
        "'stream_options':{'include_usage':true}|stream_options.include_usage|unknown_parameter",
        "'include':['web_search_call.results']|include[0]|unsupported_parameter",
        "'include':[5]|include|invalid_type",
        "'top_logprobs':2|top_logprobs|invalid_value",
        "'max_output_tokens':0|max_output_tokens|invalid_value",
        "'instructions':['a']|instructions|invalid_type",
        "'metadata':{'a':1}|metadata|invalid_value",
        "'metadata':['a']|metadata|invalid_type",
        "'user':5|user|invalid_type",
        "'text':{'format':{'type':'xml'}}|text.format.type|invalid_value",
        "'text':{'format':{'type':'json_schema','name':'n'}}|text.format.schema|missing_required_parameter",
        "'text':{'format':{'type':'json_schema','json_schema':{}}}|text.format.json_schema|unknown_parameter",
        "'text':{'form':1}|text.form|unknown_parameter",
        "'tools':[{'type':'web_search'}]|tools[0].type|unsupported_parameter",
        "'tools':[{'type':'function','function':{'name':'f'}}]|tools[0].function|unknown_parameter",
        "'tools':[{'type':'function','name':'f'},{'type':'function','name':'f'}]|tools[1].name|invalid_value",
        "'tools':[{'type':'function','name':'f'}],'tool_choice':{'type':'function','name':'g'}|tool_choice|invalid_value",
        "'tools':[{'type':'function','name':'f'}],'tool_choice':{'type':'web_search'}|tool_choice.type|unsupported_parameter",
        "'tools':[{'type':'function','name':'f'}],'text':{'format':{'type':'json_object'}}|text.format|unsupported_parameter",
        "'tool_choice':'required'|tool_choice|invalid_value",
      })
  void refusesByName(String fields, String param, String code) {
    ApiError error = refusalWith(fields);

    assertThat(error.status()).isEqualTo(400);
    assertThat(error.param()).contains(param);
    assertThat(error.code()).contains(code);
    assertThat(error.message()).endsWith(".");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[]|input",
        "5|input",
        "{}|input",
        "[5]|input[0]",
        "[{'role':'user'}]|input[0].content",
        "[{'role':'tool','content':'x'}]|input[0].role",
        "[{'content':'x'}]|input[0].role",
        "[{'role':'user','content':'x','name':'ann'}]|input[0].name",
        "[{'role':'user','content':[]}]|input[0].content",
        "[{'role':'user','content':[{'type':'input_image','image_url':'x'}]}]|input[0].content[0]",
        "[{'role':'user','content':[{'type':'input_file','file_id':'x'}]}]|input[0].content[0]",
        "[{'role':'user','content':[{'type':'input_audio'}]}]|input[0].content[0]",
        "[{'role':'user','content':[{'type':'text','text':'x'}]}]|input[0].content[0]",
        "[{'role':'user','content':[{'type':'input_text'}]}]|input[0].content[0].text",
        "[{'type':'item_reference','id':'msg_1'}]|input[0]",
        "[{'type':'reasoning','summary':[]}]|input[0]",
        "[{'type':'web_search_call'}]|input[0]",
        "[{'type':5}]|input[0].type",
        "[{'type':'function_call','name':'f','arguments':'{}'}]|input[0].call_id",
        "[{'type':'function_call','call_id':'','name':'f','arguments':'{}'}]|input[0].call_id",
        "[{'type':'function_call','call_id':'c','name':'f','arguments':{}}]|input[0].arguments",
        "[{'type':'function_call_output','call_id':'c'}]|input[0].output",
        "[{'type':'function_call_output','call_id':'c','output':[{'type':'input_image'}]}]|input[0].output[0]",
      })
  void refusesInputByItsPlace(String input, String param) {
    ApiError error = refusal("{'model':'m','input':" + input + "}");

    assertThat(error.status()).isEqualTo(400);
    assertThat(error.param()).contains(param);
    assertThat(error.message()).startsWith("input").endsWith(".");
  }

  @Test
  void refusesABodyWithoutInputOrModel() {
    assertThat(refusal("{'model':'m'}").param()).contains("input");
    assertThat(refusal("{'input':'hi'}").param()).contains("model");
    assertThat(refusal("{'model':'m','instructions':'only'}").param()).contains("input");
  }

  @Test
  void boundsTheNumberOfMessagesAndOfCallsInOne() {
    String message = "{'role':'user','content':'x'},";
    String call = "{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},";

    assertThat(
            refusal(
                    "{'model':'m','instructions':'i','input':["
                        + message.repeat(63)
                        + message.replace("},", "}")
                        + "]}")
                .param())
        .contains("input");
    assertThat(
            refusal("{'model':'m','input':[" + call.repeat(32) + call.replace("},", "}") + "]}")
                .param())
        .contains("input[32]");
  }

  @Test
  void boundsWhatIsRepeated() {
    StringBuilder entries = new StringBuilder("'k0':'v'");
    for (int i = 1; i <= 16; i++) {
      entries.append(",'k").append(i).append("':'v'");
    }
    assertThat(refusalWith("'metadata':{" + entries + "}").param()).contains("metadata");
    assertThat(refusalWith("'metadata':{'k':'" + "v".repeat(513) + "'}").param())
        .contains("metadata");
    assertThat(refusalWith("'metadata':{'" + "k".repeat(65) + "':'v'}").param())
        .contains("metadata");
    assertThat(refusalWith("'user':'" + "u".repeat(513) + "'").param()).contains("user");
    assertThat(refusalWith("'instructions':'" + "i".repeat(33_000) + "'").code())
        .contains("context_length_exceeded");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'%s':1",
        "'instructions':{'%s':1}",
        "'metadata':{'%s':1}",
        "'include':['%s']",
        "'tools':[{'type':'%s'}]",
        "'text':{'format':{'type':'%s'}}",
        "'tool_choice':'%s'",
        "'truncation':'%s'",
        "'previous_response_id':'%s'",
        "'input2':'%s'",
      })
  void neverQuotesWhatWasSent(String fields) {
    String shown = refusalWith(fields.formatted(SECRET + " and more")).toString();

    assertThat(shown).doesNotContain(SECRET);
  }

  @Test
  void neverShowsThePrompt_inItsTextForm() throws Exception {
    assertThat(readWith("'instructions':'" + SECRET + "'").toString()).doesNotContain(SECRET);
  }

  @Test
  void refusesOrReads_andNeverThrowsAnythingElse() {
    String valid =
        "{'model':'m','instructions':'i','input':[{'role':'user','content':'x'},"
            + "{'type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
            + "{'type':'function_call_output','call_id':'c','output':'o'}],'tools':["
            + TOOL
            + "],'metadata':{'a':'b'},'text':{'format':{'type':'text'}},'temperature':0.5}";
    Property.forAll(
        7,
        2_000,
        random -> {
          StringBuilder mutated = new StringBuilder(valid);
          int changes = 1 + random.nextInt(4);
          for (int i = 0; i < changes; i++) {
            int at = random.nextInt(mutated.length());
            switch (random.nextInt(3)) {
              case 0 -> mutated.deleteCharAt(at);
              case 1 -> mutated.insert(at, "{}[]':,0\\".charAt(random.nextInt(9)));
              default -> mutated.setCharAt(at, (char) (32 + random.nextInt(95)));
            }
          }
          try {
            ResponseRequest request = read(mutated.toString());
            assertThat(settings(request).isObject()).isTrue();
          } catch (RequestRefused refused) {
            assertThat(refused.error().status()).isEqualTo(400);
          } catch (Exception unexpected) {
            throw new AssertionError(mutated.toString(), unexpected);
          }
        });
  }
}
