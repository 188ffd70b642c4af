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
import org.peermind.protocol.wire.CommitsClosedPayload;

/// The aggregator takes no more commitments; who is bound now uploads.
///
/// @param uploadingUntil when updates must be in
public record CommitsClosed(Digest round, Digest previous, Instant uploadingUntil)
    implements RoundMessage {
  static final String TYPE = "round-commits";

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    CommitsClosedPayload.Builder payload =
        CommitsClosedPayload.newBuilder()
            .setRound(Fields.bytes(round))
            .setPrevious(Fields.bytes(previous));
    payload.setUploadingUntilMs(uploadingUntil.toEpochMilli());
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the message.
  public static CommitsClosed open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, CommitsClosedPayload.parser(), CommitsClosed::decode);
  }

  private static CommitsClosed decode(CommitsClosedPayload payload) throws ProtocolException {
    return new CommitsClosed(
        Fields.digest(payload.getRound()),
        Fields.digest(payload.getPrevious()),
        Payloads.instant(payload.getUploadingUntilMs()));
  }
}
