// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import java.time.Instant;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.RosterPayload;

/// The aggregator closes the enrolment: who is enrolled now takes part.
///
/// @param trainingUntil when commitments must be in
public record Roster(Digest round, Digest previous, Instant trainingUntil) implements RoundMessage {
  static final String TYPE = "round-roster";

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    RosterPayload.Builder payload =
        RosterPayload.newBuilder()
            .setRound(Fields.bytes(round))
            .setPrevious(Fields.bytes(previous));
    payload.setTrainingUntilMs(trainingUntil.toEpochMilli());
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the message.
  public static Roster open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, RosterPayload.parser(), Roster::decode);
  }

  private static Roster decode(RosterPayload payload) throws ProtocolException {
    return new Roster(
        Fields.digest(payload.getRound()),
        Fields.digest(payload.getPrevious()),
        Payloads.instant(payload.getTrainingUntilMs()));
  }
}
