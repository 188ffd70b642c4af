// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.peermind.inference.TokenLogprob;

/// Probabilities of tokens in the form of a text completion's `logprobs`: four columns.
final class TextLogprobs {
  private final StringBuilder tokens = new StringBuilder();
  private final StringBuilder logprobs = new StringBuilder();
  private final StringBuilder tops = new StringBuilder();
  private final StringBuilder offsets = new StringBuilder();
  private int offset;

  /// @param offset of the first token in the text, in characters
  TextLogprobs(int offset) {
    this.offset = offset;
  }

  void add(List<TokenLogprob> added) {
    for (TokenLogprob logprob : added) {
      String separator = tokens.isEmpty() ? "" : ",";
      String token = text(logprob.token());
      tokens.append(separator).append(ApiJson.quoted(token));
      logprobs.append(separator).append(ChatLogprobs.number(logprob.token().logprob()));
      tops.append(separator).append(top(logprob.top()));
      offsets.append(separator).append(offset);
      offset += token.length();
    }
  }

  /// An object, in which tokens with the same text cannot both stand: the likeliest does.
  private static String top(List<TokenLogprob.Candidate> candidates) {
    if (candidates.isEmpty()) {
      return "null";
    }
    StringBuilder top = new StringBuilder("{");
    Set<String> seen = new HashSet<>();
    for (TokenLogprob.Candidate candidate : candidates) {
      String token = text(candidate);
      if (seen.add(token)) {
        top.append(seen.size() == 1 ? "" : ",")
            .append(ApiJson.quoted(token))
            .append(':')
            .append(ChatLogprobs.number(candidate.logprob()));
      }
    }
    return top.append('}').toString();
  }

  private static String text(TokenLogprob.Candidate candidate) {
    return new WholeCharacters().take(candidate.text());
  }

  /// Where the next token begins.
  int offset() {
    return offset;
  }

  int characters() {
    return tokens.length() + logprobs.length() + tops.length() + offsets.length();
  }

  /// The object.
  String json() {
    return "{\"tokens\":["
        + tokens
        + "],\"token_logprobs\":["
        + logprobs
        + "],\"top_logprobs\":["
        + tops
        + "],\"text_offset\":["
        + offsets
        + "]}";
  }
}
