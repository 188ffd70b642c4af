// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.EvaluationRevealPayload;

/// An opened report: a candidate and the model in use, measured in turn on one machine that ran on
/// renewable power. Its name is what its commitment said.
///
/// @param salt 32 random bytes, so that nobody guesses a sealed report
/// @param checkpointRoot digest of the ledger when enough had sponsored the proposal, one part of
///   the seed
/// @param itemSeed by which the items were drawn
/// @param tokensRoot over the tokens of all answers, so that any inferer can check some again
/// @param deviceMib memory that the machine has for a model
/// @param items how many items were asked, the same for both
public record EvaluationReveal(
    Digest proposal,
    Digest salt,
    Digest checkpointRoot,
    Digest itemSeed,
    Digest tokensRoot,
    long deviceMib,
    int items,
    Figures incumbent,
    Figures candidate)
    implements GovernanceRecord {
  static final String TYPE = "evaluation-reveal";

  /// Most items of one evaluation.
  public static final int ITEMS_MAX = 4_096;

  private static final long DEVICE_MIB_MAX = 1L << 30;

  public EvaluationReveal {
    Fields.within(deviceMib, 1, DEVICE_MIB_MAX, "the memory of a machine");
    Fields.within(items, 1, ITEMS_MAX, "the number of items");
    Fields.check(
        incumbent.fits(items) && candidate.fits(items), "there is a bit for each item and no more");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    return SignedEnvelope.seal(
        key,
        TYPE,
        EvaluationRevealPayload.newBuilder()
            .setProposal(Fields.bytes(proposal))
            .setSalt(Fields.bytes(salt))
            .setCheckpointRoot(Fields.bytes(checkpointRoot))
            .setItemSeed(Fields.bytes(itemSeed))
            .setTokensRoot(Fields.bytes(tokensRoot))
            .setDeviceMib(deviceMib)
            .setItems(items)
            .setIncumbent(incumbent.encode(items))
            .setCandidate(candidate.encode(items))
            .build()
            .toByteArray());
  }

  /// Verifies and reads the record.
  public static EvaluationReveal open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(
        envelope, TYPE, EvaluationRevealPayload.parser(), EvaluationReveal::decode);
  }

  private static EvaluationReveal decode(EvaluationRevealPayload payload) throws ProtocolException {
    return new EvaluationReveal(
        Fields.digest(payload.getProposal()),
        Fields.digest(payload.getSalt()),
        Fields.digest(payload.getCheckpointRoot()),
        Fields.digest(payload.getItemSeed()),
        Fields.digest(payload.getTokensRoot()),
        payload.getDeviceMib(),
        payload.getItems(),
        Figures.decode(payload.getIncumbent(), payload.getItems()),
        Figures.decode(payload.getCandidate(), payload.getItems()));
  }
}
