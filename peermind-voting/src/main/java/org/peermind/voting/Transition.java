// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Certificate;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EmergencyStop;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.KeyRotation;
import org.peermind.protocol.governance.Misbehaviour;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Ready;
import org.peermind.protocol.governance.Rollback;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.protocol.governance.Stage;
import org.peermind.protocol.governance.UpdateBallot;
import org.peermind.protocol.governance.UpdateCandidate;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.protocol.governance.Vouch;

/// What one more entry makes of the state before. Checks first; whatever it refuses leaves nothing
/// behind, as the state before never changes.
final class Transition {
  private static final int FORMERS_MAX = 16;

  /// Undecided proposals of those who do not vote, for each who brought them in.
  private static final int UNDECIDED_OF_GUESTS_MAX = 4;

  private final Digest genesis;
  private final Genesis rules;
  private final NodeId writer;
  private final Instant last;
  private final Digest digest;
  private final Witnessed entry;
  private final NodeId author;
  private final Votes.Change votes;
  private Roll roll;
  private EmergencyStops stops;
  private Checkpoints checkpoints;
  private Optional<ModelHash> incumbent;
  private final List<ModelHash> formers;

  Transition(Governance.State before, Witnessed entry) {
    genesis = before.genesis();
    rules = before.rules();
    writer = before.writer();
    last = entry.at();
    digest = next(before.digest(), entry);
    this.entry = entry;
    author = entry.record().signer();
    votes = new Votes.Change(before.votes(), entry.at(), rules.rules().failedWait());
    roll = before.roll();
    stops = before.stops();
    checkpoints = before.checkpoints();
    incumbent = before.incumbent();
    formers = new ArrayList<>(before.formers());
  }

  static Governance.State first(Witnessed first, Genesis opened) {
    Digest genesis = Digest.of(first.record());
    return new Governance.State(
        genesis,
        opened,
        first.record().signer(),
        0,
        first.at(),
        next(genesis, first),
        Roll.of(opened),
        Votes.NONE,
        EmergencyStops.NONE,
        Checkpoints.NONE,
        opened.incumbent(),
        List.of());
  }

  private static Digest next(Digest before, Witnessed entry) {
    byte[] millis = ByteBuffer.allocate(Long.BYTES).putLong(entry.at().toEpochMilli()).array();
    return Digest.over(before.toBytes(), millis, Digest.of(entry.record()).toBytes());
  }

  /// The state after `record`, which is what the entry says.
  Governance.State after(GovernanceRecord record) throws Refusal {
    apply(record);
    return new Governance.State(
        genesis,
        rules,
        writer,
        entry.index(),
        last,
        digest,
        roll,
        votes.done(),
        stops,
        checkpoints,
        incumbent,
        formers);
  }

  private void apply(GovernanceRecord record) throws Refusal {
    switch (record) {
      case Genesis _ -> throw new Refusal("A network begins once.");
      case Vouch vouch -> {
        here(vouch.genesis());
        roll = roll.after(vouch, author, last);
      }
      case KeyRotation rotation -> {
        here(rotation.genesis());
        roll = roll.after(rotation, author);
      }
      case Proposal proposal -> propose(proposal);
      case Sponsor sponsor -> {
        int place = place();
        change(sponsor.proposal(), vote -> vote.sponsor(sponsor.proposal(), place, last, digest));
      }
      case Commit commit -> {
        int place = place();
        change(commit.proposal(), vote -> vote.seal(commit, place, entry));
      }
      case EvaluationReveal report -> {
        int place = sealer();
        change(report.proposal(), vote -> vote.open(report, place, Digest.of(entry.record())));
      }
      case BallotReveal ballot -> {
        int place = sealer();
        change(ballot.proposal(), vote -> vote.open(ballot, place, Digest.of(entry.record())));
      }
      case Certificate certificate -> certify(certificate);
      case Ready ready -> ready(ready);
      case Stage stage -> stage(stage);
      case Rollback rollback -> {
        byWriter();
        change(rollback.proposal(), vote -> vote.rollBack(rollback.reason(), last));
      }
      case EmergencyStop stop -> stop(stop);
      case UpdateCheckpoint checkpoint -> {
        here(checkpoint.genesis());
        byWriter();
        checkpoints = checkpoints.after(checkpoint, incumbent, last, rules.rules().updatesByVote());
      }
      case UpdateCandidate candidate -> putForward(candidate.update());
      case UpdateBallot ballot -> {
        here(ballot.genesis());
        checkpoints = checkpoints.with(ballot, place(), last);
      }
      case Misbehaviour proof -> punish(proof);
    }
  }

