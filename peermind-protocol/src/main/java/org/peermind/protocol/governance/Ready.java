// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.ReadyPayload;

/// A node has the adopted model, checked and tried, and can switch to it.
public record Ready(Digest proposal, ModelHash model) implements GovernanceRecord {
  static final String TYPE = "ready";

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    ReadyPayload.Builder payload =
        ReadyPayload.newBuilder().setProposal(Fields.bytes(proposal)).setModel(Fields.bytes(model));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the record.
  public static Ready open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, ReadyPayload.parser(), Ready::decode);
  }

  private static Ready decode(ReadyPayload payload) throws ProtocolException {
    return new Ready(Fields.digest(payload.getProposal()), Fields.model(payload.getModel()));
  }
}
