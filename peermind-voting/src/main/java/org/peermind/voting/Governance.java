// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.governance.AdaptedModel;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.Misbehaviour;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// What a network decided, after some entries of its ledger: its roll, its votes and the model in
/// use. [#after] says for a further entry whether the rules allow it, and what holds then. A pure
/// function of the entries: the writer asks it before it appends, everybody else to check the
/// writer, and whoever starts anew replays. Immutable.
public final class Governance {
  private final State state;

  /// What became of an entry.
  public sealed interface Outcome {
    /// It belongs into the ledger, and this holds after it.
    record Accepted(Governance governance) implements Outcome {}

    /// It does not.
    ///
    /// @param sentence why, for its author
    /// @param proof what may be appended instead, when the author contradicts itself
    record Refused(String sentence, Optional<Misbehaviour> proof) implements Outcome {}
  }

  /// @param digest of all entries so far
  /// @param formers models that were in use, the latest last
  record State(
      Digest genesis,
      Genesis rules,
      NodeId writer,
      long index,
      Instant last,
      Digest digest,
      Roll roll,
      Votes votes,
      EmergencyStops stops,
      Checkpoints checkpoints,
      Optional<ModelHash> incumbent,
      List<ModelHash> formers) {
    State {
      formers = List.copyOf(formers);
    }
  }

  private Governance(State state) {
    this.state = state;
  }

  /// Begins with the first entry of a ledger.
  public static Outcome begin(Witnessed first) {
    try {
      Genesis opened = Genesis.open(first.record());
      Refusal.unless(first.index() == 0, "A network begins at the first entry.");
      return new Outcome.Accepted(new Governance(Transition.first(first, opened)));
    } catch (ProtocolException malformed) {
      return new Outcome.Refused(sentence(malformed), Optional.empty());
    } catch (Refusal refusal) {
      return new Outcome.Refused(refusal.sentence(), refusal.proof());
    }
  }

  /// What holds after one more entry, or why it does not belong there.
  public Outcome after(Witnessed entry) {
    try {
      Refusal.unless(entry.index() == state.index() + 1, "Entries come one after the other.");
      Refusal.unless(
          !entry.at().isBefore(state.last()), "The time of the ledger does not go back.");
      return new Outcome.Accepted(
          new Governance(
              new Transition(state, entry).after(GovernanceRecord.open(entry.record()))));
    } catch (ProtocolException malformed) {
      return new Outcome.Refused(sentence(malformed), Optional.empty());
    } catch (Refusal refusal) {
      return new Outcome.Refused(refusal.sentence(), refusal.proof());
    }
  }

  private static String sentence(ProtocolException malformed) {
    return "The record cannot be read: " + malformed.getMessage() + ".";
  }

  /// The name of the network's first record.
  public Digest genesis() {
    return state.genesis();
  }

  public Roll roll() {
    return state.roll();
  }

  /// The model in use, as far as votes decided it.
  public Optional<ModelHash> incumbent() {
    return state.incumbent();
  }

  /// The federated update that the model in use runs with; empty when it runs bare.
  public Optional<UpdateCheckpoint> checkpoint() {
    return state.checkpoints().of(state.incumbent());
  }

  /// The name of what the network serves: the model in use with its newest update.
  public Optional<ModelHash> served() {
    return incumbent()
        .map(base -> AdaptedModel.identity(base, checkpoint().flatMap(UpdateCheckpoint::adapter)));
  }

  /// How the network changed, or changes, to the newest update of the model in use; empty when it
  /// never had one.
  public Optional<UpdateRollout> updateRollout() {
    return UpdateRollout.of(state);
  }

  /// What the writer of the ledger appends to undo the update in use; empty when there is none.
  ///
  /// @param reason for people
  public Optional<UpdateCheckpoint> undoing(String reason) {
    return state.checkpoints().undoing(state.incumbent(), reason);
  }

  /// The newest vote on a federated update, open or over; empty when there was none.
  public Optional<UpdateVote> updateVote() {
    return state.checkpoints().vote();
  }

  /// Number of the newest federated round that left an update, adopted or not; 0 when none did.
  public long newestRound() {
    return state.checkpoints().number();
  }

  /// Models that a node must not delete: the one in use, those before it, to which the network may
  /// go back, and those that open votes are about.
  public Set<ModelHash> neededModels(Instant now) {
    Set<ModelHash> needed = new HashSet<>(state.formers());
    incumbent().ifPresent(needed::add);
    for (Digest vote : votes()) {
      course(vote, now).filter(course -> !course.step().isEnd()).stream()
          .flatMap(course -> course.view().proposals().stream())
          .flatMap(proposal -> proposal(proposal).stream())
          .forEach(proposal -> needed.add(proposal.candidate().ggufSha256()));
    }
    return needed;
  }

  /// What the ledger says of a model that was ever proposed.
  public Optional<Proposal.Candidate> candidate(ModelHash model) {
    return state.votes().candidate(model);
  }

  /// A proposal by its name, as long as it is in its vote.
  public Optional<Proposal> proposal(Digest proposal) {
    return state.votes().proposal(proposal);
  }

  /// Whether the network stopped a model in an emergency.
  public boolean isStopped(ModelHash model) {
    return state.stops().isStopped(model);
  }

  /// The rules of this network.
  public Rules rules() {
    return state.rules().rules();
  }

  /// The only one whose certificates, stages and rollbacks count.
  public NodeId writer() {
    return state.writer();
  }

  /// A digest of all entries and their times, in order: `SHA-256(digest before || milliseconds in 8
  /// bytes || name of the record)`, beginning with the name of the first record.
  public Digest digest() {
    return state.digest();
  }

  /// The time of the last entry.
  public Instant last() {
    return state.last();
  }

  /// Position of the last entry.
  public long index() {
    return state.index();
  }

  /// The vote that a proposal belongs to, as it stands at `now`, which is not before the last
  /// entry.
  public Optional<Course> course(Digest proposal, Instant now) {
    return state.votes().ofProposal(proposal).map(course -> course.at(now));
  }

  /// The names of all votes that are open or remembered, for [#course], in their order.
  public Set<Digest> votes() {
    return state.votes().ids();
  }
}
