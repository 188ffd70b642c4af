// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import java.util.Optional;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.CertificatePayload;

/// The writer says what a vote decided. Everybody recounts it: a certificate that says something
/// else is refused.
///
/// @param roll digest of who might vote, with their capacities
/// @param winner the proposal to adopt; empty when the model in use stays
/// @param beacon the bytes that break the last tie, made of the salts of all revealed ballots
public record Certificate(Digest proposal, Digest roll, Optional<Digest> winner, Digest beacon)
    implements GovernanceRecord {
  static final String TYPE = "certificate";

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    CertificatePayload.Builder payload =
        CertificatePayload.newBuilder()
            .setProposal(Fields.bytes(proposal))
            .setRoll(Fields.bytes(roll))
            .setBeacon(Fields.bytes(beacon));
    winner.ifPresent(adopted -> payload.setWinner(Fields.bytes(adopted)));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the record.
  public static Certificate open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, CertificatePayload.parser(), Certificate::decode);
  }

  private static Certificate decode(CertificatePayload payload) throws ProtocolException {
    return new Certificate(
        Fields.digest(payload.getProposal()),
        Fields.digest(payload.getRoll()),
        Fields.digestIfAny(payload.getWinner()),
        Fields.digest(payload.getBeacon()));
  }
}
