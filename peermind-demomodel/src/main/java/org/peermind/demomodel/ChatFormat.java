// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.ArrayList;
import java.util.List;
import org.peermind.demomodel.Conversation.Role;
import org.peermind.demomodel.Conversation.Turn;

/// Writes conversations as tokens in the ChatML format, which llama.cpp knows by the name `chatml`.
public final class ChatFormat {
  /// The format as the Jinja text that model files carry.
  public static final String TEMPLATE =
      "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n'"
          + " + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

  private final SpmEncoder encoder;

  /// A token, and whether it is one that the model is to say.
  public record Token(int id, boolean said) {}

  /// The format with the tokens of one encoder.
  public ChatFormat(SpmEncoder encoder) {
    this.encoder = encoder;
  }

  /// The tokens of a finished conversation; those of the assistant's texts and the end marks after
  /// them are to be said.
  public List<Token> finished(Conversation conversation) {
    List<Token> tokens = new ArrayList<>();
    for (Turn turn : conversation.turns()) {
      boolean said = turn.role() == Role.ASSISTANT;
      add(tokens, List.of(Vocabulary.IM_START_ID), false);
      add(tokens, encoder.encode(turn.role().label() + "\n"), false);
      add(tokens, encoder.encode(turn.text()), said);
      add(tokens, List.of(Vocabulary.IM_END_ID), said);
      add(tokens, encoder.encode("\n"), false);
    }
    return List.copyOf(tokens);
  }

  /// The tokens after which the model is to answer the last message.
  public int[] prompt(Conversation conversation) {
    List<Token> tokens = new ArrayList<>(finished(conversation));
    add(tokens, List.of(Vocabulary.IM_START_ID), false);
    add(tokens, encoder.encode(Role.ASSISTANT.label() + "\n"), false);
    return tokens.stream().mapToInt(Token::id).toArray();
  }

  /// The text that llama.cpp's template gives for the same conversation, before it is tokenized.
  public static String text(Conversation conversation) {
    StringBuilder text = new StringBuilder();
    for (Turn turn : conversation.turns()) {
      text.append(Vocabulary.IM_START).append(turn.role().label()).append('\n');
      text.append(turn.text()).append(Vocabulary.IM_END).append('\n');
    }
    return text.append(Vocabulary.IM_START).append(Role.ASSISTANT.label()).append('\n').toString();
  }

  private static void add(List<Token> tokens, List<Integer> ids, boolean said) {
    ids.forEach(id -> tokens.add(new Token(id, said)));
  }
}
