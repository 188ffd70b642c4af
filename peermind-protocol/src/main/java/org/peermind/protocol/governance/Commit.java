// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import java.util.List;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.CommitPayload;

/// A sealed ballot or report: the [Digest] of the envelope that will open it.
///
/// @param sequence of a ballot, from 1; a higher one replaces a lower one until the deadline. 0 for
///   a report, of which there is one
public record Commit(Kind kind, Digest proposal, long sequence, Digest commitment)
    implements GovernanceRecord {
  static final String EVALUATION_TYPE = "evaluation-commit";
  static final String BALLOT_TYPE = "ballot-commit";

  /// What is sealed.
  public enum Kind {
    EVALUATION,
    BALLOT
  }

  public Commit {
    switch (kind) {
      case EVALUATION -> Fields.within(sequence, 0, 0, "the sequence of a report");
      case BALLOT ->
          Fields.within(sequence, 1, BallotReveal.SEQUENCE_MAX, "the sequence of a ballot");
    }
  }

  /// Whether both cannot be of one honest author.
  public boolean contradicts(Commit other) {
    return kind == other.kind
        && proposal.equals(other.proposal)
        && sequence == other.sequence
        && !commitment.equals(other.commitment);
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    return SignedEnvelope.seal(
        key,
        type(kind),
        CommitPayload.newBuilder()
            .setProposal(Fields.bytes(proposal))
            .setSequence(sequence)
            .setCommitment(Fields.bytes(commitment))
            .build()
            .toByteArray());
  }

  private static String type(Kind kind) {
    return switch (kind) {
      case EVALUATION -> EVALUATION_TYPE;
      case BALLOT -> BALLOT_TYPE;
    };
  }

  /// Verifies and reads the record.
  public static Commit open(SignedEnvelope envelope) throws ProtocolException {
    String type = envelope.wire().getType();
    for (Kind kind : List.of(Kind.values())) {
      if (type.equals(type(kind))) {
        return Payloads.open(
            envelope, type, CommitPayload.parser(), payload -> decode(kind, payload));
      }
    }
    throw new ProtocolException("an envelope holds no sealed ballot or report");
  }

  private static Commit decode(Kind kind, CommitPayload payload) throws ProtocolException {
    return new Commit(
        kind,
        Fields.digest(payload.getProposal()),
        payload.getSequence(),
        Fields.digest(payload.getCommitment()));
  }
}
