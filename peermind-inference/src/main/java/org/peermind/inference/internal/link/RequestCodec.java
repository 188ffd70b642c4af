// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.link;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Constraint;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ProtocolException;

/// A request to generate as bytes.
final class RequestCodec {
  private RequestCodec() {}

  static void put(DataOutputStream out, GenerationRequest request) throws IOException {
    putPrompt(out, request.prompt());
    out.writeInt(request.maxTokens());
    putSampling(out, request.sampling());
    LinkFields.putTexts(out, request.stop());
    LinkFields.putNumbers(out, request.resumeTokens());
    putConstraint(out, request.constraint());
    out.writeInt(request.topLogprobs().orElse(-1));
    out.writeBoolean(request.conversation().isPresent());
    if (request.conversation().isPresent()) {
      out.write(request.conversation().get().toBytes());
    }
    LinkFields.putText(out, request.priority().name());
    out.writeLong(request.deadline().toMillis());
    out.writeLong(request.askedOn().map(LocalDate::toEpochDay).orElse(Long.MIN_VALUE));
  }

  static GenerationRequest request(DataInputStream in) throws IOException {
    return new GenerationRequest(
        prompt(in),
        in.readInt(),
        sampling(in),
        LinkFields.texts(in),
        LinkFields.numbers(in),
        constraint(in),
        topLogprobs(in),
        conversation(in),
        LinkFields.constant(in, GenerationRequest.Priority.values()),
        Duration.ofMillis(in.readLong()),
        day(in));
  }

  private static Optional<LocalDate> day(DataInputStream in) throws IOException {
    long day = in.readLong();
    if (day == Long.MIN_VALUE) {
      return Optional.empty();
    }
    if (day != (int) day) {
      throw new LinkException("A frame has an impossible day.");
    }
    return Optional.of(LocalDate.ofEpochDay(day));
  }

  private static void putPrompt(DataOutputStream out, Prompt prompt) throws IOException {
    switch (prompt) {
      case Prompt.Chat(List<ChatMessage> messages, List<ToolDefinition> tools) -> {
        out.writeByte(1);
        out.writeInt(messages.size());
        for (ChatMessage message : messages) {
          LinkFields.putText(out, message.role());
          LinkFields.putText(out, message.content());
          putToolCalls(out, message.toolCalls());
          out.writeBoolean(message.toolCallId().isPresent());
          if (message.toolCallId().isPresent()) {
            LinkFields.putText(out, message.toolCallId().get());
          }
        }
        putTools(out, tools);
      }
      case Prompt.Text(String text) -> {
        out.writeByte(2);
        LinkFields.putText(out, text);
      }
    }
  }

