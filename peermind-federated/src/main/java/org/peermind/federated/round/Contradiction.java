// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.RoundMessage;

/// Two messages of one kind that one author signed for one round: honest members sign one. Anyone
/// can check it without the rest of the round.
public record Contradiction(SignedEnvelope first, SignedEnvelope second) {
  /// @throws ProtocolException in a sentence when this proves nothing
  public void prove() throws ProtocolException {
    RoundMessage one = RoundMessage.open(first);
    RoundMessage other = RoundMessage.open(second);
    if (!first.signer().equals(second.signer())) {
      throw new ProtocolException("the messages have two authors");
    }
    if (one.getClass() != other.getClass() || !one.round().equals(other.round())) {
      throw new ProtocolException("the messages are of two kinds or two rounds");
    }
    if (one.equals(other)) {
      throw new ProtocolException("the messages say the same");
    }
  }
}
