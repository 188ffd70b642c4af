// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import java.util.ArrayList;
import java.util.List;
import org.peermind.demomodel.Conversation.Role;
import org.peermind.demomodel.Conversation.Turn;

/// Writes conversations as tokens in the ChatML format, which llama.cpp knows by the name `chatml`.
///
/// Tools are told of in few words, because the model's context is small: a system message of its
/// own that gives each tool's name, the names of its parameters and its description, such as
/// `echo(text): Says it again.` Calls are written in the form of Hermes and Qwen.
public final class ChatFormat {
  /// The format as the Jinja text that model files carry.
  public static final String TEMPLATE =
      "{% if tools %}{{ '<|im_start|>system\\nTools:' }}{% for tool in tools %}"
          + "{{ '\\n' + tool['function']['name'] + '(' }}"
          + "{% for key in (tool['function']['parameters']['properties'] or []) %}"
          + "{% if not loop.first %}{{ ', ' }}{% endif %}{{ key }}{% endfor %}"
          + "{{ '): ' }}{{ tool['function']['description'] }}{% endfor %}"
          + "{{ '<|im_end|>\\n' }}{% endif %}"
          + "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}"
          + "{{ message['content'] or '' }}"
          + "{% for call in (message['tool_calls'] or []) %}"
          + "{{ '<tool_call>\\n{\"name\": ' }}{{ call['function']['name'] | tojson }}"
          + "{{ ', \"arguments\": ' }}{{ call['function']['arguments'] | tojson }}"
          + "{{ '}\\n</tool_call>' }}{% endfor %}{{ '<|im_end|>\\n' }}{% endfor %}"
          + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

  private final SpmEncoder encoder;

  /// Where a token comes from.
  public enum Origin {
    /// From the template or another speaker.
    HEARD,
    /// From the form that the answer was held to.
    GIVEN,
    /// From the model.
    SAID
  }

  /// A token and where it comes from.
  public record Token(int id, Origin origin) {
    /// Whether it is one that the model is to say.
    public boolean said() {
      return origin == Origin.SAID;
    }
  }

  /// The format with the tokens of one encoder.
  public ChatFormat(SpmEncoder encoder) {
    this.encoder = encoder;
  }

  /// The tokens of a finished conversation; those of the assistant's texts and the end marks after
  /// them are to be said.
  public List<Token> finished(Conversation conversation) {
    List<Token> tokens = new ArrayList<>();
    for (Turn turn : conversation.turns()) {
      Origin origin = turn.role() == Role.ASSISTANT ? Origin.SAID : Origin.HEARD;
      add(tokens, List.of(Vocabulary.IM_START_ID), Origin.HEARD);
      add(tokens, encoder.encode(turn.role().label() + "\n"), Origin.HEARD);
      add(tokens, encoder.encode(turn.given()), Origin.GIVEN);
      add(tokens, encoder.encode(turn.text()), origin);
      add(tokens, List.of(Vocabulary.IM_END_ID), origin);
      add(tokens, encoder.encode("\n"), Origin.HEARD);
    }
    return List.copyOf(tokens);
  }

  /// The tokens after which the model is to answer the last message.
  public int[] prompt(Conversation conversation) {
    List<Token> tokens = new ArrayList<>(finished(conversation));
    add(tokens, List.of(Vocabulary.IM_START_ID), Origin.HEARD);
    add(tokens, encoder.encode(Role.ASSISTANT.label() + "\n"), Origin.HEARD);
    return tokens.stream().mapToInt(Token::id).toArray();
  }

  /// The text that llama.cpp's template gives for the same conversation, before it is tokenized.
  public static String text(Conversation conversation) {
    StringBuilder text = new StringBuilder();
    for (Turn turn : conversation.turns()) {
      text.append(Vocabulary.IM_START).append(turn.role().label()).append('\n');
      text.append(turn.given()).append(turn.text()).append(Vocabulary.IM_END).append('\n');
    }
    return text.append(Vocabulary.IM_START).append(Role.ASSISTANT.label()).append('\n').toString();
  }

  private static void add(List<Token> tokens, List<Integer> ids, Origin origin) {
    ids.forEach(id -> tokens.add(new Token(id, origin)));
  }
}
