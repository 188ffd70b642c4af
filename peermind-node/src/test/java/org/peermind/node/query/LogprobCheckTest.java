// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.TokenLogprob.Candidate;
import org.peermind.node.query.AttemptEvent.Tokens;

/// What an inferer says of probabilities is bounded before anybody reads it.
class LogprobCheckTest {
  private static final Candidate SURE = new Candidate("x", List.of(120), 0);

  private static boolean passes(OptionalInt asked, int ids, TokenLogprob... logprobs) {
    return LogprobCheck.passes(
        new Tokens(Collections.nCopies(ids, 7), "x", List.of(), List.of(logprobs)), asked);
  }

  private static boolean passes(Candidate candidate) {
    return passes(OptionalInt.of(0), 1, new TokenLogprob(candidate, List.of()))
        && passes(OptionalInt.of(1), 1, new TokenLogprob(SURE, List.of(candidate)));
  }

  @Test
  void takesOneForEachToken_whenTheyWereAskedFor() {
    TokenLogprob alone = new TokenLogprob(SURE, List.of());
    assertThat(passes(OptionalInt.of(0), 2, alone, alone)).isTrue();
    assertThat(passes(OptionalInt.of(0), 0)).isTrue();
    assertThat(passes(OptionalInt.of(0), 2, alone)).isFalse();
    assertThat(passes(OptionalInt.of(0), 1, alone, alone)).isFalse();
    assertThat(passes(OptionalInt.empty(), 1, alone)).isFalse();
    assertThat(passes(OptionalInt.empty(), 1)).isTrue();
  }

  @Test
  void takesNoMoreLikelyTokens_thanWereAskedFor() {
    assertThat(passes(OptionalInt.of(2), 1, top(2))).isTrue();
    assertThat(passes(OptionalInt.of(2), 1, top(0))).isTrue();
    assertThat(passes(OptionalInt.of(2), 1, top(3))).isFalse();
    assertThat(passes(OptionalInt.of(0), 1, top(1))).isFalse();
  }

  private static TokenLogprob top(int count) {
    return new TokenLogprob(SURE, Collections.nCopies(count, SURE));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1e9, 1e-7, Double.NEGATIVE_INFINITY})
  void takesLogarithmsOfProbabilities(double logprob) {
    assertThat(passes(new Candidate("x", List.of(120), logprob))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 0.01, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesNumbersThatAreNone(double logprob) {
    assertThat(passes(new Candidate("x", List.of(120), logprob))).isFalse();
  }

  @Test
  void refusesTokensLongerThanAnyVocabularyHas() {
    assertThat(passes(new Candidate("x", Collections.nCopies(1_024, 120), -1))).isTrue();
    assertThat(passes(new Candidate("x", Collections.nCopies(1_025, 120), -1))).isFalse();
    assertThat(passes(new Candidate("x".repeat(1_025), List.of(120), -1))).isFalse();
  }
}
