// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;

/// What a leaf of the ledger about a network's rules says; the author is the envelope's.
public sealed interface GovernanceRecord
    permits Genesis,
        Vouch,
        KeyRotation,
        Proposal,
        Sponsor,
        Commit,
        EvaluationReveal,
        BallotReveal,
        Certificate,
        Ready,
        Stage,
        Rollback,
        EmergencyStop,
        UpdateCheckpoint,
        UpdateCandidate,
        UpdateBallot,
        Misbehaviour {

  /// Verifies the signature and reads the record that the envelope's type names.
  ///
  /// @throws ProtocolException when the type is another, the signature is wrong or a bound is
  ///   broken
  static GovernanceRecord open(SignedEnvelope envelope) throws ProtocolException {
    return switch (envelope.wire().getType()) {
      case Genesis.TYPE -> Genesis.open(envelope);
      case Vouch.TYPE -> Vouch.open(envelope);
      case KeyRotation.TYPE -> KeyRotation.open(envelope);
      case Proposal.TYPE -> Proposal.open(envelope);
      case Sponsor.TYPE -> Sponsor.open(envelope);
      case Commit.EVALUATION_TYPE, Commit.BALLOT_TYPE -> Commit.open(envelope);
      case EvaluationReveal.TYPE -> EvaluationReveal.open(envelope);
      case BallotReveal.TYPE -> BallotReveal.open(envelope);
      case Certificate.TYPE -> Certificate.open(envelope);
      case Ready.TYPE -> Ready.open(envelope);
      case Stage.TYPE -> Stage.open(envelope);
      case Rollback.TYPE -> Rollback.open(envelope);
      case EmergencyStop.TYPE -> EmergencyStop.open(envelope);
      case UpdateCheckpoint.TYPE -> UpdateCheckpoint.open(envelope);
      case UpdateCandidate.TYPE -> UpdateCandidate.open(envelope);
      case UpdateBallot.TYPE -> UpdateBallot.open(envelope);
      case Misbehaviour.TYPE -> Misbehaviour.open(envelope);
      default -> throw new ProtocolException("an envelope holds no record of the ledger");
    };
  }

  /// Signs the record for the ledger.
  SignedEnvelope sign(IdentityKey key);
}
