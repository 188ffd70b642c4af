// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import java.util.ArrayList;
import java.util.List;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.BallotRevealPayload;
import org.peermind.protocol.wire.ObjectionPayload;

/// An opened ballot; its name is what its commitment said.
///
/// @param sequence of the commitment that it opens
/// @param salt 32 random bytes, so that nobody guesses a sealed ballot
/// @param ranks one for each candidate in the order of their proposals, and then for `KEEP`; 0 is
///   unranked, smaller is better
public record BallotReveal(
    Digest proposal, long sequence, Digest salt, List<Integer> ranks, List<Objection> objections)
    implements GovernanceRecord {
  static final String TYPE = "ballot-reveal";

  /// Candidates of one vote and `KEEP`.
  public static final int OPTIONS_MAX = 8;

  /// Largest sequence of a ballot that may be changed.
  public static final long SEQUENCE_MAX = 1_000_000;

  private static final int RANK_MAX = 1_000;

  /// Why a candidate must not be adopted, whatever others prefer; published with the ballot.
  public record Objection(int candidate, Ground ground, String reason) {
    public Objection {
      Fields.text(reason, Fields.SENTENCE_CHARACTERS_MAX, "the reason");
    }
  }

  /// The only grounds on which a candidate can be stopped; new constants go to the end.
  public enum Ground {
    SECURITY,
    LICENCE
  }

  public BallotReveal {
    ranks = List.copyOf(ranks);
    objections = List.copyOf(objections);
    Fields.within(sequence, 1, SEQUENCE_MAX, "the sequence of a ballot");
    Fields.within(ranks.size(), 2, OPTIONS_MAX, "the number of options");
    ranks.forEach(rank -> Fields.within(rank, 0, RANK_MAX, "a rank"));
    int candidates = ranks.size() - 1;
    Fields.within(objections.size(), 0, candidates, "the number of objections");
    objections.forEach(
        one -> Fields.within(one.candidate(), 0, candidates - 1, "the candidate objected to"));
    Fields.check(
        objections.stream().map(Objection::candidate).distinct().count() == objections.size(),
        "a ballot objects to a candidate twice");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    BallotRevealPayload.Builder payload =
        BallotRevealPayload.newBuilder()
            .setProposal(Fields.bytes(proposal))
            .setSequence(sequence)
            .setSalt(Fields.bytes(salt))
            .addAllRanks(ranks);
    objections.forEach(
        one ->
            payload.addObjections(
                ObjectionPayload.newBuilder()
                    .setCandidate(one.candidate())
                    .setGround(Fields.code(one.ground()))
                    .setReason(one.reason())));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the record.
  public static BallotReveal open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, BallotRevealPayload.parser(), BallotReveal::decode);
  }

  private static BallotReveal decode(BallotRevealPayload payload) throws ProtocolException {
    List<Objection> objections = new ArrayList<>();
    for (ObjectionPayload one : payload.getObjectionsList()) {
      objections.add(
          new Objection(
              one.getCandidate(),
              Fields.choice(List.of(Ground.values()), one.getGround(), "a ground"),
              one.getReason()));
    }
    return new BallotReveal(
        Fields.digest(payload.getProposal()),
        payload.getSequence(),
        Fields.digest(payload.getSalt()),
        payload.getRanksList(),
        objections);
  }
}
