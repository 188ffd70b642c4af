// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import java.util.Optional;
import org.peermind.protocol.wire.OfferReplyPayload;

/// An inferer's answer to a referee's offer, signed by the inferer: it alone decides about its
/// capacity (design section 6).
///
/// @param nonce of an acceptance, drawn for it; empty means declined
/// @param reason of a decline, one sentence; empty for an acceptance
public record OfferReply(Id16 offer, Optional<Id16> nonce, String reason) {
  private static final String TYPE = "offer-reply";
  private static final int REASON_CHARACTERS_MAX = 300;

  public static OfferReply accepted(Id16 offer, Id16 nonce) {
    return new OfferReply(offer, Optional.of(nonce), "");
  }

  public static OfferReply declined(Id16 offer, String reason) {
    return new OfferReply(offer, Optional.empty(), reason);
  }

  public SignedEnvelope sign(IdentityKey key) {
    OfferReplyPayload.Builder payload =
        OfferReplyPayload.newBuilder()
            .setOffer(ByteString.copyFrom(offer.toBytes()))
            .setAccepted(nonce.isPresent())
            .setReason(reason);
    nonce.ifPresent(id -> payload.setNonce(ByteString.copyFrom(id.toBytes())));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads a reply; whose it is says [SignedEnvelope#signer()].
  public static OfferReply open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(
        envelope,
        TYPE,
        OfferReplyPayload.parser(),
        payload ->
            new OfferReply(
                Id16.ofBytes(payload.getOffer().toByteArray()),
                payload.getAccepted()
                    ? Optional.of(Id16.ofBytes(payload.getNonce().toByteArray()))
                    : Optional.empty(),
                Payloads.text(payload.getReason(), REASON_CHARACTERS_MAX, "the reason")));
  }
}
