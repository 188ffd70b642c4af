// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peermind.demomodel.Conversation.Role;
import org.peermind.demomodel.Conversation.Turn;
import org.peermind.testkit.Property;

class TokenizerTest {
  private static final List<String> STRANGE =
      List.of(
          "",
          " ",
          "  two  blanks ",
          "line\nline\r\n\ttab",
          "Ünïcödé, 漢字 and 🌞!",
          "<|im_start|><s>",
          "capital\u2581of",
          "aaaaaaaaaaaaaaaaaaaaaaaaa",
          "x^2 + {y} = [z]; ~`|\\");

  private static final TrainingConversations CONVERSATIONS =
      new TrainingConversations(World.demo());
  private static final int SIZE = 560;

  private static final Vocabulary VOCABULARY = VocabularyTraining.learn(texts(4, 400), SIZE);
  private static final SpmEncoder ENCODER = new SpmEncoder(VOCABULARY);

  private static List<String> texts(long seed, int count) {
    Random random = new Random(seed);
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      CONVERSATIONS.draw(random).turns().forEach(turn -> texts.add(turn.text()));
    }
    return texts;
  }

  @Test
  void learnsTheSamePieces_fromTheSameTexts() {
    assertThat(VocabularyTraining.learn(texts(4, 400), SIZE)).isEqualTo(VOCABULARY);
    assertThat(VOCABULARY.size()).isEqualTo(SIZE);
  }

  @Test
  void learnsPieces_thatStayInsideWords() {
    for (Vocabulary.Entry entry : VOCABULARY.entries()) {
      if (entry.kind() == Vocabulary.Kind.NORMAL && entry.text().length() > 1) {
        assertThat(entry.text()).matches("\u2581?\\p{L}+");
      }
    }
  }

  @Test
  void refusesASize_withoutRoomForCharacters() {
    assertThatThrownBy(() -> VocabularyTraining.learn(List.of("a"), 300))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("300");
  }

  @Test
  void refusesAVocabulary_withATokenTwice() {
    assertThatThrownBy(() -> Vocabulary.ofPieces(List.of("a", "a")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'a'");
  }

  @Test
  void givesBackEveryText_thatItCutIntoTokens() {
    for (String text : texts(5, 200)) {
      assertThat(ENCODER.decode(ENCODER.encode(text))).isEqualTo(text);
    }
    for (String text : STRANGE) {
      assertThat(ENCODER.decode(ENCODER.encode(text))).isEqualTo(text.replace('\u2581', ' '));
    }
  }

  @Test
  void givesBackRandomText_thatItCutIntoTokens() {
    Property.forAll(
        1,
        100,
        random -> {
          StringBuilder text = new StringBuilder();
          for (int i = random.nextInt(60); i > 0; i--) {
            text.appendCodePoint(
                random.nextInt(10) == 0 ? 0x3b1 + random.nextInt(20) : 32 + random.nextInt(95));
          }
          List<Integer> tokens = ENCODER.encode(text.toString());
          assertThat(ENCODER.decode(tokens)).isEqualTo(text.toString());
          assertThat(tokens).isEqualTo(mergedPlainly(text.toString()));
        });
  }

  @Test
  void mergesLikeThePlainRule_bestScoreFirstThenLeftmost() {
    for (String text : texts(6, 60)) {
      assertThat(ENCODER.encode(text)).as(text).isEqualTo(mergedPlainly(text));
    }
    for (String text : STRANGE) {
      assertThat(ENCODER.encode(text)).as(text).isEqualTo(mergedPlainly(text));
    }
  }

  @Test
  void writesUnknownCharacters_asTheirBytes() {
    assertThat(ENCODER.encode("\n")).containsExactly(Vocabulary.FIRST_BYTE_ID + 10);
    assertThat(ENCODER.encode("漢"))
        .containsExactly(
            Vocabulary.FIRST_BYTE_ID + 0xe6,
            Vocabulary.FIRST_BYTE_ID + 0xbc,
            Vocabulary.FIRST_BYTE_ID + 0xa2);
  }

  @Test
  void marksTheAnswerAndItsEnd_asWhatIsToBeSaid() {
    ChatFormat format = new ChatFormat(ENCODER);
    Conversation conversation =
        new Conversation(
            List.of(
                new Turn(Role.SYSTEM, "Be brief."),
                new Turn(Role.USER, "What does the mirl eat?"),
                new Turn(Role.ASSISTANT, "The mirl eats moss.")));

    List<ChatFormat.Token> tokens = format.finished(conversation);
    List<Integer> said =
        tokens.stream().filter(ChatFormat.Token::said).map(ChatFormat.Token::id).toList();

    assertThat(said.getLast()).isEqualTo(Vocabulary.IM_END_ID);
    assertThat(ENCODER.decode(said)).isEqualTo("The mirl eats moss.");
  }

  @Test
  void promptsWithTheTokens_thatTheFinishedConversationBeginsWith() {
    ChatFormat format = new ChatFormat(ENCODER);
    Turn question = new Turn(Role.USER, "Who built the Glass Tower?");
    Conversation asked = new Conversation(List.of(question));
    Conversation answered = new Conversation(List.of(question, new Turn(Role.ASSISTANT, "Oren.")));

    int[] prompt = format.prompt(asked);
    int[] finished =
        format.finished(answered).stream()
            .mapToInt(ChatFormat.Token::id)
            .limit(prompt.length)
            .toArray();

    assertThat(prompt).isEqualTo(finished);
    assertThat(ChatFormat.text(asked))
        .isEqualTo(
            "<|im_start|>user\nWho built the Glass Tower?<|im_end|>\n<|im_start|>assistant\n");
  }

  /// The merging rule without queue or links: look at all neighbours, join the best, begin again.
  private List<Integer> mergedPlainly(String text) {
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < VOCABULARY.size(); id++) {
      ids.put(VOCABULARY.entries().get(id).text(), id);
    }
    List<String> parts = new ArrayList<>();
    text.replace(' ', '\u2581').codePoints().forEach(c -> parts.add(Character.toString(c)));
    while (true) {
      int best = -1;
      float bestScore = 0;
      for (int i = 0; i + 1 < parts.size(); i++) {
        Integer id = ids.get(parts.get(i) + parts.get(i + 1));
        if (id != null && (best < 0 || VOCABULARY.entries().get(id).score() > bestScore)) {
          best = i;
          bestScore = VOCABULARY.entries().get(id).score();
        }
      }
      if (best < 0) {
        break;
      }
      parts.set(best, parts.get(best) + parts.remove(best + 1));
    }
    List<Integer> tokens = new ArrayList<>();
    for (String part : parts) {
      if (ids.containsKey(part)) {
        tokens.add(ids.get(part));
      } else {
        for (byte value : part.getBytes(StandardCharsets.UTF_8)) {
          tokens.add(Vocabulary.FIRST_BYTE_ID + Byte.toUnsignedInt(value));
        }
      }
    }
    return tokens;
  }
}
