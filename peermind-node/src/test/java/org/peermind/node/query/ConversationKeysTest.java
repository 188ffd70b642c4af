// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.ToolCall;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;

final class ConversationKeysTest {
  private static final ChatMessage SYSTEM = new ChatMessage("system", "be brief");
  private static final ChatMessage FIRST = new ChatMessage("user", "hi");

  private final ConversationKeys keys = ConversationKeys.random(new Random(1));

  private Id16 key(ChatMessage... messages) {
    return keys.of("m", new Prompt.Chat(List.of(messages), List.of()), Optional.empty());
  }

  @Test
  void staysTheSame_whateverFollowsTheFirstQuestion() {
    Id16 first = key(SYSTEM, FIRST);

    assertThat(key(SYSTEM, FIRST, new ChatMessage("assistant", "hello"))).isEqualTo(first);
    assertThat(
            key(
                SYSTEM,
                FIRST,
                new ChatMessage(
                    "assistant", "", List.of(new ToolCall("1", "f", "{}")), Optional.empty()),
                new ChatMessage("user", "more")))
        .isEqualTo(first);
  }

  @Test
  void differs_whenAnythingBeforeDiffers() {
    List<Id16> different = new ArrayList<>();
    different.add(key(SYSTEM, FIRST));
    different.add(key(FIRST));
    different.add(key(new ChatMessage("system", "be briefhi"), new ChatMessage("user", "")));
    different.add(key(new ChatMessage("system", ""), new ChatMessage("user", "be briefhi")));
    different.add(key(new ChatMessage("assistant", "be brief"), FIRST));
    Prompt.Chat prompt = new Prompt.Chat(List.of(SYSTEM, FIRST), List.of());
    different.add(keys.of("m2", prompt, Optional.empty()));
    different.add(keys.of("m", prompt, Optional.of("key")));
    different.add(ConversationKeys.random(new Random(2)).of("m", prompt, Optional.empty()));

    assertThat(different).doesNotHaveDuplicates();
  }

  /// An inferer that learnt its key cannot ask another one for what the conversation left there.
  @Test
  void givesEachInfererAKeyOfItsOwn_andTheSameOneEachTime() {
    Id16 key = key(SYSTEM, FIRST);
    NodeId one = ScriptedWorkers.node(1);
    NodeId other = ScriptedWorkers.node(2);

    assertThat(ConversationKeys.at(one, key)).isEqualTo(ConversationKeys.at(one, key));
    assertThat(
            List.of(
                key,
                ConversationKeys.at(one, key),
                ConversationKeys.at(other, key),
                ConversationKeys.at(one, key(FIRST)),
                ConversationKeys.at(one, ConversationKeys.at(other, key))))
        .doesNotHaveDuplicates();
  }

  @Test
  void namesAConversationWithoutAQuestion_byAllOfIt() {
    assertThat(key(SYSTEM)).isNotEqualTo(key(SYSTEM, SYSTEM));
  }
}
