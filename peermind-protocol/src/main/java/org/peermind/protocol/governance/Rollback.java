// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import java.util.List;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.RollbackPayload;

/// The writer returns to the model before, because the health watch asked for it.
public record Rollback(Digest proposal, Cause cause, String reason) implements GovernanceRecord {
  static final String TYPE = "rollback";

  /// What the health watch saw; new constants go to the end.
  public enum Cause {
    ERRORS,
    LATENCY,
    ENERGY,
    ACCURACY,
    CRASHES
  }

  public Rollback {
    Fields.text(reason, Fields.SENTENCE_CHARACTERS_MAX, "the reason");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    RollbackPayload.Builder payload =
        RollbackPayload.newBuilder()
            .setProposal(Fields.bytes(proposal))
            .setCause(Fields.code(cause))
            .setReason(reason);
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the record.
  public static Rollback open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, RollbackPayload.parser(), Rollback::decode);
  }

  private static Rollback decode(RollbackPayload payload) throws ProtocolException {
    return new Rollback(
        Fields.digest(payload.getProposal()),
        Fields.choice(List.of(Cause.values()), payload.getCause(), "a cause"),
        payload.getReason());
  }
}
