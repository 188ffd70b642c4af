// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import java.util.List;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.RoundEvaluationPayload;

/// What a member found when it tried the new adapter on the gate's items.
///
/// @param items how many were asked
/// @param parentLossMicro mean loss without the update, in millionths
/// @param lossMicro with it
/// @param passed whether the gate lets it through
/// @param reasons why not, in sentences
public record RoundEvaluation(
    Digest round,
    Digest previous,
    int items,
    long parentLossMicro,
    long lossMicro,
    boolean passed,
    List<String> reasons)
    implements RoundMessage {
  static final String TYPE = "round-evaluation";

  /// Most items of one gate.
  public static final int ITEMS_MAX = 4_096;

  /// Most reasons that an evaluator gives.
  public static final int REASONS_MAX = 8;

  /// A loss that is no number.
  public static final long NO_LOSS = -1;

  private static final long LOSS_MAX = 1L << 50;

  public RoundEvaluation {
    reasons = List.copyOf(reasons);
    Fields.within(items, 0, ITEMS_MAX, "the number of items");
    Fields.within(parentLossMicro, -1, LOSS_MAX, "the loss of the parent");
    Fields.within(lossMicro, -1, LOSS_MAX, "the loss");
    Fields.within(reasons.size(), passed ? 0 : 1, passed ? 0 : REASONS_MAX, "the reasons");
    reasons.forEach(one -> Fields.text(one, Fields.SENTENCE_CHARACTERS_MAX, "a reason"));
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    RoundEvaluationPayload.Builder payload =
        RoundEvaluationPayload.newBuilder()
            .setRound(Fields.bytes(round))
            .setPrevious(Fields.bytes(previous));
    payload
        .setItems(items)
        .setParentLossMicro(parentLossMicro)
        .setLossMicro(lossMicro)
        .setPassed(passed)
        .addAllReasons(reasons);
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the message.
  public static RoundEvaluation open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, RoundEvaluationPayload.parser(), RoundEvaluation::decode);
  }

  private static RoundEvaluation decode(RoundEvaluationPayload payload) throws ProtocolException {
    return new RoundEvaluation(
        Fields.digest(payload.getRound()),
        Fields.digest(payload.getPrevious()),
        payload.getItems(),
        payload.getParentLossMicro(),
        payload.getLossMicro(),
        payload.getPassed(),
        payload.getReasonsList());
  }
}
