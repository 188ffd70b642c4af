// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionNamedToolChoice;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import java.util.List;
import java.util.Map;

/// Checks a node with OpenAI's own Java client, unchanged: `java OpenAiJavaCheck.java BASE_URL
/// MODEL`. Prints one line per check and exits with 1 when one fails.
public final class OpenAiJavaCheck {
  private static final String QUESTION = "Tell me a story about the sun.";
  private static final Map<String, JsonValue> STATUS =
      Map.of(
          "type", JsonValue.from("object"),
          "properties",
              JsonValue.from(Map.of("value", Map.of("type", "string", "enum", List.of("OK")))),
          "required", JsonValue.from(List.of("value")),
          "additionalProperties", JsonValue.from(false));

  private final OpenAIClient client;
  private final String model;
  private int failures;

  private OpenAiJavaCheck(String baseUrl, String model) {
    client = OpenAIOkHttpClient.builder().apiKey("none").baseUrl(baseUrl).maxRetries(0).build();
    this.model = model;
  }

  public static void main(String[] arguments) {
    OpenAiJavaCheck checks = new OpenAiJavaCheck(arguments[0], arguments[1]);
    checks.check("lists the model", checks::models);
    checks.check("gets a whole answer with its usage, and streams the same", checks::chat);
    checks.check("gets a valid response, and streams the same", checks::responses);
    checks.check("has a tool called", checks::tool);
    checks.check("gets an object by a schema", checks::schema);
    checks.check("gets vectors of length 1", checks::vectors);
    checks.check("tells an unknown model and a wrong value apart", checks::errors);
    System.out.println(checks.failures == 0 ? "all checks passed" : checks.failures + " failed");
    System.exit(checks.failures == 0 ? 0 : 1);
  }

  private void check(String name, Runnable body) {
    try {
      body.run();
      System.out.println("ok      " + name);
    } catch (RuntimeException failed) {
      failures++;
      System.out.println("FAILED  " + name + ": " + failed);
    }
  }

  private static void require(boolean holds, Object seen) {
    if (!holds) {
      throw new IllegalStateException("unexpected: " + seen);
    }
  }

  private ChatCompletionCreateParams.Builder asking(String question) {
    return ChatCompletionCreateParams.builder()
        .model(model)
        .addUserMessage(question)
        .temperature(0.0)
        .maxCompletionTokens(120);
  }

  private void models() {
    require(client.models().list().data().stream().anyMatch(m -> m.id().equals(model)), model);
  }

  private void chat() {
    ChatCompletionCreateParams question = asking(QUESTION).build();
    ChatCompletion answer = client.chat().completions().create(question);
    String whole = answer.choices().get(0).message().content().orElseThrow();
    require(!whole.isEmpty(), whole);
    require(answer.usage().orElseThrow().completionTokens() > 0, answer.usage());
    StringBuilder text = new StringBuilder();
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(question)) {
      stream.stream()
          .flatMap(chunk -> chunk.choices().stream())
          .forEach(choice -> choice.delta().content().ifPresent(text::append));
    }
    require(text.toString().equals(whole), text);
  }

  private void responses() {
    ResponseCreateParams asked =
        ResponseCreateParams.builder()
            .model(model)
            .input(QUESTION)
            .temperature(0.0)
            .maxOutputTokens(48)
            .build();
    Response whole = client.responses().create(asked).validate();
    String text = whole.output().get(0).asMessage().content().get(0).asOutputText().text();
    require(!text.isEmpty(), text);
    require(whole.usage().orElseThrow().outputTokens() > 0, whole);
    StringBuilder streamed = new StringBuilder();
    try (StreamResponse<ResponseStreamEvent> events = client.responses().createStreaming(asked)) {
      events.stream()
          .map(ResponseStreamEvent::validate)
          .flatMap(event -> event.outputTextDelta().stream())
          .forEach(delta -> streamed.append(delta.delta()));
    }
    require(streamed.toString().equals(text), streamed);
  }

  private void tool() {
    FunctionDefinition echo =
        FunctionDefinition.builder()
            .name("echo")
            .description("Echoes.")
            .parameters(FunctionParameters.builder().putAllAdditionalProperties(STATUS).build())
            .build();
    ChatCompletion answer =
        client
            .chat()
            .completions()
            .create(
                asking("Call the tool.")
                    .addTool(ChatCompletionFunctionTool.builder().function(echo).build())
                    .toolChoice(
                        ChatCompletionNamedToolChoice.builder()
                            .function(
                                ChatCompletionNamedToolChoice.Function.builder()
                                    .name("echo")
                                    .build())
                            .build())
                    .build());
    var call = answer.choices().get(0).message().toolCalls().orElseThrow().get(0).asFunction();
    require(call.function().name().equals("echo"), call);
    require(call.function().arguments().replace(" ", "").equals("{\"value\":\"OK\"}"), call);
    require(
        answer
            .choices()
            .get(0)
            .finishReason()
            .equals(ChatCompletion.Choice.FinishReason.TOOL_CALLS),
        answer);
  }

  private void schema() {
    ResponseFormatJsonSchema form =
        ResponseFormatJsonSchema.builder()
            .jsonSchema(
                ResponseFormatJsonSchema.JsonSchema.builder()
                    .name("status")
                    .strict(true)
                    .schema(
                        ResponseFormatJsonSchema.JsonSchema.Schema.builder()
                            .putAllAdditionalProperties(STATUS)
                            .build())
                    .build())
            .build();
    String text =
        client
            .chat()
            .completions()
            .create(asking("Return the status.").responseFormat(form).build())
            .choices()
            .get(0)
            .message()
            .content()
            .orElseThrow();
    require(text.replaceAll("\\s", "").equals("{\"value\":\"OK\"}"), text);
  }

  private void vectors() {
    List<Float> vector =
        client
            .embeddings()
            .create(EmbeddingCreateParams.builder().model(model).input("the sun").build())
            .data()
            .get(0)
            .embedding();
    double squares = vector.stream().mapToDouble(value -> value * value).sum();
    require(Math.abs(squares - 1) < 1e-3, squares);
  }

  private void errors() {
    try {
      client.chat().completions().create(asking(QUESTION).model("nobody-has-this").build());
      throw new IllegalStateException("an unknown model answered");
    } catch (NotFoundException expected) {
      require(expected.statusCode() == 404, expected);
    }
    try {
      client.chat().completions().create(asking(QUESTION).n(2).build());
      throw new IllegalStateException("n of 2 was taken");
    } catch (BadRequestException expected) {
      require(expected.statusCode() == 400, expected);
    }
  }
}
