// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.voting.Duty;

/// Signs this node's reports and ballots and keeps them, before their commitments go out.
final class Sealer {
  private static final int SALT_BYTES = 32;

  private final SealedFiles files;
  private final IdentityKey identity;
  private final RandomGenerator random;

  /// @param random a `SecureRandom`: whoever guesses a salt can open what is sealed
  Sealer(SealedFiles files, IdentityKey identity, RandomGenerator random) {
    this.files = files;
    this.identity = identity;
    this.random = random;
  }

  /// A ballot that is kept.
  record Ballot(long sequence, SignedEnvelope record) {
    SignedEnvelope commit(Digest vote, IdentityKey key) {
      return new Commit(Commit.Kind.BALLOT, vote, sequence, Digest.of(record)).sign(key);
    }
  }

  /// Keeps the report about a proposal. There is one for each, so an earlier one stays.
  void keepReport(Duty.Evaluate duty, Evaluation.Measured measured) throws IOException {
    EvaluationReveal report =
        new EvaluationReveal(
            duty.proposal(),
            salt(),
            duty.ledger(),
            duty.itemSeed(),
            measured.tokensRoot(),
            measured.deviceMib(),
            measured.items(),
            measured.incumbent(),
            measured.candidate());
    files.keep(SealedFiles.Place.report(duty.proposal()), report.sign(identity));
  }

  /// The commitment to the report that is kept.
  Optional<SignedEnvelope> reportCommit(Digest proposal) throws IOException {
    return files
        .find(SealedFiles.Place.report(proposal))
        .map(
            report ->
                new Commit(Commit.Kind.EVALUATION, proposal, 0, Digest.of(report)).sign(identity));
  }

  /// Keeps the ballot that is wanted. One that says the same is used again; another one gets a
  /// number that nothing was ever sealed under.
  ///
  /// @param options that may be voted for
  /// @param sealed what the ledger has of this node in this vote
  Ballot ballot(Digest vote, List<Digest> options, BallotWish wish, Optional<Commit> sealed)
      throws IOException {
    long inLedger = sealed.map(Commit::sequence).orElse(0L);
    long last = files.lastBallot(vote).orElse(0);
    if (last > 0 && last >= inLedger) {
      Optional<SignedEnvelope> kept = readable(SealedFiles.Place.ballot(vote, last));
      if (kept.isPresent() && says(kept.get(), options, wish)) {
        return new Ballot(last, kept.get());
      }
    }
    long next = Math.max(last, inLedger) + 1;
    BallotReveal ballot =
        new BallotReveal(vote, next, salt(), wish.ranks(options), wish.objections(options));
    return new Ballot(
        next, files.keep(SealedFiles.Place.ballot(vote, next), ballot.sign(identity)));
  }

  /// A ballot that is damaged is replaced by one of a higher number.
  private Optional<SignedEnvelope> readable(SealedFiles.Place place) {
    try {
      return files.find(place);
    } catch (IOException damaged) {
      return Optional.empty();
    }
  }

  private static boolean says(SignedEnvelope kept, List<Digest> options, BallotWish wish) {
    try {
      BallotReveal ballot = BallotReveal.open(kept);
      return ballot.ranks().equals(wish.ranks(options))
          && ballot.objections().equals(wish.objections(options));
    } catch (ProtocolException unreadable) {
      return false;
    }
  }

  private Digest salt() {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    return Digest.over(salt);
  }
}
