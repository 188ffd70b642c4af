// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.protocol.governance.Figures;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Ready;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.protocol.governance.Stage;

/// A network with a writer, some voters and a clock that the test turns, whose ledger a test fills.
final class Town {
  static final Duration STEP = Duration.ofMinutes(5);
  static final ModelHash OLD = model("old");

  private static final SecureRandom SECRETS = new SecureRandom();

  final IdentityKey writer = IdentityKey.generate(SECRETS);
  final List<IdentityKey> voters = new ArrayList<>();
  final List<Witnessed> ledger = new ArrayList<>();
  Instant now = Instant.parse("2026-06-21T10:00:00Z");
  Governance governance;

  Town(int voters) {
    this(voters, Rules.bootstrap(List.of("Apache-2.0")));
  }

  Town(int count, Rules rules) {
    for (int voter = 0; voter < count; voter++) {
      voters.add(newKey());
    }
    Genesis genesis =
        new Genesis(
            new NetworkName("town"),
            voters.stream().map(IdentityKey::id).toList(),
            rules,
            Optional.of(OLD));
    ledger.add(new Witnessed(0, now, genesis.sign(writer)));
    governance = accepted(Governance.begin(ledger.getFirst()));
  }

  static IdentityKey newKey() {
    return IdentityKey.generate(SECRETS);
  }

  static Digest digest(String text) {
    return Digest.over(text.getBytes(StandardCharsets.UTF_8));
  }

  static ModelHash model(String text) {
    return new ModelHash(digest(text).hex());
  }

  private static Governance accepted(Governance.Outcome outcome) {
    assertThat(outcome).isInstanceOf(Governance.Outcome.Accepted.class);
    return ((Governance.Outcome.Accepted) outcome).governance();
  }

  Digest genesis() {
    return governance.genesis();
  }

  /// Appends what must be accepted, and answers its name.
  Digest says(IdentityKey author, GovernanceRecord record) {
    return appends(record.sign(author));
  }

  Digest appends(SignedEnvelope envelope) {
    Witnessed entry = new Witnessed(ledger.size(), now, envelope);
    Governance.Outcome outcome = governance.after(entry);
    if (outcome instanceof Governance.Outcome.Refused refused) {
      throw new AssertionError("Refused: " + refused.sentence());
    }
    governance = accepted(outcome);
    ledger.add(entry);
    return Digest.of(envelope);
  }

  /// The sentence by which a record is refused.
  Governance.Outcome.Refused refuses(IdentityKey author, GovernanceRecord record) {
    return refuses(record.sign(author));
  }

  Governance.Outcome.Refused refuses(SignedEnvelope envelope) {
    Governance.Outcome outcome = governance.after(new Witnessed(ledger.size(), now, envelope));
    assertThat(outcome).isInstanceOf(Governance.Outcome.Refused.class);
    return (Governance.Outcome.Refused) outcome;
  }

  void waits() {
    now = now.plus(STEP);
  }

  Course course(Digest proposal) {
    return governance.course(proposal, now).orElseThrow();
  }

  Proposal proposal(String name, Proposal.Change change, Optional<Digest> joins) {
    return new Proposal(
        genesis(),
        joins,
        change,
        new Proposal.Candidate(
            name,
            "llama",
            "Apache-2.0",
            model(name),
            4_000_000,
            digest("chunks"),
            digest("template"),
            digest("tokenizer"),
            "Q8_0",
            2_048),
        new Proposal.Claims(700, OptionalLong.of(80), 250, 15_000, List.of()),
        "trained here",
        Optional.of(OLD),
        List.of(),
        OptionalInt.empty());
  }

  /// Proposed by the first voter, and sponsored by as many of the next ones as are asked.
  Digest proposed(String name, Proposal.Change change) {
    Digest proposal = says(voters.getFirst(), proposal(name, change, Optional.empty()));
    for (int voter = 1; voter <= Course.sponsorsAsked(voters.size(), true); voter++) {
      says(voters.get(voter), new Sponsor(proposal));
    }
    assertThat(course(proposal).step()).isEqualTo(Course.Step.EVALUATING);
    return proposal;
  }

