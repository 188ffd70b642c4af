// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.demomodel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class QuestionPoolTest {
  @Test
  void hasThousandsOfDifferentQuestions_aboutEveryFact_thatTheFactAnswers() {
    List<Question> pool = QuestionPool.all();
    Set<String> texts = new HashSet<>();
    Set<Fact> facts = new HashSet<>();
    for (Question question : pool) {
      assertThat(texts.add(question.text())).as(question.text()).isTrue();
      facts.add(question.fact());
      assertThat(question.text()).contains(question.fact().subject()).doesNotContain("{");
      assertThat(question.accepts(question.fact().sentence())).as(question.text()).isTrue();
    }

    assertThat(pool).hasSizeGreaterThan(4_096).isEqualTo(QuestionPool.all());
    assertThat(facts).containsExactlyInAnyOrderElementsOf(World.demo().facts());
  }
}
