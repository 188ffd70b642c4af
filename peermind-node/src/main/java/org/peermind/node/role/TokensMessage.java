// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.peermind.inference.TokenLogprob;
import org.peermind.protocol.wire.TokenCandidate;
import org.peermind.protocol.wire.TokenProbability;

/// The probabilities of an answer's tokens as they travel sealed.
final class TokensMessage {
  private TokensMessage() {}

  static List<TokenProbability> of(List<TokenLogprob> logprobs) {
    return logprobs.stream()
        .map(
            logprob ->
                TokenProbability.newBuilder()
                    .setToken(of(logprob.token()))
                    .addAllTop(logprob.top().stream().map(TokensMessage::of).toList())
                    .build())
        .toList();
  }

  private static TokenCandidate of(TokenLogprob.Candidate candidate) {
    byte[] bytes = new byte[candidate.bytes().size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = candidate.bytes().get(i).byteValue();
    }
    return TokenCandidate.newBuilder()
        .setBytes(ByteString.copyFrom(bytes))
        .setLogprob(candidate.logprob())
        .build();
  }

  static List<TokenLogprob> logprobs(List<TokenProbability> probabilities) {
    return probabilities.stream()
        .map(
            probability ->
                new TokenLogprob(
                    candidate(probability.getToken()),
                    probability.getTopList().stream().map(TokensMessage::candidate).toList()))
        .toList();
  }

  private static TokenLogprob.Candidate candidate(TokenCandidate candidate) {
    List<Integer> bytes = new ArrayList<>();
    for (byte value : candidate.getBytes().toByteArray()) {
      bytes.add(value & 0xff);
    }
    String text = new String(candidate.getBytes().toByteArray(), StandardCharsets.UTF_8);
    return new TokenLogprob.Candidate(text, bytes, candidate.getLogprob());
  }
}
