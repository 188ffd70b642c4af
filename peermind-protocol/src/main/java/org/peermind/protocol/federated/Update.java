// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.UpdatePayload;

/// A member gives its update; the vector itself travels beside it.
///
/// @param vector SHA-256 of the vector's bytes
public record Update(Digest round, Digest previous, Digest vector) implements RoundMessage {
  static final String TYPE = "update";

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    UpdatePayload.Builder payload =
        UpdatePayload.newBuilder()
            .setRound(Fields.bytes(round))
            .setPrevious(Fields.bytes(previous));
    payload.setVector(Fields.bytes(vector));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the message.
  public static Update open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, UpdatePayload.parser(), Update::decode);
  }

  private static Update decode(UpdatePayload payload) throws ProtocolException {
    return new Update(
        Fields.digest(payload.getRound()),
        Fields.digest(payload.getPrevious()),
        Fields.digest(payload.getVector()));
  }
}
