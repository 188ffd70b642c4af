// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerCheckTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "1234",
        " 1234.",
        "1,234",
        "**1234**",
        "\"1234\"",
        "The answer is 1234.",
        "1200 + 34 = 1234",
        "=1234",
        "Answer:1234",
        "Let me see.\n\nIt is 1,234!\n",
        "<think>It is 5. No, 6.</think>\n1234"
      })
  void takesTheExpectedNumberAsOnlyOrFinalAnswer(String answer) {
    assertThat(new AnswerCheck.Final("1234").accepts(answer)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "12345",
        "91234",
        "-1234",
        "is -1234",
        "1234.5",
        "1,2,34",
        "1234 metres",
        "1234 or 1235",
        "1235, 1234",
        "not 1234",
        "this1234",
        "It is 1234.\nOr is it?",
        "<think>1234</think>",
        "<think>1234"
      })
  void refusesEverythingElse(String answer) {
    assertThat(new AnswerCheck.Final("1234").accepts(answer)).isFalse();
  }

  @Test
  void takesListsWithAnyBlanksAroundTheirCommas_inTheirOrderOnly() {
    AnswerCheck check = new AnswerCheck.Final("12, 345, 678");

    assertThat(check.accepts("12,345 ,  678.")).isTrue();
    assertThat(check.accepts("Sorted: 12, 345, 678")).isTrue();
    assertThat(check.accepts("12 345 678")).isFalse();
    assertThat(check.accepts("345, 12, 678")).isFalse();
    assertThat(check.accepts("5, 12, 345, 678")).isFalse();
  }

  @Test
  void ignoresCase_andTheTypographersMinus() {
    assertThat(new AnswerCheck.Final("oslo").accepts("OSLO")).isTrue();
    assertThat(new AnswerCheck.Final("-5").accepts("It is \u22125.")).isTrue();
  }

  @Test
  void expectsItsAnswerInTheFormThatItBringsAnswersInto() {
    assertThatThrownBy(() -> new AnswerCheck.Final("Oslo."))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new AnswerCheck.Final(""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void takesAnEqualJsonValue_andNothingAroundIt() throws Exception {
    AnswerCheck check =
        new AnswerCheck.Json(new ObjectMapper().readTree("{\"a\": 5, \"b\": true}"));

    assertThat(check.accepts("{\"b\":true,\n \"a\":5}")).isTrue();
    assertThat(check.accepts("```\n{\"a\": 5, \"b\": true}\n```")).isFalse();
    assertThat(check.accepts("{\"a\": 5, \"b\": true} Done.")).isFalse();
    assertThat(check.accepts("{\"a\": \"5\", \"b\": true}")).isFalse();
    assertThat(check.accepts("{\"a\": 5.0, \"b\": true}")).isFalse();
    assertThat(check.accepts("{\"a\": 5, \"a\": 5, \"b\": true}")).isFalse();
    assertThat(check.accepts("{\"a\": 5, \"b\": true, \"c\": 1}")).isFalse();
    assertThat(check.accepts("")).isFalse();
    assertThat(check.accepts("[".repeat(60_000))).isFalse();
  }

  /// Within the bound of a test's patience: seconds each, if runs were looked at again and again.
  @ParameterizedTest
  @ValueSource(strings = {" ", ",", " ,", ".", ": ", "=", "is ", "'", "[", "\t\n", "1,"})
  void judgesHostileAnswersQuickly(String run) {
    AnswerCheck check = new AnswerCheck.Final("5");
    String answer = "5" + run.repeat(60_000 / run.length()) + "x";

    assertTimeoutPreemptively(Duration.ofSeconds(2), () -> check.accepts(answer));
    assertThat(check.accepts(answer)).isFalse();
  }

  @Test
  void looksAtNoAnswerBeyondItsBound() {
    String long_ = "x".repeat(AnswerCheck.CHARACTERS_MAX) + "\n5";
    assertThat(new AnswerCheck.Final("5").accepts(long_)).isFalse();
    assertThat(new AnswerCheck.Final("5").accepts(" ".repeat(60_000) + "5")).isTrue();
  }
}
