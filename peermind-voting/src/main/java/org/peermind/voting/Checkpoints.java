// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateBallot;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// The adapters that federated rounds left, the one in use last, and the number of the newest round
/// that the ledger knows. Each belongs to one model; with another model in use, none is. Immutable.
///
/// @param change the newest record, and when the ledger took it
/// @param vote the newest vote on an update, open or over
record Checkpoints(
    List<UpdateCheckpoint> line, long number, Optional<Change> change, Optional<UpdateVote> vote) {
  static final Checkpoints NONE = new Checkpoints(List.of(), 0, Optional.empty(), Optional.empty());

  /// A record that was taken into the ledger.
  record Change(UpdateCheckpoint record, Instant at) {}

  private static final int LINE_MAX = 64;

  Checkpoints {
    line = List.copyOf(line);
  }

  /// The checkpoint whose adapter runs with `model`; empty for the bare model.
  Optional<UpdateCheckpoint> of(Optional<ModelHash> model) {
    return line.isEmpty() || !model.equals(Optional.of(line.getLast().base()))
        ? Optional.empty()
        : Optional.of(line.getLast());
  }

  /// The newest change of what runs with `model`; empty when there was none.
  Optional<Change> changeOf(Optional<ModelHash> model) {
    return change.filter(newest -> model.equals(Optional.of(newest.record().base())));
  }

  /// Whether a change went back to an earlier adapter.
  boolean isUndoing(Change one) {
    return line.isEmpty() || !line.getLast().equals(one.record());
  }

  /// What undoes the update that runs with `model`; empty for the bare model.
  Optional<UpdateCheckpoint> undoing(Optional<ModelHash> model, String reason) {
    return of(model)
        .map(
            newest -> {
              Optional<UpdateCheckpoint> before =
                  line.size() > 1 ? Optional.of(line.get(line.size() - 2)) : Optional.empty();
              return new UpdateCheckpoint(
                  newest.genesis(),
                  newest.number(),
                  newest.base(),
                  newest.adapter(),
                  before.flatMap(UpdateCheckpoint::adapter),
                  before.map(UpdateCheckpoint::adapterBytes).orElse(0L),
                  newest.transcript(),
                  reason);
            });
  }

  /// Puts an update before the voters.
  Checkpoints with(UpdateVote next, Optional<ModelHash> incumbent, Instant at) throws Refusal {
    Refusal.unless(
        vote.filter(one -> incumbent.equals(Optional.of(one.update().base()))).stream()
            .noneMatch(one -> one.standing(at) == UpdateVote.Standing.OPEN),
        "Another update waits for votes.");
    Refusal.unless(next.update().number() > number, "A later round is in the ledger already.");
    follow(next.update(), incumbent);
    return new Checkpoints(line, next.update().number(), change, Optional.of(next));
  }

  /// After a voter's word about the update that waits.
  Checkpoints with(UpdateBallot ballot, int place, Instant at) throws Refusal {
    UpdateVote open =
        vote.filter(one -> one.id().equals(ballot.candidate()))
            .orElseThrow(() -> new Refusal("No such update waits for votes."));
    return new Checkpoints(
        line, number, change, Optional.of(open.after(place, ballot.accept(), ballot.reason(), at)));
  }

  private Optional<UpdateCheckpoint> follow(UpdateCheckpoint next, Optional<ModelHash> incumbent)
      throws Refusal {
    Refusal.unless(
        incumbent.equals(Optional.of(next.base())),
        "This update is of a model that is not in use.");
    Optional<UpdateCheckpoint> current = of(incumbent);
    Optional<Digest> inUse = current.flatMap(UpdateCheckpoint::adapter);
    Refusal.unless(inUse.equals(next.former()), "This update does not follow the one in use.");
    return current;
  }

  /// @param byVote whether a new update needs the voters' word
  Checkpoints after(
      UpdateCheckpoint next, Optional<ModelHash> incumbent, Instant at, boolean byVote)
      throws Refusal {
    Optional<UpdateCheckpoint> current = follow(next, incumbent);
    List<UpdateCheckpoint> own = current.isPresent() ? line : List.of();
    boolean isVotedFor =
        byVote && vote.filter(one -> one.update().equals(next) && !one.isInForce()).isPresent();
    if (next.number() > number || isVotedFor) {
      Refusal.unless(next.adapter().isPresent(), "A new update has an adapter.");
      if (byVote) {
        Refusal.unless(isVotedFor, "This network votes on its updates, and not on this one yet.");
        UpdateVote decided = vote.orElseThrow();
        Refusal.unless(decided.standing(at) == UpdateVote.Standing.ACCEPTED, decided.sentence(at));
      }
      List<UpdateCheckpoint> longer = new ArrayList<>(own);
      longer.add(next);
      return new Checkpoints(
          longer.size() > LINE_MAX ? longer.subList(1, longer.size()) : longer,
          next.number(),
          Optional.of(new Change(next, at)),
          byVote ? vote.map(UpdateVote::inForce) : vote);
    }
    Refusal.unless(
        current.filter(last -> last.number() == next.number()).isPresent(),
        "Only the newest update is undone.");
    List<UpdateCheckpoint> shorter = own.subList(0, own.size() - 1);
    Optional<Digest> before = shorter.isEmpty() ? Optional.empty() : shorter.getLast().adapter();
    long beforeBytes = shorter.isEmpty() ? 0 : shorter.getLast().adapterBytes();
    Refusal.unless(
        before.equals(next.adapter()) && beforeBytes == next.adapterBytes(),
        "An update that is undone leaves the one before it.");
    return new Checkpoints(shorter, number, Optional.of(new Change(next, at)), vote);
  }
}
