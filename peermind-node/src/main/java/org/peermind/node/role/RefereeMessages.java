// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import com.google.protobuf.ByteString;
import org.peermind.protocol.Id16;
import org.peermind.protocol.wire.AssignRefused;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Offer;
import org.peermind.protocol.wire.OfferWithdrawn;
import org.peermind.protocol.wire.Queued;
import org.peermind.referee.RefereeEffect;

/// How a referee says what its core decided.
final class RefereeMessages {
  private RefereeMessages() {}

  static Down of(RefereeEffect.SendOffer offer) {
    return Down.newBuilder()
        .setOffer(
            Offer.newBuilder()
                .setOffer(bytes(offer.offer()))
                .setModelSha256(ByteString.copyFrom(offer.model().toBytes()))
                .setPromptBytes(offer.promptBytes())
                .setTokensMax(offer.tokensMax())
                .setExpiresMs(offer.expires().toEpochMilli()))
        .build();
  }

  static Down withdrawn(Id16 offer) {
    return Down.newBuilder()
        .setOfferWithdrawn(OfferWithdrawn.newBuilder().setOffer(bytes(offer)))
        .build();
  }

  static Down of(RefereeEffect.Queued queued) {
    return Down.newBuilder()
        .setQueued(
            Queued.newBuilder()
                .setRequest(bytes(queued.request()))
                .setPosition(queued.position())
                .setExpectedWaitMs((int) queued.expectedWait().toMillis()))
        .build();
  }

  static Down of(RefereeEffect.Refuse refuse) {
    return Down.newBuilder()
        .setAssignRefused(
            AssignRefused.newBuilder()
                .setRequest(bytes(refuse.request()))
                .setCode(refuse.code().text())
                .setReason(refuse.sentence())
                .setRetryAfterSeconds(refuse.retryAfterSeconds()))
        .build();
  }

  static ByteString bytes(Id16 id) {
    return ByteString.copyFrom(id.toBytes());
  }
}
