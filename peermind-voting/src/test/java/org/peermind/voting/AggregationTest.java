// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.protocol.governance.Rules;

class AggregationTest {
  private static final Rules RULES = Rules.bootstrap(List.of("Apache-2.0"));

  /// 125 % of the incumbent's are allowed, and any time that nobody notices.
  @ParameterizedTest
  @CsvSource({
    "4, 7, true",
    "4, 54, true",
    "4, 55, false",
    "400, 500, true",
    "400, 501, false",
    "1000, 1100, true"
  })
  void failsAModelWhoseFirstTokensAreNoticeablyLater(
      long incumbent, long candidate, boolean passes) {
    List<EvaluationReveal> reports =
        IntStream.range(0, 3).mapToObj(_ -> report(incumbent, candidate)).toList();
    Aggregation aggregation =
        Aggregation.of(reports, 3, RULES, OptionalInt.empty(), digest("seed"));

    assertThat(aggregation.failed().isEmpty()).isEqualTo(passes);
    assertThat(aggregation.latency()).isPresent();
  }

  private static EvaluationReveal report(long incumbentMillis, long candidateMillis) {
    return new EvaluationReveal(
        digest("proposal"),
        digest("salt"),
        digest("ledger"),
        digest("items"),
        digest("tokens"),
        8_192,
        20,
        Town.figures(1_000, incumbentMillis, OptionalLong.empty(), 20),
        Town.figures(1_000, candidateMillis, OptionalLong.empty(), 20));
  }

  private static Digest digest(String text) {
    return Digest.over(text.getBytes(StandardCharsets.UTF_8));
  }
}
