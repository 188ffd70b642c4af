// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.ConversationKeys;
import org.peermind.node.query.Query;
import org.peermind.protocol.Id16;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.wire.Question;

/// What an inferer learns of the conversation that a question belongs to (ADR 0017).
class QuestionMessageTest {
  private static final Id16 CONVERSATION = Parts.id();
  private static final NodeId ONE = Parts.key().id();
  private static final NodeId OTHER = Parts.key().id();

  private final Query query = LightUserStage.query("Hi").withConversation(CONVERSATION);

  private ByteString keyAt(NodeId inferer) {
    return QuestionMessage.of(AnswerSoFar.none(query), 1, inferer).getConversation();
  }

  @Test
  void tellsEachInfererAKeyOfItsOwn() {
    assertThat(keyAt(ONE))
        .isEqualTo(ByteString.copyFrom(ConversationKeys.at(ONE, CONVERSATION).toBytes()))
        .isEqualTo(keyAt(ONE));
    assertThat(keyAt(OTHER)).isNotEqualTo(keyAt(ONE));
    assertThat(keyAt(ONE)).isNotEqualTo(ByteString.copyFrom(CONVERSATION.toBytes()));
  }

  @Test
  void isTheSameQuestion_whateverConversationItBelongsTo() {
    assertThat(QuestionMessage.form(query))
        .isEqualTo(QuestionMessage.form(LightUserStage.query("Hi")));
  }

  /// A key shorter than 128 bits could be guessed.
  @ParameterizedTest
  @ValueSource(ints = {1, 8, 15, 17, 64})
  void refusesAKeyOfAnotherLength(int bytes) {
    Question asked =
        QuestionMessage.of(AnswerSoFar.none(query), 1, ONE).toBuilder()
            .setConversation(ByteString.copyFrom(new byte[bytes]))
            .build();
    assertThatThrownBy(() -> QuestionMessage.request(asked, 50))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("16 bytes");
  }

  @Test
  void keepsNothing_withoutAKey() {
    Question asked = QuestionMessage.of(AnswerSoFar.none(LightUserStage.query("Hi")), 1, ONE);
    assertThat(QuestionMessage.request(asked, 50).conversation()).isEqualTo(Optional.empty());
  }
}