  static Figures figures(long speed, long latency, OptionalLong energy, int right) {
    Set<Integer> items = new HashSet<>();
    for (int item = 0; item < right; item++) {
      items.add(item);
    }
    return new Figures(900_000, speed / 3, speed, latency, latency, 700, 900, energy, items);
  }

  EvaluationReveal report(Digest proposal, Figures incumbent, Figures candidate) {
    Digest seed = course(proposal).itemSeed(proposal).orElseThrow();
    Digest root = course(proposal).ledgerDigest(proposal).orElseThrow();
    return new EvaluationReveal(
        proposal,
        randomSalt(),
        root,
        seed,
        digest("tokens"),
        8_192,
        governance.rules().items(),
        incumbent,
        candidate);
  }

  /// A report of a voter of this speed, on a candidate that is a tenth better in all.
  EvaluationReveal honestReport(Digest proposal, long speed) {
    return report(
        proposal,
        figures(speed, 200, OptionalLong.of(100), 48),
        figures(speed * 11 / 10, 180, OptionalLong.of(90), 51));
  }

  static Digest randomSalt() {
    byte[] salt = new byte[32];
    SECRETS.nextBytes(salt);
    return Digest.over(salt);
  }

  SignedEnvelope sealsReport(IdentityKey author, EvaluationReveal report) {
    SignedEnvelope later = report.sign(author);
    says(author, new Commit(Commit.Kind.EVALUATION, report.proposal(), 0, Digest.of(later)));
    return later;
  }

  /// All voters measure; each has the speed given for it, or the last.
  void evaluated(Digest proposal, long... speeds) {
    List<SignedEnvelope> reports = new ArrayList<>();
    for (int voter = 0; voter < voters.size(); voter++) {
      long speed = speeds[Math.min(voter, speeds.length - 1)];
      reports.add(sealsReport(voters.get(voter), honestReport(proposal, speed)));
    }
    waits();
    reports.forEach(this::appends);
    waits();
    assertThat(course(proposal).view().sentences()).isEmpty();
    assertThat(course(proposal).step()).isEqualTo(Course.Step.VOTING);
  }

  static BallotReveal ballot(Digest proposal, long sequence, Integer... ranks) {
    return new BallotReveal(proposal, sequence, randomSalt(), List.of(ranks), List.of());
  }

  SignedEnvelope sealsBallot(IdentityKey author, BallotReveal ballot) {
    SignedEnvelope later = ballot.sign(author);
    says(
        author,
        new Commit(Commit.Kind.BALLOT, ballot.proposal(), ballot.sequence(), Digest.of(later)));
    return later;
  }

  /// The first `yes` voters rank the candidate first, the others `KEEP`.
  void voted(Digest proposal, int yes) {
    List<SignedEnvelope> ballots = new ArrayList<>();
    for (int voter = 0; voter < voters.size(); voter++) {
      BallotReveal ballot = voter < yes ? ballot(proposal, 1, 1, 2) : ballot(proposal, 1, 2, 1);
      ballots.add(sealsBallot(voters.get(voter), ballot));
    }
    waits();
    ballots.forEach(this::appends);
    waits();
    assertThat(course(proposal).step()).isEqualTo(Course.Step.COUNTED);
  }

  void certified(Digest proposal) {
    says(writer, course(proposal).certificateDue().orElseThrow());
  }

  void adopted(Digest proposal, String name) {
    for (IdentityKey voter : voters) {
      says(voter, new Ready(proposal, model(name)));
    }
    for (Stage.Step step : Stage.Step.values()) {
      says(writer, new Stage(proposal, step));
      waits();
    }
  }
}
