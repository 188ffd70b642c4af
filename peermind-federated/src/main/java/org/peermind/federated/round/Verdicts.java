// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import java.util.Comparator;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.federated.RoundEvaluation;
import org.peermind.protocol.governance.Fields;

/// Why the evaluations let an update through or not, in a sentence.
final class Verdicts {
  private Verdicts() {}

  static String reason(Round round) {
    long passed = round.evaluations().values().stream().filter(RoundEvaluation::passed).count();
    String count =
        "%d of %d evaluations let it through".formatted(passed, round.evaluations().size());
    if (round.verdict() == RoundClose.End.PASSED) {
      return count + ".";
    }
    if (3L * round.evaluations().size() < 2L * round.included().size()) {
      return "Only %d members evaluated it, fewer than two thirds of %d."
          .formatted(round.evaluations().size(), round.included().size());
    }
    Map<String, Long> reasons =
        round.evaluations().values().stream()
            .flatMap(one -> one.reasons().stream())
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    String most =
        reasons.entrySet().stream()
            .max(
                Map.Entry.<String, Long>comparingByValue()
                    .thenComparing(Map.Entry::getKey, Comparator.reverseOrder()))
            .map(entry -> ": " + entry.getKey())
            .orElse(".");
    String sentence = count + most;
    return sentence.length() <= Fields.SENTENCE_CHARACTERS_MAX
        ? sentence
        : sentence.substring(0, Fields.SENTENCE_CHARACTERS_MAX);
  }
}
