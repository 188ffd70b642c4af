// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Constraint;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.ConversationKeys;
import org.peermind.node.query.Query;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Sha256;
import org.peermind.protocol.wire.CallOfTool;
import org.peermind.protocol.wire.ChatTurn;
import org.peermind.protocol.wire.FormConstraint;
import org.peermind.protocol.wire.LogitBias;
import org.peermind.protocol.wire.Question;
import org.peermind.protocol.wire.Tool;
import org.peermind.protocol.wire.ToolsConstraint;

/// A question as it travels sealed, and what the inferer's engine is asked by it.
public final class QuestionMessage {
  private QuestionMessage() {}

  /// All of a question that its answer depends on; equal bytes mean equal questions.
  public static byte[] form(Query query) {
    Question question =
        withoutConversation(AnswerSoFar.none(query), query.seed().orElse(0)).build();
    return Sha256.of(
        query.model().getBytes(StandardCharsets.UTF_8), new byte[1], question.toByteArray());
  }

  /// What an inferer is asked.
  static Question of(AnswerSoFar soFar, long seed, NodeId inferer) {
    Question.Builder question = withoutConversation(soFar, seed);
    soFar
        .query()
        .conversation()
        .map(key -> ConversationKeys.at(inferer, key))
        .ifPresent(key -> question.setConversation(ByteString.copyFrom(key.toBytes())));
    return question.build();
  }

  private static Question.Builder withoutConversation(AnswerSoFar soFar, long seed) {
    Query query = soFar.query();
    Sampling sampling = query.sampling();
    Question.Builder question =
        Question.newBuilder()
            .setTokensMax(query.tokensMax())
            .setTemperature(sampling.temperature())
            .setTopP(sampling.topP())
            .setTopK(sampling.topK())
            .setMinP(sampling.minP())
            .setPresencePenalty(sampling.presencePenalty())
            .setFrequencyPenalty(sampling.frequencyPenalty())
            .setSeed(seed)
            .addAllStop(query.stop())
            .addAllResumeTokens(soFar.tokens());
    new TreeMap<>(sampling.logitBias())
        .forEach(
            (token, bias) ->
                question.addLogitBias(LogitBias.newBuilder().setToken(token).setBias(bias)));
    question.addAllEmbed(query.embed());
    query.topLogprobs().ifPresent(question::setTopLogprobs);
    query.askedOn().ifPresent(day -> question.setAskedOn((int) day.toEpochDay()));
    addPrompt(question, query.prompt());
    addConstraint(question, query.constraint());
    return question;
  }

  private static void addPrompt(Question.Builder question, Prompt prompt) {
    switch (prompt) {
      case Prompt.Text(String text) -> question.setText(text);
      case Prompt.Chat(List<ChatMessage> messages, List<ToolDefinition> tools) -> {
        for (ChatMessage message : messages) {
          ChatTurn.Builder turn =
              ChatTurn.newBuilder().setRole(message.role()).setContent(message.content());
          message.toolCalls().forEach(call -> turn.addToolCalls(call(call)));
          message.toolCallId().ifPresent(turn::setToolCallId);
          question.addTurns(turn);
        }
        tools.forEach(tool -> question.addTools(tool(tool)));
      }
    }
  }

  static CallOfTool call(ToolCall call) {
    return CallOfTool.newBuilder()
        .setId(call.id())
        .setName(call.name())
        .setArgumentsJson(call.argumentsJson())
        .build();
  }

  private static Tool tool(ToolDefinition tool) {
    return Tool.newBuilder()
        .setName(tool.name())
        .setDescription(tool.description())
        .setParametersJson(tool.parametersJson())
        .build();
  }

  private static void addConstraint(Question.Builder question, Constraint constraint) {
    switch (constraint) {
      case Constraint.None() -> {}
      case Constraint.JsonObject() ->
          question.setConstraint(FormConstraint.newBuilder().setJsonObject(true));
      case Constraint.JsonSchema(String schemaJson) ->
          question.setConstraint(FormConstraint.newBuilder().setJsonSchema(schemaJson));
      case Constraint.Tools tools -> {
        ToolsConstraint.Builder form =
            ToolsConstraint.newBuilder()
                .setRequired(tools.required())
                .setParallel(tools.parallel());
        tools.only().ifPresent(form::setOnly);
        question.setConstraint(FormConstraint.newBuilder().setTools(form));
      }
    }
  }

  /// What the engine is asked.
  ///
  /// @throws IllegalArgumentException with one sentence, when the question is malformed
  static GenerationRequest request(Question asked, int tokensMax) {
    List<ToolDefinition> tools =
        asked.getToolsList().stream()
            .map(
                tool ->
                    new ToolDefinition(
                        tool.getName(), tool.getDescription(), tool.getParametersJson()))
            .toList();
    Prompt prompt =
        asked.hasText()
            ? new Prompt.Text(asked.getText())
            : new Prompt.Chat(messages(asked.getTurnsList()), tools);
    return new GenerationRequest(
        prompt,
        Math.min(asked.getTokensMax(), tokensMax),
        sampling(asked),
        asked.getStopList(),
        asked.getResumeTokensList(),
        constraint(asked, tools),
        asked.hasTopLogprobs() ? OptionalInt.of(asked.getTopLogprobs()) : OptionalInt.empty(),
        conversation(asked.getConversation()),
        GenerationRequest.Priority.BORROWED,
        GenerationRequest.DEADLINE_MAX,
        asked.hasAskedOn()
            ? Optional.of(LocalDate.ofEpochDay(Integer.toUnsignedLong(asked.getAskedOn())))
            : Optional.empty());
  }

  private static List<ChatMessage> messages(List<ChatTurn> turns) {
    List<ChatMessage> messages = new ArrayList<>();
    for (ChatTurn turn : turns) {
      messages.add(
          new ChatMessage(
              turn.getRole(),
              turn.getContent(),
              turn.getToolCallsList().stream().map(QuestionMessage::call).toList(),
              turn.hasToolCallId() ? Optional.of(turn.getToolCallId()) : Optional.empty()));
    }
    return messages;
  }

  static ToolCall call(CallOfTool call) {
    return new ToolCall(call.getId(), call.getName(), call.getArgumentsJson());
  }

  private static Sampling sampling(Question asked) {
    Map<Integer, Double> biases = new HashMap<>();
    asked.getLogitBiasList().forEach(bias -> biases.put(bias.getToken(), bias.getBias()));
    return new Sampling(
        asked.getTemperature(),
        asked.getTopP(),
        asked.getSeed(),
        asked.getTopK(),
        asked.getMinP(),
        asked.getPresencePenalty(),
        asked.getFrequencyPenalty(),
        biases);
  }

  private static Constraint constraint(Question asked, List<ToolDefinition> tools) {
    FormConstraint form = asked.getConstraint();
    return switch (form.getFormCase()) {
      case FORM_NOT_SET -> new Constraint.None();
      case JSON_OBJECT -> new Constraint.JsonObject();
      case JSON_SCHEMA -> new Constraint.JsonSchema(form.getJsonSchema());
      case TOOLS ->
          new Constraint.Tools(
              tools,
              form.getTools().hasOnly() ? Optional.of(form.getTools().getOnly()) : Optional.empty(),
              form.getTools().getRequired(),
              form.getTools().getParallel());
    };
  }

  private static Optional<Id16> conversation(ByteString key) {
    if (key.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Id16.ofBytes(key.toByteArray()));
    } catch (ProtocolException malformed) {
      throw new IllegalArgumentException("A conversation's key has 16 bytes", malformed);
    }
  }
}
