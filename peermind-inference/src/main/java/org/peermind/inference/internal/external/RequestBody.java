// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Constraint;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;
import org.peermind.inference.internal.external.ServerException.Kind;

/// A request in the words of the OpenAI API: where it goes and what is sent.
record RequestBody(String path, ObjectNode json) {

  /// @throws ServerException when a schema is no JSON
  static RequestBody of(GenerationRequest request, String model, Dialect dialect)
      throws ServerException {
    ObjectNode body = ServerJson.object();
    body.put("model", model).put("stream", true).put("max_tokens", request.maxTokens());
    body.putObject("stream_options").put("include_usage", true);
    sample(body, request.sampling());
    if (!request.stop().isEmpty()) {
      request.stop().forEach(body.putArray("stop")::add);
    }
    String path =
        switch (request.prompt()) {
          case Prompt.Text(String text) -> {
            body.put("prompt", text);
            yield "/v1/completions";
          }
          case Prompt.Chat(List<ChatMessage> messages, List<ToolDefinition> tools) -> {
            messages.forEach(message -> message(body.withArray("messages"), message));
            for (ToolDefinition tool : tools) {
              tool(body.withArray("tools"), tool);
            }
            yield "/v1/chat/completions";
          }
        };
    constrain(body, request.constraint());
    dialect.complete(body, request);
    return new RequestBody(path, body);
  }

  private static void sample(ObjectNode body, Sampling sampling) {
    body.put("temperature", sampling.temperature())
        .put("top_p", sampling.topP())
        // Servers take 31 bits at least; a seed of ours has 64.
        .put("seed", (int) (sampling.seed() & Integer.MAX_VALUE));
    if (sampling.presencePenalty() != 0) {
      body.put("presence_penalty", sampling.presencePenalty());
    }
    if (sampling.frequencyPenalty() != 0) {
      body.put("frequency_penalty", sampling.frequencyPenalty());
    }
    if (!sampling.logitBias().isEmpty()) {
      ObjectNode biases = body.putObject("logit_bias");
      sampling.logitBias().forEach((token, bias) -> biases.put(String.valueOf(token), bias));
    }
  }

  private static void message(ArrayNode messages, ChatMessage message) {
    ObjectNode json = messages.addObject();
    json.put("role", message.role()).put("content", message.content());
    message.toolCallId().ifPresent(id -> json.put("tool_call_id", id));
    for (ToolCall call : message.toolCalls()) {
      json.withArray("tool_calls")
          .addObject()
          .put("id", call.id())
          .put("type", "function")
          .putObject("function")
          .put("name", call.name())
          .put("arguments", call.argumentsJson());
    }
  }

  private static void tool(ArrayNode tools, ToolDefinition tool) throws ServerException {
    ObjectNode function = tools.addObject().put("type", "function").putObject("function");
    function.put("name", tool.name()).put("description", tool.description());
    function.set("parameters", schema(tool.parametersJson()));
  }

  private static void constrain(ObjectNode body, Constraint constraint) throws ServerException {
    switch (constraint) {
      case Constraint.None() -> {}
      case Constraint.JsonObject() -> body.putObject("response_format").put("type", "json_object");
      case Constraint.JsonSchema(String schemaJson) -> {
        ObjectNode format = body.putObject("response_format").put("type", "json_schema");
        ObjectNode named =
            format.putObject("json_schema").put("name", "answer").put("strict", true);
        named.set("schema", schema(schemaJson));
      }
      case Constraint.Tools tools -> {
        if (tools.only().isPresent()) {
          ObjectNode choice = body.putObject("tool_choice").put("type", "function");
          choice.putObject("function").put("name", tools.only().get());
        } else {
          body.put("tool_choice", tools.required() ? "required" : "auto");
        }
        body.put("parallel_tool_calls", tools.parallel());
      }
    }
  }

  private static JsonNode schema(String json) throws ServerException {
    try {
      return ServerJson.read(json.getBytes(StandardCharsets.UTF_8));
    } catch (ServerException malformed) {
      throw new ServerException(Kind.BAD_REQUEST, "A schema of the request is not JSON.");
    }
  }
}
