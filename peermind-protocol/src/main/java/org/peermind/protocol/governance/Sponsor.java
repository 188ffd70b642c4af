// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.SponsorPayload;

/// A voter wants a proposal to be evaluated.
public record Sponsor(Digest proposal) implements GovernanceRecord {
  static final String TYPE = "sponsor";

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    SponsorPayload.Builder payload =
        SponsorPayload.newBuilder().setProposal(Fields.bytes(proposal));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the record.
  public static Sponsor open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, SponsorPayload.parser(), Sponsor::decode);
  }

  private static Sponsor decode(SponsorPayload payload) throws ProtocolException {
    return new Sponsor(Fields.digest(payload.getProposal()));
  }
}
