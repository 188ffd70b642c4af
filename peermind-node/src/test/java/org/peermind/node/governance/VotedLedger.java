// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

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
import java.util.stream.IntStream;
import org.peermind.ledger.LedgerRules;
import org.peermind.ledger.LocalLog;
import org.peermind.ledger.LogStorage;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Certificate;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.protocol.governance.Figures;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.voting.Course;
import org.peermind.voting.Governance;
import org.peermind.voting.Witnessed;

/// The records of a network whose voters decide about one model, with the times at which its writer
/// sees them. They are the same votes each time, under new keys.
public final class VotedLedger {
  public static final NetworkName NETWORK = new NetworkName("garden");
  public static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  private static final Duration STEP = Duration.ofMinutes(5);
  private static final SecureRandom SECRETS = new SecureRandom();

  public final IdentityKey writer = IdentityKey.generate(SECRETS);
  public final List<IdentityKey> voters =
      IntStream.range(0, 3).mapToObj(_ -> IdentityKey.generate(SECRETS)).toList();
  private final List<Witnessed> entries = new ArrayList<>();
  private Instant now = START;
  private Governance governance;

  /// A network with its first record only.
  public VotedLedger() {
    Genesis genesis =
        new Genesis(
            NETWORK,
            voters.stream().map(IdentityKey::id).toList(),
            Rules.bootstrap(List.of("Apache-2.0")),
            Optional.of(model("old")));
    Witnessed first = new Witnessed(0, now, genesis.sign(writer));
    entries.add(first);
    governance = accepted(Governance.begin(first));
  }

  private static Governance accepted(Governance.Outcome outcome) {
    return switch (outcome) {
      case Governance.Outcome.Accepted(Governance after) -> after;
      case Governance.Outcome.Refused(String sentence, var _) -> throw new AssertionError(sentence);
    };
  }

  private static Digest digest(String text) {
    return Digest.over(text.getBytes(StandardCharsets.UTF_8));
  }

  private static ModelHash model(String name) {
    return new ModelHash(digest(name).hex());
  }

  public Governance governance() {
    return governance;
  }

  public List<Witnessed> entries() {
    return List.copyOf(entries);
  }

  public List<SignedEnvelope> records() {
    return entries.stream().map(Witnessed::record).toList();
  }

  /// Appends what the rules allow.
  public Digest add(SignedEnvelope record) {
    Witnessed next = new Witnessed(entries.size(), now, record);
    governance = accepted(governance.after(next));
    entries.add(next);
    return Digest.of(record);
  }

  /// A proposal that nobody sponsored yet, signed.
  public SignedEnvelope proposal(String name) {
    return new Proposal(
            governance.genesis(),
            Optional.empty(),
            Proposal.Change.MAJOR,
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
            Optional.of(model("old")),
            List.of(),
            OptionalInt.empty())
        .sign(voters.getFirst());
  }

  /// Takes a vote from its proposal to the open ballots.
  ///
  /// @param yes how many of the three voters prefer the candidate
  public Digest voted(String name, int yes) {
    Digest proposal = evaluated(name);
    List<SignedEnvelope> sealed = new ArrayList<>();
    for (int voter = 0; voter < voters.size(); voter++) {
      List<Integer> ranks = voter < yes ? List.of(1, 2) : List.of(2, 1);
      BallotReveal ballot = new BallotReveal(proposal, 1, salt(), ranks, List.of());
      IdentityKey author = voters.get(voter);
      sealed.add(seal(author, Commit.Kind.BALLOT, proposal, 1, ballot.sign(author)));
    }
    open(sealed);
    return proposal;
  }

  /// Takes a vote from its proposal to where ballots are sealed.
  public Digest evaluated(String name) {
    Digest proposal = add(proposal(name));
    add(new Sponsor(proposal).sign(voters.get(1)));
    List<SignedEnvelope> sealed = new ArrayList<>();
    for (IdentityKey voter : voters) {
      sealed.add(seal(voter, Commit.Kind.EVALUATION, proposal, 0, report(proposal).sign(voter)));
    }
    open(sealed);
    return proposal;
  }

  private SignedEnvelope seal(
      IdentityKey author, Commit.Kind kind, Digest proposal, long sequence, SignedEnvelope later) {
    add(new Commit(kind, proposal, sequence, Digest.of(later)).sign(author));
    return later;
  }

  private void open(List<SignedEnvelope> sealed) {
    now = now.plus(STEP);
    sealed.forEach(this::add);
    sealed.clear();
    now = now.plus(STEP);
  }

  private EvaluationReveal report(Digest proposal) {
    Course course = governance.course(proposal, now).orElseThrow();
    return new EvaluationReveal(
        proposal,
        salt(),
        course.ledgerDigest(proposal).orElseThrow(),
        course.itemSeed(proposal).orElseThrow(),
        digest("tokens"),
        8_192,
        governance.rules().items(),
        figures(15_000, 200, 100, 48),
        figures(16_500, 180, 90, 51));
  }

  private static Digest salt() {
    byte[] salt = new byte[32];
    SECRETS.nextBytes(salt);
    return Digest.over(salt);
  }

  private static Figures figures(long speed, long latency, long energy, int right) {
    Set<Integer> items = new HashSet<>();
    for (int item = 0; item < right; item++) {
      items.add(item);
    }
    return new Figures(
        900_000, speed / 3, speed, latency, latency, 700, 900, OptionalLong.of(energy), items);
  }

  /// The certificate that the count gives.
  public Certificate due(Digest proposal) {
    return governance.course(proposal, now).flatMap(Course::certificateDue).orElseThrow();
  }

  /// Writes the records, and then `more`, as a writer would that knows no rules.
  public void write(LogStorage storage, List<SignedEnvelope> more) throws Exception {
    try (LocalLog log = LocalLog.open(storage, NETWORK, writer, LedgerRules.OPEN, START)) {
      for (Witnessed entry : entries) {
        log.append(List.of(entry.record()), entry.at());
      }
      log.append(more, now);
    }
  }
}
