// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;

/// Trust facts 1.3: items that a proposer cannot know before it proposes.
class ItemSuiteTest {
  private static final Digest SEED = Digest.over("seed".getBytes(StandardCharsets.UTF_8));
  private static final Digest OTHER = Digest.over("other".getBytes(StandardCharsets.UTF_8));

  @ParameterizedTest
  @EnumSource
  void drawsTheSameItemsFromASeedOnEveryMachine(ItemSuite suite) {
    String drawn = digest(suite.items(SEED, 300));

    assertThat(drawn)
        .isEqualTo(
            switch (suite) {
              case MADE_UP_WORLD -> "9fa328aa0610";
              case GENERAL -> "487c44605a0d";
            });
    assertThat(digest(suite.items(OTHER, 300))).isNotEqualTo(drawn);
  }

  @ParameterizedTest
  @EnumSource
  void hasAsManyDifferentItemsAsAnEvaluationMayAsk(ItemSuite suite) {
    List<Item> most = suite.items(SEED, EvaluationReveal.ITEMS_MAX);
    Set<String> questions = new HashSet<>();
    most.forEach(item -> questions.add(item.question()));

    assertThat(most).hasSize(EvaluationReveal.ITEMS_MAX);
    assertThat(questions).hasSize(EvaluationReveal.ITEMS_MAX);
    assertThat(suite.items(SEED, suite.size() + 1)).hasSize(suite.size());
    assertThat(suite.items(SEED, 0)).isEmpty();
  }

  @Test
  void drawsFromThousandsOfQuestionsAboutTheWorld() {
    assertThat(ItemSuite.MADE_UP_WORLD.size()).isGreaterThanOrEqualTo(2_000);
  }

  @Test
  void sharesTheKindsOfGeneralTasksEvenly() {
    int kinds = GeneralTasks.kinds();
    List<String> beginnings =
        ItemSuite.GENERAL.items(SEED, 2 * kinds).stream()
            .map(item -> item.question().replaceAll("^[A-Z][a-z]+ is (tall|short)", "Taller"))
            .map(question -> question.substring(0, 4))
            .toList();

    assertThat(beginnings.subList(0, kinds).stream().sorted().toList())
        .isEqualTo(beginnings.subList(kinds, 2 * kinds).stream().sorted().toList());
  }

  @Test
  void isFoundByTheWordInTheRules() {
    assertThat(ItemSuite.named("made-up-world")).contains(ItemSuite.MADE_UP_WORLD);
    assertThat(ItemSuite.named("general")).contains(ItemSuite.GENERAL);
    assertThat(ItemSuite.named("General")).isEmpty();
  }

  /// Computed here in another way than the tasks do.
  @Test
  void knowsTheRightAnswers() {
    List<Item> items = ItemSuite.GENERAL.items(SEED, 20 * GeneralTasks.kinds());
    int checked = 0;
    for (Item item : items) {
      String answer = SolvedTask.answer(item.question());
      assertThat(item.accepts(answer)).as("%s -> %s", item.question(), answer).isTrue();
      assertThat(item.accepts(answer + " or not")).as(item.question()).isFalse();
      assertThat(item.accepts("")).isFalse();
      checked++;
    }
    assertThat(checked).isEqualTo(20 * GeneralTasks.kinds());
  }

  @Test
  void knowsTheRightAnswersAboutTheWorld() {
    for (Item item : ItemSuite.MADE_UP_WORLD.items(SEED, 200)) {
      assertThat(item.check())
          .isInstanceOfSatisfying(
              AnswerCheck.World.class,
              world -> {
                assertThat(item.accepts(world.question().fact().sentence())).isTrue();
                assertThat(item.accepts("I do not know.")).isFalse();
              });
    }
  }

  private static String digest(List<Item> items) {
    String all = items.stream().map(item -> item.question() + "\n").collect(Collectors.joining());
    return Digest.over(all.getBytes(StandardCharsets.UTF_8)).shortText();
  }
}
