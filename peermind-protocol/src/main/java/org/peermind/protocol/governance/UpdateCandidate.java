// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.UpdateCheckpointPayload;

/// A federated update that passed its gate, for the voters of a network whose rules ask them
/// ([Rules#updatesByVote]). It is in use only after the [UpdateCheckpoint] that says the same.
public record UpdateCandidate(UpdateCheckpoint update) implements GovernanceRecord {
  static final String TYPE = "update-candidate";

  public UpdateCandidate {
    Fields.check(update.adapter().isPresent(), "the bare model is no new update");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    return SignedEnvelope.seal(key, TYPE, update.payload().toByteArray());
  }

  /// Verifies and reads the record.
  public static UpdateCandidate open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, UpdateCheckpointPayload.parser(), UpdateCandidate::decode);
  }

  private static UpdateCandidate decode(UpdateCheckpointPayload payload) throws ProtocolException {
    return new UpdateCandidate(UpdateCheckpoint.decode(payload));
  }
}
