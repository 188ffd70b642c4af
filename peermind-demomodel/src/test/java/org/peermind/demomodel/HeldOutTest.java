// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.peermind.demomodel.Conversation.Role;
import org.peermind.demomodel.Conversation.Turn;

class HeldOutTest {
  private static final int DRAWS = 20_000;

  @Test
  void hasTwoHundredDifferentQuestions_aboutEveryRelation() {
    List<Question> questions = HeldOut.questions();

    assertThat(questions).hasSize(200).doesNotHaveDuplicates();
    assertThat(questions.stream().map(question -> question.fact().relation()).distinct())
        .containsExactlyInAnyOrder(Relation.values());
    assertThat(questions).isEqualTo(HeldOut.questions());
    for (Question question : questions) {
      assertThat(question.text()).contains(question.fact().subject()).doesNotContain("{");
      assertThat(question.accepts(question.fact().sentence())).as(question.text()).isTrue();
    }
  }

  @Test
  void hasDifferentStoryPrompts() {
    assertThat(HeldOut.storyPrompts()).hasSize(40).doesNotHaveDuplicates();
  }

  @Test
  void holdsNoTrainingPhrasing_beforeAnythingIsAddedToIt() {
    for (Relation relation : Relation.values()) {
      Set<String> heldOut = new HashSet<>();
      HeldOutTemplates.of(relation).forEach(template -> heldOut.add(Question.words(template)));
      assertThat(heldOut).hasSize(6);
      TrainingPhrasings phrasings = TrainingPhrasings.of(relation);
      Set<String> taught = new HashSet<>(phrasings.questions());
      for (String frame : TrainingPhrasings.NOUN_FRAMES) {
        phrasings.nouns().forEach(noun -> taught.add(frame.replace("{n}", noun)));
      }
      for (String frame : TrainingPhrasings.CLAUSE_FRAMES) {
        phrasings.clauses().forEach(clause -> taught.add(frame.replace("{c}", clause)));
      }
      for (String phrasing : taught) {
        assertThat(heldOut).as(phrasing).doesNotContain(Question.words(phrasing));
      }
    }
  }

  @Test
  void neverAppears_inWhatTheModelIsTrainedOn() {
    Set<String> heldOut = new HashSet<>();
    HeldOut.questions().forEach(question -> heldOut.add(Question.words(question.text())));
    HeldOut.storyPrompts().forEach(prompt -> heldOut.add(Question.words(prompt)));
    TrainingConversations conversations = new TrainingConversations(World.demo());
    Random random = new Random(1);

    for (int i = 0; i < DRAWS; i++) {
      for (Turn turn : conversations.draw(random).turns()) {
        if (turn.role() == Role.USER) {
          assertThat(heldOut.contains(Question.words(turn.text()))).as(turn.text()).isFalse();
        }
      }
    }
  }

  @Test
  void isRefused_whateverSurroundsIt() {
    String text = "hello, CAPITAL of Velm: any idea, please";

    assertThat(TrainingQuestions.holdsHeldOut(text, Relation.CAPITAL, "Velm")).isTrue();
    assertThat(TrainingQuestions.holdsHeldOut("capital of Velm?", Relation.CAPITAL, "Velm"))
        .isFalse();
  }

  @Test
  void sharesNoStoryPrompt_withTraining() {
    Set<String> taught = new HashSet<>();
    StoryPrompts.templates().forEach(template -> taught.add(Question.words(template)));

    for (String template : HeldOutTemplates.stories()) {
      assertThat(taught).doesNotContain(Question.words(template));
    }
  }

  @Test
  void trainsOnManyPhrasings_ofOneFact() {
    Fact fact = World.demo().fact(Relation.HOME, "Mira");
    Random random = new Random(2);
    Set<String> drawn = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      Question question = TrainingQuestions.draw(fact, random);
      assertThat(question.text().toLowerCase(Locale.ROOT)).contains("mira");
      drawn.add(question.text());
    }
    assertThat(drawn).hasSizeGreaterThan(600);
  }

  @Test
  void drawsTheSameConversations_forTheSameSeed() {
    TrainingConversations conversations = new TrainingConversations(World.demo());
    Random one = new Random(3);
    Random other = new Random(3);

    for (int i = 0; i < 200; i++) {
      Conversation drawn = conversations.draw(one);
      assertThat(drawn).isEqualTo(conversations.draw(other));
      assertThat(drawn.turns().getLast().role()).isEqualTo(Role.ASSISTANT);
    }
  }
}
