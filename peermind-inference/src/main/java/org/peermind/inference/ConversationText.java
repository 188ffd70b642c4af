// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;
import java.util.Optional;
import org.peermind.inference.internal.template.ChatTemplate;
import org.peermind.inference.internal.template.Rendering;

/// Conversations as a model's chat template writes them, for who learns from them: the text that
/// the engine computes with, before it becomes tokens.
///
/// Control tokens are spelled out in it. What a message says is in it as it is, so whoever lets
/// control tokens of this text become such must first see that no message spells one.
public final class ConversationText {
  private final ChatTemplate template;

  private ConversationText(ChatTemplate template) {
    this.template = template;
  }

  /// Reads a template of a model file.
  ///
  /// @param beginToken how the vocabulary spells the token that begins a prompt; may be empty
  /// @param endToken how it spells the one that ends an answer; may be empty
  /// @throws EngineException with one sentence when it cannot render a question
  public static ConversationText of(String template, String beginToken, String endToken)
      throws EngineException {
    return new ConversationText(ChatTemplate.of(template, beginToken, endToken));
  }

  /// The text of a conversation without tools, or nothing when the template refuses it. A template
  /// that tells the model the day is told none.
  ///
  /// @param answerNext whether the text ends where the next answer begins
  /// @throws IllegalArgumentException when there are no messages or more than
  ///   [Prompt.Chat#MESSAGES_MAX]
  public Optional<String> of(List<ChatMessage> messages, boolean answerNext) {
    Prompt.Chat chat = new Prompt.Chat(messages, List.of());
    return switch (template.render(chat, answerNext, Optional.empty())) {
      case Rendering.Rendered(var text) -> Optional.of(text.chars());
      case Rendering.Refused _ -> Optional.empty();
    };
  }
}
