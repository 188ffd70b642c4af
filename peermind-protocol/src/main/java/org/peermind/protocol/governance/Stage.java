// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import java.util.List;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.StagePayload;

/// The writer moves an adopted model on.
public record Stage(Digest proposal, Step step) implements GovernanceRecord {
  static final String TYPE = "stage";

  /// What share of the traffic the new model answers; new constants go to the end.
  public enum Step {
    FIVE_PERCENT,
    QUARTER,
    ALL,
    DONE
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    StagePayload.Builder payload =
        StagePayload.newBuilder().setProposal(Fields.bytes(proposal)).setStep(Fields.code(step));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the record.
  public static Stage open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, StagePayload.parser(), Stage::decode);
  }

  private static Stage decode(StagePayload payload) throws ProtocolException {
    return new Stage(
        Fields.digest(payload.getProposal()),
        Fields.choice(List.of(Step.values()), payload.getStep(), "a stage"));
  }
}
