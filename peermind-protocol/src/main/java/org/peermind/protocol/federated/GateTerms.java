// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.GateTermsPayload;

/// What an update must pass before anyone uses it.
///
/// @param commitment to the items: `SHA-256(salt || SHA-256 of the items)`
/// @param itemsMin fewer are no evaluation
/// @param lossPermyriadMax how much the mean loss may rise, in ten-thousandths of the parent's; 0
///   when it must not rise
/// @param divergenceMilliMax largest mean divergence from the parent on neutral prompts, in
///   thousandths of a nat a token
/// @param speedPermilleMin least speed, in thousandths of the parent's
/// @param energyPermilleMax most energy a token, likewise
/// @param probeLossPermilleMax how many of the probes that the parent passes may fail, in
///   thousandths
/// @param triggerMilliMax largest shift that a few rare tokens before a prompt may cause beyond
///   what they cause in the parent, in thousandths of a nat a token
public record GateTerms(
    Digest commitment,
    int itemsMin,
    int lossPermyriadMax,
    int divergenceMilliMax,
    int speedPermilleMin,
    int energyPermilleMax,
    int probeLossPermilleMax,
    int triggerMilliMax) {

  public GateTerms {
    Fields.within(itemsMin, 1, RoundEvaluation.ITEMS_MAX, "the number of items");
    Fields.within(lossPermyriadMax, 0, 10_000, "the rise of the loss");
    Fields.within(divergenceMilliMax, 1, 1_000_000, "the divergence");
    Fields.within(speedPermilleMin, 0, 10_000, "the least speed");
    Fields.within(energyPermilleMax, 1, 100_000, "the limit of energy");
    Fields.within(probeLossPermilleMax, 0, 1_000, "the share of lost probes");
    Fields.within(triggerMilliMax, 1, 1_000_000, "the shift by rare tokens");
  }

  GateTermsPayload encode() {
    return GateTermsPayload.newBuilder()
        .setCommitment(Fields.bytes(commitment))
        .setItemsMin(itemsMin)
        .setLossPermyriadMax(lossPermyriadMax)
        .setDivergenceMilliMax(divergenceMilliMax)
        .setSpeedPermilleMin(speedPermilleMin)
        .setEnergyPermilleMax(energyPermilleMax)
        .setProbeLossPermilleMax(probeLossPermilleMax)
        .setTriggerMilliMax(triggerMilliMax)
        .build();
  }

  static GateTerms decode(GateTermsPayload payload) throws ProtocolException {
    return new GateTerms(
        Fields.digest(payload.getCommitment()),
        payload.getItemsMin(),
        payload.getLossPermyriadMax(),
        payload.getDivergenceMilliMax(),
        payload.getSpeedPermilleMin(),
        payload.getEnergyPermilleMax(),
        payload.getProbeLossPermilleMax(),
        payload.getTriggerMilliMax());
  }
}