  private static Prompt prompt(DataInputStream in) throws IOException {
    return switch (in.readByte()) {
      case 1 -> {
        int count = LinkFields.count(in, 13);
        List<ChatMessage> messages = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          messages.add(
              new ChatMessage(
                  LinkFields.text(in), LinkFields.text(in), toolCalls(in), optionalText(in)));
        }
        yield new Prompt.Chat(messages, tools(in));
      }
      case 2 -> new Prompt.Text(LinkFields.text(in));
      default -> throw new LinkException("A frame has an unknown prompt.");
    };
  }

  private static Optional<String> optionalText(DataInputStream in) throws IOException {
    return in.readBoolean() ? Optional.of(LinkFields.text(in)) : Optional.empty();
  }

  private static void putTools(DataOutputStream out, List<ToolDefinition> tools)
      throws IOException {
    out.writeInt(tools.size());
    for (ToolDefinition tool : tools) {
      LinkFields.putText(out, tool.name());
      LinkFields.putText(out, tool.description());
      LinkFields.putText(out, tool.parametersJson());
    }
  }

  private static List<ToolDefinition> tools(DataInputStream in) throws IOException {
    int count = LinkFields.count(in, 12);
    List<ToolDefinition> tools = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      tools.add(new ToolDefinition(LinkFields.text(in), LinkFields.text(in), LinkFields.text(in)));
    }
    return tools;
  }

  static void putToolCalls(DataOutputStream out, List<ToolCall> calls) throws IOException {
    out.writeInt(calls.size());
    for (ToolCall call : calls) {
      LinkFields.putText(out, call.id());
      LinkFields.putText(out, call.name());
      LinkFields.putText(out, call.argumentsJson());
    }
  }

  static List<ToolCall> toolCalls(DataInputStream in) throws IOException {
    int count = LinkFields.count(in, 12);
    List<ToolCall> calls = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      calls.add(new ToolCall(LinkFields.text(in), LinkFields.text(in), LinkFields.text(in)));
    }
    return calls;
  }

  private static void putSampling(DataOutputStream out, Sampling sampling) throws IOException {
    out.writeDouble(sampling.temperature());
    out.writeDouble(sampling.topP());
    out.writeLong(sampling.seed());
    out.writeInt(sampling.topK());
    out.writeDouble(sampling.minP());
    out.writeDouble(sampling.presencePenalty());
    out.writeDouble(sampling.frequencyPenalty());
    out.writeInt(sampling.logitBias().size());
    for (Map.Entry<Integer, Double> bias : sampling.logitBias().entrySet()) {
      out.writeInt(bias.getKey());
      out.writeDouble(bias.getValue());
    }
  }

  private static Sampling sampling(DataInputStream in) throws IOException {
    double temperature = in.readDouble();
    double topP = in.readDouble();
    long seed = in.readLong();
    int topK = in.readInt();
    double minP = in.readDouble();
    double presencePenalty = in.readDouble();
    double frequencyPenalty = in.readDouble();
    int count = LinkFields.count(in, 12);
    Map<Integer, Double> biases = new HashMap<>();
    for (int i = 0; i < count; i++) {
      biases.put(in.readInt(), in.readDouble());
    }
    return new Sampling(
        temperature, topP, seed, topK, minP, presencePenalty, frequencyPenalty, biases);
  }

  private static void putConstraint(DataOutputStream out, Constraint constraint)
      throws IOException {
    switch (constraint) {
      case Constraint.None() -> out.writeByte(1);
      case Constraint.JsonObject() -> out.writeByte(2);
      case Constraint.JsonSchema(String schemaJson) -> {
        out.writeByte(3);
        LinkFields.putText(out, schemaJson);
      }
      case Constraint.Tools tools -> {
        out.writeByte(4);
        putTools(out, tools.tools());
        out.writeBoolean(tools.only().isPresent());
        if (tools.only().isPresent()) {
          LinkFields.putText(out, tools.only().get());
        }
        out.writeBoolean(tools.required());
        out.writeBoolean(tools.parallel());
      }
    }
  }

  private static Constraint constraint(DataInputStream in) throws IOException {
    return switch (in.readByte()) {
      case 1 -> new Constraint.None();
      case 2 -> new Constraint.JsonObject();
      case 3 -> new Constraint.JsonSchema(LinkFields.text(in));
      case 4 ->
          new Constraint.Tools(tools(in), optionalText(in), in.readBoolean(), in.readBoolean());
      default -> throw new LinkException("A frame has an unknown constraint.");
    };
  }

  private static OptionalInt topLogprobs(DataInputStream in) throws IOException {
    int count = in.readInt();
    return count < 0 ? OptionalInt.empty() : OptionalInt.of(count);
  }

  private static Optional<Id16> conversation(DataInputStream in) throws IOException {
    if (!in.readBoolean()) {
      return Optional.empty();
    }
    byte[] key = new byte[Id16.BYTES];
    in.readFully(key);
    try {
      return Optional.of(Id16.ofBytes(key));
    } catch (ProtocolException malformed) {
      throw new LinkException("A frame has a malformed key.");
    }
  }
}
