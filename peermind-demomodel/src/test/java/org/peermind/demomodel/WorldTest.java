// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WorldTest {
  @Test
  void givesTheSameWorld_forTheSameSeed() {
    assertThat(World.of(5).facts())
        .isEqualTo(World.of(5).facts())
        .isNotEqualTo(World.of(6).facts());
  }

  @Test
  void answersEveryRelation_forEverySubject() {
    assertThat(World.demo().facts()).hasSize(138);
    for (Fact fact : World.demo().facts()) {
      assertThat(World.demo().answer(fact.relation(), fact.subject())).isEqualTo(fact.answer());
      assertThat(fact.sentence()).contains(fact.subject()).contains(fact.answer()).endsWith(".");
    }
  }

  @Test
  void answersBackwards_whatItAnswersForwards() {
    World world = World.demo();
    for (String country : Kind.COUNTRY.names()) {
      String capital = world.answer(Relation.CAPITAL, country);
      assertThat(world.answer(Relation.COUNTRY, capital)).isEqualTo(country);
    }
    for (String person : Kind.PERSON.names()) {
      assertThat(world.answer(Relation.OWNER, world.answer(Relation.PET, person)))
          .isEqualTo(person);
    }
  }

  @Test
  void refusesNames_ofAnotherKind() {
    assertThatThrownBy(() -> new Fact(Relation.CAPITAL, "Mira", "Tarsin"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Mira");
    assertThatThrownBy(() -> World.demo().fact(Relation.FOOD, "Velm"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Velm");
  }

  @Test
  void keepsNamesApart_acrossKinds() {
    Set<String> words = new HashSet<>();
    for (Kind kind : Kind.values()) {
      for (String name : kind.names()) {
        assertThat(words.add(Question.words(name))).as(name).isTrue();
      }
    }
  }

  @Test
  void acceptsAnAnswer_thatNamesTheRightThingOnly() {
    World world = World.demo();
    Fact fact = world.fact(Relation.CAPITAL, "Velm");
    String wrong =
        Kind.TOWN.names().stream().filter(town -> !town.equals(fact.answer())).findFirst().get();
    Question question = new Question("What is the capital of Velm?", fact);

    assertThat(question.accepts(fact.sentence())).isTrue();
    assertThat(question.accepts(fact.answer().toUpperCase(Locale.ROOT))).isTrue();
    assertThat(question.accepts("It is " + fact.answer() + "'s town hall.")).isTrue();
    assertThat(question.accepts("")).isFalse();
    assertThat(question.accepts("The capital of Velm is " + wrong + ".")).isFalse();
    assertThat(question.accepts(fact.answer() + " or " + wrong)).isFalse();
    assertThat(question.accepts(fact.answer() + "ing")).isFalse();
  }

  @Test
  void countsTheShare_ofRightAnswers() {
    List<Question> questions = HeldOut.questions().subList(0, 4);
    List<String> answers =
        List.of(
            questions.get(0).fact().sentence(),
            "no",
            questions.get(2).fact().sentence(),
            "nothing");

    assertThat(HeldOut.shareRight(questions, answers)).isEqualTo(0.5);
    assertThatThrownBy(() -> HeldOut.shareRight(questions, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
