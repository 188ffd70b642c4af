// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

class StoryGrammarTest {
  private final World world = World.demo();
  private final StoryGrammar grammar = new StoryGrammar(world);

  private String story(java.util.random.RandomGenerator random) {
    return grammar.draw(Typing.pick(Kind.PERSON.names(), random), random);
  }

  @Test
  void tellsTheSameStory_forTheSameSeed() {
    assertThat(grammar.draw("Mira", new Random(7))).isEqualTo(grammar.draw("Mira", new Random(7)));
  }

  @Test
  void acceptsEveryStory_thatItTells() {
    Property.forAll(
        1,
        60,
        random -> {
          String story = story(random);
          List<String> sentences = StoryGrammar.sentences(story);
          assertThat(sentences).hasSizeBetween(10, 16);
          for (String sentence : sentences) {
            assertThat(grammar.accepts(sentence)).as(sentence).isTrue();
          }
          assertThat(grammar.shareAccepted(story)).isEqualTo(1);
          assertThat(grammar.acceptsStory(story)).as(story).isTrue();
        });
  }

  @Test
  void refusesSentences_withTwoWordsSwapped() {
    Property.forAll(
        100,
        40,
        random -> {
          for (String sentence : StoryGrammar.sentences(story(random))) {
            List<String> words = new ArrayList<>(List.of(sentence.split(" ", -1)));
            int at = random.nextInt(words.size() - 1);
            Collections.swap(words, at, at + 1);
            String swapped = String.join(" ", words);
            boolean changed = !swapped.equals(sentence);
            assertThat(changed && grammar.accepts(swapped)).as(swapped).isFalse();
          }
        });
  }

  @Test
  void refusesSentences_withAFalseFact() {
    String craft = world.answer(Relation.CRAFT, "Mira");
    String town = world.answer(Relation.HOME, "Mira");
    String opening = "Once upon a time, Mira the %s lived in %s.";

    assertThat(grammar.accepts(opening.formatted(craft, town))).isTrue();
    for (String other : Kind.TOWN.names()) {
      assertThat(grammar.accepts(opening.formatted(craft, other))).isEqualTo(other.equals(town));
    }
    for (String other : Kind.CRAFT.names()) {
      assertThat(grammar.accepts(opening.formatted(other, town))).isEqualTo(other.equals(craft));
    }
  }

  @Test
  void refusesNonsense() {
    assertThat(grammar.accepts("")).isFalse();
    assertThat(grammar.accepts("Mira went to the moon.")).isFalse();
    assertThat(grammar.accepts("the end.")).isFalse();
    assertThat(grammar.accepts("The end. The end.")).isFalse();
    assertThat(grammar.shareAccepted("  ")).isZero();
    assertThat(grammar.shareAccepted("The end. Mira went to the moon.")).isEqualTo(0.5);
  }

  @Test
  void refusesAStory_thatChangesItsHeroOrItsOrder() {
    Property.forAll(
        200,
        40,
        random -> {
          String story = story(random);
          List<String> sentences = StoryGrammar.sentences(story);
          List<String> late = new ArrayList<>(sentences);
          late.add(late.removeFirst());
          assertThat(grammar.acceptsStory(String.join(" ", late))).isFalse();

          List<String> unfinished = sentences.subList(0, sentences.size() - 4);
          assertThat(grammar.acceptsStory(String.join(" ", unfinished))).isFalse();
        });
    String mira = grammar.draw("Mira", new Random(4));
    String oren = grammar.draw("Oren", new Random(4));
    String mixed = StoryGrammar.sentences(oren).getFirst() + mira.substring(mira.indexOf(". ") + 1);
    assertThat(grammar.shareAccepted(mixed)).isEqualTo(1);
    assertThat(grammar.acceptsStory(mixed)).isFalse();
  }
}
