// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.EmergencyStopPayload;

/// A voter or the writer wants a model to be used no more, at once.
public record EmergencyStop(Digest genesis, ModelHash model, String reason)
    implements GovernanceRecord {
  static final String TYPE = "emergency-stop";

  public EmergencyStop {
    Fields.text(reason, Fields.SENTENCE_CHARACTERS_MAX, "the reason");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    EmergencyStopPayload.Builder payload =
        EmergencyStopPayload.newBuilder()
            .setGenesis(Fields.bytes(genesis))
            .setModel(Fields.bytes(model))
            .setReason(reason);
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the record.
  public static EmergencyStop open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, EmergencyStopPayload.parser(), EmergencyStop::decode);
  }

  private static EmergencyStop decode(EmergencyStopPayload payload) throws ProtocolException {
    return new EmergencyStop(
        Fields.digest(payload.getGenesis()), Fields.model(payload.getModel()), payload.getReason());
  }
}
