// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.UpdateBallotPayload;

/// What a voter says of a federated update that waits for votes. A later ballot of the same voter
/// replaces it.
///
/// @param candidate name of the record of [UpdateCandidate]
/// @param accept whether the network should serve its model with it
/// @param reason for people
public record UpdateBallot(Digest genesis, Digest candidate, boolean accept, String reason)
    implements GovernanceRecord {
  static final String TYPE = "update-ballot";

  public UpdateBallot {
    Fields.text(reason, Fields.SENTENCE_CHARACTERS_MAX, "the reason");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    UpdateBallotPayload payload =
        UpdateBallotPayload.newBuilder()
            .setGenesis(Fields.bytes(genesis))
            .setCandidate(Fields.bytes(candidate))
            .setAccept(accept)
            .setReason(reason)
            .build();
    return SignedEnvelope.seal(key, TYPE, payload.toByteArray());
  }

  /// Verifies and reads the record.
  public static UpdateBallot open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, UpdateBallotPayload.parser(), UpdateBallot::decode);
  }

  private static UpdateBallot decode(UpdateBallotPayload payload) throws ProtocolException {
    return new UpdateBallot(
        Fields.digest(payload.getGenesis()),
        Fields.digest(payload.getCandidate()),
        payload.getAccept(),
        payload.getReason());
  }
}
