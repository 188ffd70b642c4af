// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;

/// The chain of digests over a round's messages, signatures included: a changed bit anywhere gives
/// another head, or a signature that is none.
public final class Transcripts {
  /// Most messages of a round: four of each member, four of the aggregator, and the descriptor.
  public static final int MESSAGES_MAX = 4 * 256 + 5;

  private static final byte[] DOMAIN = "peermind/v1/transcript\0".getBytes(StandardCharsets.UTF_8);

  private Transcripts() {}

  static Digest first(SignedEnvelope opening) {
    return Digest.over(DOMAIN, opening.wire().toByteArray());
  }

  static Digest next(Digest head, SignedEnvelope message) {
    return Digest.over(head.toBytes(), message.wire().toByteArray());
  }

  /// Checks messages from the descriptor on: each signature, each step, the chain.
  ///
  /// @return the round, or a refusal that says which message is wrong and why
  public static Round.Outcome replay(List<SignedEnvelope> messages) {
    if (messages.isEmpty() || messages.size() > MESSAGES_MAX) {
      return new Round.Outcome.Refused(
          "A transcript has from 1 to " + MESSAGES_MAX + " messages.", Optional.empty());
    }
    Round.Outcome outcome = Round.begin(messages.getFirst());
    for (int index = 1; index < messages.size(); index++) {
      if (!(outcome instanceof Round.Outcome.Accepted(Round round))) {
        return outcome;
      }
      outcome =
          switch (round.after(messages.get(index))) {
            case Round.Outcome.Accepted accepted -> accepted;
            case Round.Outcome.Refused(String sentence, var proof) ->
                new Round.Outcome.Refused("Message " + index + ": " + sentence, proof);
          };
    }
    return outcome;
  }
}
