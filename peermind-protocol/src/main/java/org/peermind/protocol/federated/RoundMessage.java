// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;

/// What is said in a round after its [RoundDescriptor]; the author is the envelope's.
public sealed interface RoundMessage
    permits Enrolment,
        Roster,
        UpdateCommit,
        CommitsClosed,
        Update,
        RoundAggregate,
        RoundEvaluation,
        RoundClose {

  /// Name of the round: the [Digest] of its descriptor.
  Digest round();

  /// The transcript's head that the author had seen.
  Digest previous();

  /// Verifies the signature and reads the message that the envelope's type names.
  ///
  /// @throws ProtocolException when the type is another, the signature is wrong or a bound is
  ///   broken
  static RoundMessage open(SignedEnvelope envelope) throws ProtocolException {
    return switch (envelope.wire().getType()) {
      case Enrolment.TYPE -> Enrolment.open(envelope);
      case Roster.TYPE -> Roster.open(envelope);
      case UpdateCommit.TYPE -> UpdateCommit.open(envelope);
      case CommitsClosed.TYPE -> CommitsClosed.open(envelope);
      case Update.TYPE -> Update.open(envelope);
      case RoundAggregate.TYPE -> RoundAggregate.open(envelope);
      case RoundEvaluation.TYPE -> RoundEvaluation.open(envelope);
      case RoundClose.TYPE -> RoundClose.open(envelope);
      default -> throw new ProtocolException("an envelope holds no message of a round");
    };
  }

  /// Signs the message.
  SignedEnvelope sign(IdentityKey key);
}
