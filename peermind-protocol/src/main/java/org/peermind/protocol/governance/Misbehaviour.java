// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.MisbehaviourPayload;

/// Proof that one author sealed two things where it may seal one: two ballots of one sequence, or
/// two reports of one evaluation. Whoever holds both envelopes can prove it.
public record Misbehaviour(Digest genesis, SignedEnvelope first, SignedEnvelope second)
    implements GovernanceRecord {
  static final String TYPE = "misbehaviour";

  /// What was sealed twice, after both signatures were verified.
  ///
  /// @throws ProtocolException when the envelopes do not contradict each other
  public Commit proven() throws ProtocolException {
    Commit one = Commit.open(first);
    Commit other = Commit.open(second);
    if (!first.signer().equals(second.signer()) || !one.contradicts(other)) {
      throw new ProtocolException("the two envelopes do not contradict each other");
    }
    return one;
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    MisbehaviourPayload.Builder payload =
        MisbehaviourPayload.newBuilder()
            .setGenesis(Fields.bytes(genesis))
            .setFirst(first.wire())
            .setSecond(second.wire());
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the record.
  public static Misbehaviour open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, MisbehaviourPayload.parser(), Misbehaviour::decode);
  }

  private static Misbehaviour decode(MisbehaviourPayload payload) throws ProtocolException {
    return new Misbehaviour(
        Fields.digest(payload.getGenesis()),
        SignedEnvelope.of(payload.getFirst()),
        SignedEnvelope.of(payload.getSecond()));
  }
}
