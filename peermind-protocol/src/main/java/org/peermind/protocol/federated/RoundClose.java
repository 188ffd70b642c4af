// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import java.util.List;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.RoundClosePayload;

/// The aggregator ends a round.
public record RoundClose(Digest round, Digest previous, End end, String reason)
    implements RoundMessage {
  static final String TYPE = "round-close";

  /// How it ended; new constants go to the end.
  public enum End {
    /// The gate let the update through.
    PASSED,
    /// It did not; the parent stays.
    FAILED,
    /// Too few took part.
    ABORTED
  }

  public RoundClose {
    Fields.text(reason, Fields.SENTENCE_CHARACTERS_MAX, "the reason");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    RoundClosePayload.Builder payload =
        RoundClosePayload.newBuilder()
            .setRound(Fields.bytes(round))
            .setPrevious(Fields.bytes(previous));
    payload.setEnd(Fields.code(end)).setReason(reason);
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the message.
  public static RoundClose open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, RoundClosePayload.parser(), RoundClose::decode);
  }

  private static RoundClose decode(RoundClosePayload payload) throws ProtocolException {
    return new RoundClose(
        Fields.digest(payload.getRound()),
        Fields.digest(payload.getPrevious()),
        Fields.choice(List.of(End.values()), payload.getEnd(), "an end"),
        payload.getReason());
  }
}
