// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.List;
import org.peermind.inference.TokenLogprob;

/// Probabilities of tokens in the form of a chat completion's `logprobs`, whose tokens the
/// Responses API has too.
final class ChatLogprobs {
  /// What OpenAI's service writes for a token that is all but impossible; JSON has no infinity.
  static final double LOGPROB_MIN = -9_999;

  private final StringBuilder tokens = new StringBuilder();

  void add(List<TokenLogprob> logprobs) {
    for (TokenLogprob logprob : logprobs) {
      tokens.append(tokens.isEmpty() ? "{" : ",{");
      candidate(logprob.token());
      tokens.append(",\"top_logprobs\":[");
      String separator = "{";
      for (TokenLogprob.Candidate candidate : logprob.top()) {
        tokens.append(separator);
        candidate(candidate);
        tokens.append('}');
        separator = ",{";
      }
      tokens.append("]}");
    }
  }

  private void candidate(TokenLogprob.Candidate candidate) {
    tokens
        .append("\"token\":")
        .append(ApiJson.quoted(new WholeCharacters().take(candidate.text())))
        .append(",\"logprob\":")
        .append(number(candidate.logprob()))
        .append(",\"bytes\":[");
    String separator = "";
    for (int value : candidate.bytes()) {
      tokens.append(separator).append(value);
      separator = ",";
    }
    tokens.append(']');
  }

  static double number(double logprob) {
    return logprob >= LOGPROB_MIN ? Math.min(logprob, 0) + 0.0 : LOGPROB_MIN;
  }

  int characters() {
    return tokens.length();
  }

  /// The object.
  String json() {
    return "{\"content\":" + array() + ",\"refusal\":null}";
  }

  /// The tokens alone.
  String array() {
    return "[" + tokens + "]";
  }
}
