// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.peermind.ledger.LedgerEntry;
import org.peermind.ledger.NoteKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.governance.Certificate;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.Proposal;
import org.peermind.voting.Course;
import org.peermind.voting.DoubleMajority;
import org.peermind.voting.Governance;
import org.peermind.voting.Witnessed;

/// Recounts every vote from the entries of a ledger alone, by somebody who trusts nobody: each
/// entry must be allowed by the rules, and each certificate must say what a recount gives. The
/// entries' signatures are verified before. For one thread.
public final class VoteRecount {
  private final Map<Digest, Long> begun = new LinkedHashMap<>();
  private final Map<Digest, String> names = new HashMap<>();
  private final Map<Digest, Long> certificates = new HashMap<>();
  private Optional<Governance> governance = Optional.empty();
  private String origin = "";
  private Optional<String> wrong = Optional.empty();

  /// One vote as the recount has it.
  ///
  /// @param begun the entry of its first proposal
  /// @param candidates names of those that may be voted for, in the order of a ballot's ranks
  /// @param winner what the recount gives; empty when the model in use stays
  /// @param result the count of both chambers, once the ballots are open
  /// @param certificate the entry of the certificate, which says the same as the recount
  public record Vote(
      Digest id,
      long begun,
      String name,
      Course.View view,
      List<String> candidates,
      Optional<String> winner,
      Optional<DoubleMajority.Result> result,
      Optional<Long> certificate) {
    public Vote {
      candidates = List.copyOf(candidates);
    }
  }

  /// Takes the next entry; after the first wrong one nothing counts any more.
  public void take(LedgerEntry entry) {
    if (wrong.isPresent()) {
      return;
    }
    Witnessed next = new Witnessed(entry.index(), entry.witnessedAt(), entry.record());
    try {
      GovernanceRecord record = GovernanceRecord.open(entry.record());
      wrong = contradiction(entry, record);
      if (wrong.isEmpty()) {
        accept(entry, governance.isEmpty() ? Governance.begin(next) : governance.get().after(next));
        note(entry, record);
      }
    } catch (ProtocolException unreadable) {
      wrong = sentence(entry, "cannot be read: " + unreadable.getMessage() + ".");
    }
  }

  private static Optional<String> sentence(LedgerEntry entry, String what) {
    return Optional.of("Entry %d (%s) %s".formatted(entry.index(), entry.type(), what));
  }

  /// What a certificate says otherwise than the recount; other records contradict nothing.
  private Optional<String> contradiction(LedgerEntry entry, GovernanceRecord record) {
    if (!(record instanceof Certificate certificate)) {
      return Optional.empty();
    }
    Instant at = entry.witnessedAt();
    Optional<Course> course =
        governance
            .filter(all -> !at.isBefore(all.last()))
            .flatMap(all -> all.course(certificate.proposal(), at));
    Optional<Certificate> due = course.flatMap(Course::certificateDue);
    if (due.isEmpty()) {
      return sentence(entry, "certifies a vote that is not counted.");
    }
    if (due.get().winner().equals(certificate.winner())) {
      return due.get().equals(certificate)
          ? Optional.empty()
          : sentence(entry, "names another roll or tie-break than a recount gives.");
    }
    return sentence(
        entry,
        "says \"%s\", a recount gives \"%s\"."
            .formatted(outcome(certificate.winner()), outcome(due.get().winner())));
  }

  private String outcome(Optional<Digest> winner) {
    return winner.map(this::name).map("adopt %s"::formatted).orElse("keep the model in use");
  }

  private String name(Digest proposal) {
    return names.getOrDefault(proposal, proposal.shortText());
  }

  private void accept(LedgerEntry entry, Governance.Outcome outcome) {
    switch (outcome) {
      case Governance.Outcome.Accepted(Governance after) -> governance = Optional.of(after);
      case Governance.Outcome.Refused(String why, var _) ->
          wrong = sentence(entry, "is against the network's rules: " + why);
    }
  }

  private void note(LedgerEntry entry, GovernanceRecord record) {
    if (wrong.isPresent()) {
      return;
    }
    if (record instanceof Genesis genesis) {
      origin = "peermind/" + genesis.network().text();
    } else if (record instanceof Proposal proposal) {
      Digest id = Digest.of(entry.record());
      names.put(id, proposal.candidate().name());
      if (proposal.joins().isEmpty()) {
        begun.put(id, entry.index());
      }
    } else if (record instanceof Certificate certificate) {
      certificates.put(certificate.proposal(), entry.index());
    }
  }

  /// The first entry that is against the rules or says otherwise than the recount, in one sentence.
  ///
  /// @param key who signed the checkpoint over the entries: the author of the first one
  public Optional<String> wrong(NoteKey key) {
    if (wrong.isPresent() || governance.isEmpty()) {
      return wrong;
    }
    boolean isOwn =
        governance.get().writer().equals(NodeId.ofPublicKey(key.publicKey()))
            && origin.equals(key.name());
    return isOwn
        ? Optional.empty()
        : Optional.of("Entry 0 (genesis) is of another network or author than the ledger's key.");
  }

  /// What holds after the last entry; empty for an empty ledger.
  public Optional<Governance> governance() {
    return governance;
  }

  /// All votes at the time of the last entry, in the order in which they began.
  public List<Vote> votes() {
    List<Vote> votes = new ArrayList<>();
    governance.ifPresent(
        all ->
            begun.forEach(
                (id, entry) ->
                    all.course(id, all.last())
                        .ifPresent(course -> votes.add(vote(entry, course)))));
    return votes;
  }

  private Vote vote(long entry, Course course) {
    Course.View view = course.view();
    return new Vote(
        course.id(),
        entry,
        name(course.id()),
        view,
        view.options().stream().map(this::name).toList(),
        course.winner().map(this::name),
        course.result(),
        Optional.ofNullable(certificates.get(course.id())));
  }
}