  private void putForward(UpdateCheckpoint update) throws Refusal {
    here(update.genesis());
    byWriter();
    Refusal.unless(rules.rules().updatesByVote(), "This network does not vote on its updates.");
    List<Integer> voters =
        roll.voters(last).stream().map(voter -> roll.placeOf(voter).orElseThrow()).toList();
    Instant until = last.plus(rules.rules().voting());
    UpdateVote vote =
        new UpdateVote(Digest.of(entry.record()), update, last, until, voters, Map.of(), false);
    checkpoints = checkpoints.with(vote, incumbent, last);
  }

  private void here(Digest named) throws Refusal {
    Refusal.unless(named.equals(genesis), "This record is of another network.");
  }

  private void byWriter() throws Refusal {
    Refusal.unless(author.equals(writer), "Only the writer of the ledger may say this.");
  }

  /// The author's place on the roll; quarantined ones have none to speak of.
  private int place() throws Refusal {
    Refusal.unless(roll.isMember(author), "The author does not belong to this network.");
    return unlessQuarantined(roll.placeOf(author).orElseThrow());
  }

  /// Likewise, also under a key that was replaced since: what it sealed is opened under it.
  private int sealer() throws Refusal {
    OptionalInt replaced = roll.placeOfReplaced(author);
    return replaced.isPresent() ? unlessQuarantined(replaced.getAsInt()) : place();
  }

  private int unlessQuarantined(int place) throws Refusal {
    Refusal.unless(
        !roll.isQuarantined(place, last), "The author is quarantined for proven misbehaviour.");
    return place;
  }

  private interface Step {
    void to(Course vote) throws Refusal;
  }

  private Course change(Digest proposal, Step step) throws Refusal {
    Course course = votes.ofProposal(proposal);
    step.to(course);
    votes.changed(course);
    return course;
  }

  private void propose(Proposal proposal) throws Refusal {
    here(proposal.genesis());
    int proposer = place();
    Digest id = Digest.of(entry.record());
    Refusal.unless(
        !votes.isKnown(id), "This was proposed already; word its source anew to propose it again.");
    Refusal.unless(
        votes.open().stream().noneMatch(open -> open.proposers().contains(proposer)),
        "You have a proposal that is not decided yet.");
    Instant wait = votes.wait(proposer);
    Refusal.unless(
        !last.isBefore(wait), "Your last proposal failed; propose again from " + wait + ".");
    String licence = proposal.candidate().licence();
    Refusal.unless(
        rules.rules().licences().contains(licence),
        "This network does not take the licence " + licence + ".");
    ModelHash model = proposal.candidate().ggufSha256();
    Refusal.unless(!stops.isStopped(model), "This model was stopped in an emergency.");
    Refusal.unless(!incumbent.equals(Optional.of(model)), "This model is in use already.");
    Refusal.unless(
        proposal.change() != Proposal.Change.MINOR || isLikeIncumbent(proposal.candidate()),
        "Another family or licence than that of the model in use is a major change.");
    List<NodeId> voters = roll.voters(last);
    guest(proposer, voters);
    Course course =
        proposal.joins().isPresent() ? votes.ofProposal(proposal.joins().get()) : vote(id, voters);
    course.join(id, proposal, proposer, last, digest);
    votes.proposed(id, course);
  }

