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

  /// Tokens, and for each whether it is one that the model is to say.
  public record Tokens(int[] ids, boolean[] said) {
    public Tokens {
      ids = ids.clone();
      said = said.clone();
      if (ids.length != said.length) {
        throw new IllegalArgumentException(
            "%d tokens and %d marks; give one mark for each token"
                .formatted(ids.length, said.length));
      }
    }

    @Override
    public int[] ids() {
      return ids.clone();
    }

    @Override
    public boolean[] said() {
      return said.clone();
    }

    /// How many tokens there are.
    public int count() {
      return ids.length;
    }
  }

  /// The format with the tokens of one encoder.
  public ChatFormat(SpmEncoder encoder) {
    this.encoder = encoder;
  }

  /// The tokens of a finished conversation; those of the assistant's texts and the end marks after
  /// them are to be said.
  public Tokens finished(Conversation conversation) {
    List<Integer> ids = new ArrayList<>();
    List<Boolean> said = new ArrayList<>();
    for (Turn turn : conversation.turns()) {
      addTurn(turn, ids);
      int toSay = encoder.encode(turn.text()).size() + 1;
      while (said.size() < ids.size()) {
        boolean saying =
            turn.role() == Role.ASSISTANT
                && said.size() >= ids.size() - 1 - toSay
                && said.size() < ids.size() - 1;
        said.add(saying);
      }
    }
    return tokens(ids, said);
  }

  /// The tokens after which the model is to answer the last message.
  public int[] prompt(Conversation conversation) {
    List<Integer> ids = new ArrayList<>();
    conversation.turns().forEach(turn -> addTurn(turn, ids));
    ids.add(Vocabulary.IM_START_ID);
    ids.addAll(encoder.encode(Role.ASSISTANT.label() + "\n"));
    return ids.stream().mapToInt(Integer::intValue).toArray();
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

  private void addTurn(Turn turn, List<Integer> ids) {
    ids.add(Vocabulary.IM_START_ID);
    ids.addAll(encoder.encode(turn.role().label() + "\n" + turn.text()));
    ids.add(Vocabulary.IM_END_ID);
    ids.addAll(encoder.encode("\n"));
  }

  private static Tokens tokens(List<Integer> ids, List<Boolean> said) {
    boolean[] marks = new boolean[said.size()];
    for (int i = 0; i < marks.length; i++) {
      marks[i] = said.get(i);
    }
    return new Tokens(ids.stream().mapToInt(Integer::intValue).toArray(), marks);
  }
}
