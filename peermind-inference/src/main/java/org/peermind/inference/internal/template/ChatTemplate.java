// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.template;

import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.EngineException;
import org.peermind.inference.Prompt;
import org.peermind.inference.ToolCall;
import org.peermind.inference.ToolDefinition;
import org.peermind.inference.internal.template.Rendering.Refused;
import org.peermind.inference.internal.template.Rendering.Rendered;

/// The chat template of a model: Jinja text from its GGUF, untrusted like the file.
///
/// What it can do is found out when it is read, by rendering small conversations: whether it knows
/// a system role, tools and calls. What it does not know is put into words for it: a system message
/// goes before the first user's message, tools go into the system message.
public final class ChatTemplate {
  private static final String PROBE = "peermind probe";
  private static final String PROBE_KEY = "peermind_probe_key";
  private static final ChatMessage QUESTION = new ChatMessage("user", PROBE + " question");
  private static final LocalDateTime PROBE_TIME = LocalDateTime.of(2024, 7, 26, 12, 0);

  private final Template template;
  private final Map<String, Value> tokens;
  private final boolean system;
  private final boolean argumentsAsText;
  private final ToolFormat format;

  private ChatTemplate(
      Template template,
      Map<String, Value> tokens,
      boolean system,
      boolean argumentsAsText,
      ToolFormat format) {
    this.template = template;
    this.tokens = tokens;
    this.system = system;
    this.argumentsAsText = argumentsAsText;
    this.format = format;
  }

  /// Reads `source`; `beginToken` and `endToken` are how the vocabulary spells the tokens that
  /// begin a prompt and end an answer, empty when it has none.
  ///
  /// @throws EngineException when it cannot render a question
  public static ChatTemplate of(String source, String beginToken, String endToken)
      throws EngineException {
    Map<String, Value> tokens =
        Map.of("bos_token", Text.own(beginToken), "eos_token", Text.own(endToken));
    try {
      ChatTemplate plain =
          new ChatTemplate(Template.of(source), tokens, true, false, ToolFormat.GENERIC);
      if (!plain.attempt(List.of(QUESTION), List.of(), true).contains(QUESTION.content())) {
        throw Refusal.because("it leaves out what the user asks");
      }
      return plain.explored();
    } catch (Refusal refusal) {
      throw new EngineException(
          "The model's chat template cannot be used: %s; choose a model with another template."
              .formatted(Operators.shortened(refusal.reason())));
    }
  }

  /// How tools are told of and called.
  public ToolFormat toolFormat() {
    return format;
  }

  /// Whether the template has a place for a system message.
  public boolean knowsSystem() {
    return system;
  }

  /// The text of `chat` up to where the answer begins; `now` is the date that the template may tell
  /// the model.
  public Rendering render(Prompt.Chat chat, Optional<LocalDateTime> now) {
    return render(chat, true, now);
  }

  /// The text of `chat`, with the beginning of an answer after it only when one is next.
  public Rendering render(Prompt.Chat chat, boolean answerNext, Optional<LocalDateTime> now) {
    try {
      boolean tooled =
          !chat.tools().isEmpty()
              || chat.messages().stream()
                  .anyMatch(
                      message -> message.role().equals("tool") || !message.toolCalls().isEmpty());
      boolean generic = tooled && format == ToolFormat.GENERIC;
      List<ChatMessage> messages = generic ? ToolFormat.generic(chat) : chat.messages();
      List<ToolDefinition> tools = generic ? List.of() : chat.tools();
      return new Rendered(
          rendered(
              system ? messages : Conversation.withoutSystem(messages),
              tools,
              answerNext,
              argumentsAsText,
              now));
    } catch (Refusal refusal) {
      String reason = Operators.shortened(refusal.reason());
      return new Refused(
          refusal.wasRaised()
              ? "The model's chat template refuses this conversation: %s."
                  .formatted(endless(reason))
              : "The model's chat template cannot render this conversation: %s.".formatted(reason));
    }
  }

  private static String endless(String sentence) {
    return sentence.replaceFirst("[.!\\s]+$", "");
  }

  private Text rendered(
      List<ChatMessage> messages,
      List<ToolDefinition> tools,
      boolean answerNext,
      boolean asText,
      Optional<LocalDateTime> now) {
    Map<String, Value> variables = new HashMap<>(tokens);
    variables.put("messages", Conversation.messages(messages, asText));
    variables.put("add_generation_prompt", Value.of(answerNext));
    if (!tools.isEmpty()) {
      variables.put("tools", Conversation.tools(tools));
    }
    return template.render(variables, now);
  }

  private String attempt(
      List<ChatMessage> messages, List<ToolDefinition> tools, boolean answerNext) {
    return rendered(messages, tools, answerNext, argumentsAsText, Optional.of(PROBE_TIME)).chars();
  }

  private boolean renders(
      List<ChatMessage> messages, List<ToolDefinition> tools, String... expected) {
    try {
      String rendered = attempt(messages, tools, true);
      return List.of(expected).stream().allMatch(rendered::contains);
    } catch (Refusal _) {
      return false;
    }
  }

  /// The same template with what it can do.
  private ChatTemplate explored() {
    ChatMessage instruction = new ChatMessage("system", PROBE + " instruction");
    boolean knowsSystem =
        renders(List.of(instruction, QUESTION), List.of(), instruction.content(), PROBE);
    for (boolean asText : new boolean[] {false, true}) {
      ChatTemplate candidate =
          new ChatTemplate(template, tokens, knowsSystem, asText, ToolFormat.GENERIC);
      Optional<ToolFormat> found = candidate.callFormat();
      if (found.isPresent()) {
        return new ChatTemplate(template, tokens, knowsSystem, asText, found.get());
      }
    }
    return new ChatTemplate(template, tokens, knowsSystem, false, ToolFormat.GENERIC);
  }

  /// The format of calls, if the template knows tools, prints a call in a known format with its
  /// arguments as JSON, and prints results.
  private Optional<ToolFormat> callFormat() {
    ToolDefinition tool =
        new ToolDefinition(
            ToolFormat.PROBE_NAME,
            PROBE + " description",
            "{\"type\": \"object\", \"properties\": {\"%s\": {\"type\": \"string\"}}}"
                .formatted(PROBE_KEY));
    ToolCall call =
        new ToolCall("probe0001", ToolFormat.PROBE_NAME, "{\"%s\": \"x\"}".formatted(PROBE_KEY));
    ChatMessage asked = new ChatMessage("assistant", "", List.of(call), Optional.empty());
    ChatMessage result =
        new ChatMessage("tool", PROBE + " result", List.of(), Optional.of("probe0001"));
    List<ToolDefinition> tools = List.of(tool);
    if (!renders(List.of(QUESTION), tools, ToolFormat.PROBE_NAME, tool.description(), PROBE_KEY)
        || !renders(List.of(QUESTION, asked, result), tools, result.content())) {
      return Optional.empty();
    }
    try {
      String rendered = attempt(List.of(QUESTION, asked, result), tools, true);
      return rendered.contains("{\"%s\": \"x\"}".formatted(PROBE_KEY))
          ? ToolFormat.of(rendered)
          : Optional.empty();
    } catch (Refusal _) {
      return Optional.empty();
    }
  }
}