  /// As far as the ledger tells of the model in use.
  private boolean isLikeIncumbent(Proposal.Candidate candidate) {
    return incumbent
        .flatMap(votes::adopted)
        .map(
            old ->
                old.family().equals(candidate.family())
                    && old.licence().equals(candidate.licence()))
        .orElse(true);
  }

  /// Those who do not vote cannot fill the ledger with proposals, however many there are.
  private void guest(int proposer, List<NodeId> voters) throws Refusal {
    OptionalInt inviter = roll.inviterOf(proposer);
    if (inviter.isPresent() && !voters.contains(author)) {
      long undecided =
          votes.open().stream()
              .flatMap(open -> open.proposers().stream())
              .filter(other -> roll.inviterOf(other).equals(inviter))
              .count();
      Refusal.unless(
          undecided < UNDECIDED_OF_GUESTS_MAX,
          "Nodes that your voucher brought in have four undecided proposals; wait for them.");
    }
  }

  private Course vote(Digest id, List<NodeId> voters) {
    return new Course(
        id,
        genesis,
        rules.rules(),
        voters.stream().map(voter -> roll.placeOf(voter).orElseThrow()).toList(),
        Roll.digest(voters),
        last.plus(rules.rules().sponsoring()));
  }

  private void certify(Certificate certificate) throws Refusal {
    byWriter();
    Refusal.unless(
        certificate.winner().isEmpty()
            || votes.open().stream()
                .filter(other -> other.proposal(certificate.proposal()).isEmpty())
                .noneMatch(other -> other.step().isAdoption()),
        "Another model is being adopted; wait for its end.");
    change(certificate.proposal(), vote -> vote.certify(certificate, last));
  }

  private void ready(Ready ready) throws Refusal {
    int place = place();
    change(
        ready.proposal(),
        vote -> {
          Refusal.unless(
              vote.model().equals(Optional.of(ready.model())),
              "This is not the model that the vote chose.");
          vote.ready(place, last);
        });
  }

  private void stage(Stage stage) throws Refusal {
    byWriter();
    Course course = change(stage.proposal(), vote -> vote.stage(stage.step(), last));
    if (course.step() == Course.Step.DONE) {
      incumbent.ifPresent(this::retire);
      incumbent = course.model();
      votes.each(_ -> true, Course::overtaken);
    }
  }

  private void retire(ModelHash model) {
    formers.remove(model);
    formers.add(model);
    if (formers.size() > FORMERS_MAX) {
      formers.removeFirst();
    }
  }

  /// The model before takes the place of one that was in use.
  private void stop(EmergencyStop stop) throws Refusal {
    here(stop.genesis());
    stops = stops.after(stop, author, roll.voters(last), writer, last);
    if (stops.isStopped(stop.model())) {
      incumbent =
          stops
              .unlessStopped(incumbent)
              .or(
                  () ->
                      formers.reversed().stream().filter(one -> !stops.isStopped(one)).findFirst());
      votes.each(
          course -> course.mayAdopt(stop.model()), course -> course.stop(stop.reason(), last));
    }
  }

  private void punish(Misbehaviour proof) throws Refusal {
    here(proof.genesis());
    Refusal.unless(
        author.equals(writer) || roll.isMember(author), "The author does not belong here.");
    Commit twice;
    try {
      twice = proof.proven();
    } catch (ProtocolException unproven) {
      throw new Refusal("This proves nothing: " + unproven.getMessage() + ".");
    }
    NodeId liar = proof.first().signer();
    OptionalInt replaced = roll.placeOfReplaced(liar);
    Refusal.unless(
        roll.isMember(liar) || replaced.isPresent(),
        "The one it names does not belong to this network.");
    int place = replaced.isPresent() ? replaced.getAsInt() : roll.placeOf(liar).orElseThrow();
    change(
        twice.proposal(),
        vote -> Refusal.unless(vote.voided(twice, place), "This was proven already."));
    roll = roll.quarantined(place, last);
  }
}
