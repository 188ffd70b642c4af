// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.util.List;
import java.util.OptionalInt;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.TokenLogprob.Candidate;
import org.peermind.node.query.AttemptEvent.Tokens;

/// Whether the probabilities that a worker sent are as many as were asked for, and can be
/// probabilities. Whether they are true, nobody can tell without computing them again.
final class LogprobCheck {
  /// Far more than the longest token of any vocabulary has.
  static final int BYTES_PER_TOKEN_MAX = 1_024;

  /// What rounding may add to the logarithm of 1.
  private static final double ABOVE_ZERO_MAX = 1e-3;

  private LogprobCheck() {}

  /// @param asked how many likely tokens are to be told for each one; empty means no probabilities
  static boolean passes(Tokens tokens, OptionalInt asked) {
    List<TokenLogprob> logprobs = tokens.logprobs();
    if (asked.isEmpty()) {
      return logprobs.isEmpty();
    }
    return logprobs.size() == tokens.ids().size()
        && logprobs.stream()
            .allMatch(
                logprob ->
                    logprob.top().size() <= asked.getAsInt()
                        && passes(logprob.token())
                        && logprob.top().stream().allMatch(LogprobCheck::passes));
  }

  /// A probability of 0 is one, so that its logarithm may be minus infinity.
  private static boolean passes(Candidate candidate) {
    return candidate.logprob() <= ABOVE_ZERO_MAX
        && candidate.bytes().size() <= BYTES_PER_TOKEN_MAX
        && candidate.text().length() <= BYTES_PER_TOKEN_MAX;
  }
}
