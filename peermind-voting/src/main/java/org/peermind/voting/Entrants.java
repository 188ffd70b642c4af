// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Rules;

/// The proposals of one vote, in the order of the ledger. Immutable.
record Entrants(Map<Digest, Entrant> byName) {
  static final Entrants NONE = new Entrants(Map.of());

  Entrants {
    byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
  }

  /// Adds a proposal as the last, or puts what it became in its place.
  Entrants with(Digest proposal, Entrant entrant) {
    Map<Digest, Entrant> next = new LinkedHashMap<>(byName);
    next.put(proposal, entrant);
    return new Entrants(next);
  }

  Entrants joined(Digest proposal, Proposal proposed, int proposer) throws Refusal {
    Refusal.unless(
        byName.size() < BallotReveal.OPTIONS_MAX - 1, "A vote has seven candidates at most.");
    Refusal.unless(
        !proposes(proposed.candidate().ggufSha256()),
        "This model is proposed in that vote already.");
    return with(proposal, Entrant.of(proposed, proposer));
  }

  Entrants sponsored(Digest proposal, int place) throws Refusal {
    Entrant entrant = get(proposal);
    Refusal.unless(entrant.proposer() != place, "A proposer does not sponsor its own proposal.");
    Refusal.unless(!entrant.sponsors().contains(place), "You sponsored it already.");
    return with(proposal, entrant.sponsoredBy(place));
  }

  /// Draws the items of a proposal as soon as `asked` sponsored it.
  Entrants drawn(Digest proposal, int asked, Digest ledger) {
    Entrant entrant = get(proposal);
    return entrant.isSponsored() || entrant.sponsors().size() < asked
        ? this
        : with(proposal, entrant.sponsored(proposal, ledger));
  }

  Entrants sealed(Commit commit, int place, SignedEnvelope envelope, Digest genesis)
      throws Refusal {
    Entrant entrant = get(commit.proposal());
    return with(
        commit.proposal(),
        entrant.reported(entrant.reports().sealed(place, commit, envelope, genesis)));
  }

  Entrants opened(EvaluationReveal report, int place, Digest name, Rules rules) throws Refusal {
    Entrant entrant = get(report.proposal());
    Refusal.unless(
        entrant.itemSeed(report.proposal()).equals(Optional.of(report.itemSeed()))
            && entrant
                .drawn()
                .map(Entrant.Drawn::ledger)
                .equals(Optional.of(report.checkpointRoot())),
        "The items were not drawn by the seed.");
    Refusal.unless(
        report.items() == rules.items(), "This network asks %d items.".formatted(rules.items()));
    return with(
        report.proposal(), entrant.reported(entrant.reports().opened(place, 0, name, report)));
  }

  /// Takes out the report of a voter that sealed two.
  Entrants voided(Commit commit, int place) {
    Entrant entrant = get(commit.proposal());
    return with(commit.proposal(), entrant.reported(entrant.reports().voided(place)));
  }

  /// Puts the open reports together.
  ///
  /// @param voters how many might have reported
  Entrants evaluated(int voters, Rules rules) {
    Map<Digest, Entrant> next = new LinkedHashMap<>(byName);
    next.replaceAll(
        (proposal, entrant) ->
            entrant.evaluated(
                Aggregation.of(
                    entrant.reports().opened().values(),
                    voters,
                    rules,
                    entrant.proposal().accuracyFloorPermille(),
                    entrant.itemSeed(proposal).orElse(proposal))));
    return new Entrants(next);
  }

  /// Those that may be voted for.
  List<Digest> passing() {
    return order().stream().filter(one -> get(one).failed().isEmpty()).toList();
  }

  /// A sentence for each gate that one does not pass.
  List<String> refusals() {
    return all().stream()
        .flatMap(one -> one.failed().stream().map(why -> one.name() + ": " + why))
        .toList();
  }

  Entrants onlySponsored() {
    Map<Digest, Entrant> next = new LinkedHashMap<>(byName);
    next.values().removeIf(Predicate.not(Entrant::isSponsored));
    return new Entrants(next);
  }

  Optional<Entrant> find(Digest proposal) {
    return Optional.ofNullable(byName.get(proposal));
  }

  Entrant get(Digest proposal) {
    return find(proposal)
        .orElseThrow(() -> new IllegalArgumentException("This proposal is not in this vote"));
  }

  List<Digest> order() {
    return List.copyOf(byName.keySet());
  }

  Collection<Entrant> all() {
    return byName.values();
  }

  List<Integer> proposers() {
    return all().stream().map(Entrant::proposer).toList();
  }

  boolean proposes(ModelHash model) {
    return all().stream().anyMatch(one -> one.model().equals(model));
  }

  /// The lowest speed of the incumbent in a voter's own reports; 0 without any.
  long capacity(int place) {
    return all().stream()
        .map(entrant -> entrant.reports().opened().get(place))
        .filter(report -> report != null)
        .mapToLong(report -> report.incumbent().speedByFour())
        .min()
        .orElse(0);
  }
}
