// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.protocol.governance.Stage;
import org.peermind.protocol.governance.Vouch;

/// What a network decided, after some entries of its ledger: its roll, its votes and the model in
/// use. [#after] says for a further entry whether the rules allow it, and what holds then. A pure
/// function of the entries: the writer asks it before it appends, everybody else to check the
/// writer, and whoever starts anew replays. Immutable.
public final class Governance {
  private static final int COURSES_MAX = 4_096;
  private static final int FORMERS_MAX = 16;

  private final Digest genesis;
  private final Genesis rules;
  private final NodeId writer;
  private final long index;
  private final Instant last;
  private final Digest digest;
  private final Roll roll;
  private final Map<Digest, Course> courses;

  /// The vote that a proposal belongs to.
  private final Map<Digest, Digest> votes;

  private final Map<Integer, Instant> waits;
  private final EmergencyStops stops;
  private final Optional<ModelHash> incumbent;

  /// Models that were in use, the latest last.
  private final List<ModelHash> formers;

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

  private Governance(Draft draft) {
    this.genesis = draft.genesis;
    this.rules = draft.rules;
    this.writer = draft.writer;
    this.index = draft.index;
    this.last = draft.last;
    this.digest = draft.digest;
    this.roll = draft.roll;
    this.courses = Map.copyOf(draft.courses);
    this.votes = Map.copyOf(draft.votes);
    this.waits = Map.copyOf(draft.waits);
    this.stops = draft.stops;
    this.incumbent = draft.incumbent;
    this.formers = List.copyOf(draft.formers);
  }

  /// Begins with the first entry of a ledger.
  public static Outcome begin(Witnessed first) {
    try {
      Genesis opened = Genesis.open(first.record());
      Refusal.unless(first.index() == 0, "A network begins at the first entry.");
      return new Outcome.Accepted(new Governance(new Draft(first, opened)));
    } catch (ProtocolException malformed) {
      return new Outcome.Refused(sentence(malformed), Optional.empty());
    } catch (Refusal refusal) {
      return new Outcome.Refused(refusal.sentence(), refusal.proof());
    }
  }

  /// What holds after one more entry, or why it does not belong there.
  public Outcome after(Witnessed entry) {
    try {
      Refusal.unless(entry.index() == index + 1, "Entries come one after the other.");
      Refusal.unless(!entry.at().isBefore(last), "The time of the ledger does not go back.");
      Draft draft = new Draft(this, entry);
      draft.apply(GovernanceRecord.open(entry.record()));
      return new Outcome.Accepted(new Governance(draft));
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
    return genesis;
  }

  public Roll roll() {
    return roll;
  }

  /// The model in use, as far as votes decided it.
  public Optional<ModelHash> incumbent() {
    return incumbent;
  }

  /// What the ledger says of a model that was ever proposed.
  public Optional<Proposal.Candidate> candidate(ModelHash model) {
    return votes.keySet().stream()
        .flatMap(proposal -> proposal(proposal).stream())
        .map(Proposal::candidate)
        .filter(one -> one.ggufSha256().equals(model))
        .findFirst();
  }

  /// A proposal by its name, as long as it is in its vote.
  public Optional<Proposal> proposal(Digest proposal) {
    return Optional.ofNullable(votes.get(proposal))
        .map(courses::get)
        .flatMap(course -> course.proposal(proposal));
  }

  /// Whether the network stopped a model in an emergency.
  public boolean isStopped(ModelHash model) {
    return stops.isStopped(model);
  }

  /// The rules of this network.
  public Rules rules() {
    return rules.rules();
  }

  /// The only one whose certificates, stages and rollbacks count.
  public NodeId writer() {
    return writer;
  }

  /// A digest of all entries and their times, in order: `SHA-256(digest before || milliseconds in 8
  /// bytes || name of the record)`, beginning with the name of the first record.
  public Digest digest() {
    return digest;
  }

  /// The time of the last entry.
  public Instant last() {
    return last;
  }

  /// Position of the last entry.
  public long index() {
    return index;
  }

  /// The vote that a proposal belongs to, as it stands at `now`, which is not before the last
  /// entry.
  public Optional<Course> course(Digest proposal, Instant now) {
    return Optional.ofNullable(votes.get(proposal))
        .map(courses::get)
        .map(
            course -> {
              Course copy = course.copy();
              copy.passTo(now);
              return copy;
            });
  }

  /// The names of all votes, for [#course].
  public Set<Digest> votes() {
    return courses.keySet();
  }

  /// The next state, while one entry is applied.
  private static final class Draft {
    private final Digest genesis;
    private final Genesis rules;
    private final NodeId writer;
    private final long index;
    private final Instant last;
    private final Digest digest;
    private final Witnessed entry;
    private final NodeId author;
    private Roll roll;
    private final Map<Digest, Course> courses = new HashMap<>();
    private final Map<Digest, Digest> votes = new HashMap<>();
    private final Map<Integer, Instant> waits = new HashMap<>();
    private EmergencyStops stops = EmergencyStops.NONE;
    private Optional<ModelHash> incumbent;
    private final List<ModelHash> formers = new ArrayList<>();

    Draft(Witnessed first, Genesis opened) {
      genesis = Digest.of(first.record());
      rules = opened;
      writer = first.record().signer();
      author = writer;
      index = 0;
      last = first.at();
      digest = next(genesis, first);
      entry = first;
      roll = Roll.of(opened);
      incumbent = opened.incumbent();
    }

    Draft(Governance before, Witnessed entry) {
      genesis = before.genesis;
      rules = before.rules;
      writer = before.writer;
      index = entry.index();
      last = entry.at();
      digest = next(before.digest, entry);
      this.entry = entry;
      author = entry.record().signer();
      roll = before.roll;
      before.courses.forEach(
          (id, course) -> {
            Course next = course.step().isEnd() ? course : course.copy();
            next.passTo(entry.at());
            courses.put(id, next);
          });
      votes.putAll(before.votes);
      waits.putAll(before.waits);
      stops = before.stops;
      incumbent = before.incumbent;
      formers.addAll(before.formers);
      settle(before);
    }

    private static Digest next(Digest before, Witnessed entry) {
      byte[] millis = ByteBuffer.allocate(Long.BYTES).putLong(entry.at().toEpochMilli()).array();
      return Digest.over(before.toBytes(), millis, Digest.of(entry.record()).toBytes());
    }

    /// Those whose proposal failed by a deadline wait.
    private void settle(Governance before) {
      courses.forEach(
          (id, course) -> {
            Course earlier = before.courses.get(id);
            if (earlier != null && !earlier.step().isEnd() && course.step().isEnd()) {
              settled(course);
            }
          });
    }

    private void settled(Course course) {
      boolean isReopened =
          course.result().map(result -> !result.reopened().isEmpty()).orElse(false);
      if (course.step() != Course.Step.DONE && !isReopened) {
        for (int proposer : course.proposers()) {
          waits.put(proposer, course.endedAt().plus(rules.rules().failedWait()));
        }
      }
    }

    void apply(GovernanceRecord record) throws Refusal {
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
        case Sponsor sponsor ->
            course(sponsor.proposal()).sponsor(sponsor.proposal(), place(), last, digest);
        case Commit commit -> course(commit.proposal()).seal(commit, place(), entry);
        case EvaluationReveal report ->
            course(report.proposal()).open(report, place(), Digest.of(entry.record()));
        case BallotReveal ballot ->
            course(ballot.proposal()).open(ballot, place(), Digest.of(entry.record()));
        case Certificate certificate -> certify(certificate);
        case Ready ready -> ready(ready);
        case Stage stage -> stage(stage);
        case Rollback rollback -> {
          byWriter();
          Course course = course(rollback.proposal());
          course.rollBack(rollback.reason(), last);
          settled(course);
        }
        case EmergencyStop stop -> stop(stop);
        case Misbehaviour proof -> punish(proof);
      }
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
      Refusal.unless(
          !roll.isQuarantined(author, last), "The author is quarantined for proven misbehaviour.");
      return roll.placeOf(author).orElseThrow();
    }

    private Course course(Digest proposal) throws Refusal {
      Digest vote = votes.get(proposal);
      Course course = vote == null ? null : courses.get(vote);
      if (course == null || course.proposal(proposal).isEmpty()) {
        throw new Refusal("There is no such proposal.");
      }
      if (course.step().isEnd()) {
        // An ended vote is shared with the state before.
        course = course.copy();
        courses.put(vote, course);
      }
      return course;
    }

    private void propose(Proposal proposal) throws Refusal {
      here(proposal.genesis());
      int proposer = place();
      Digest id = Digest.of(entry.record());
      Refusal.unless(!votes.containsKey(id), "This was proposed already.");
      Refusal.unless(
          courses.values().stream()
              .noneMatch(open -> !open.step().isEnd() && open.proposers().contains(proposer)),
          "You have a proposal that is not decided yet.");
      Instant wait = waits.getOrDefault(proposer, Instant.EPOCH);
      Refusal.unless(
          !last.isBefore(wait), "Your last proposal failed; propose again from " + wait + ".");
      String licence = proposal.candidate().licence();
      Refusal.unless(
          rules.rules().licences().contains(licence),
          "This network does not take the licence " + licence + ".");
      ModelHash model = proposal.candidate().ggufSha256();
      Refusal.unless(!stops.isStopped(model), "This model was stopped in an emergency.");
      Refusal.unless(!incumbent.equals(Optional.of(model)), "This model is in use already.");
      Digest vote = proposal.joins().isPresent() ? votes.get(proposal.joins().get()) : id;
      if (vote == null) {
        throw new Refusal("There is no such proposal to join.");
      }
      if (vote.equals(id)) {
        Refusal.unless(courses.size() < COURSES_MAX, "The network has decided all it can.");
        List<NodeId> voters = roll.voters(last);
        List<Integer> places = new ArrayList<>();
        voters.forEach(voter -> places.add(roll.placeOf(voter).orElseThrow()));
        courses.put(
            id,
            new Course(
                id,
                genesis,
                rules.rules(),
                places,
                Roll.digest(voters),
                last.plus(rules.rules().sponsoring())));
      }
      Course course = courses.get(vote);
      if (course == null) {
        throw new Refusal("There is no such vote.");
      }
      course.join(id, proposal, proposer, last, digest);
      votes.put(id, vote);
    }

    private void certify(Certificate certificate) throws Refusal {
      byWriter();
      Course course = course(certificate.proposal());
      Refusal.unless(
          certificate.winner().isEmpty()
              || courses.values().stream().noneMatch(other -> other.step().isAdoption()),
          "Another model is being adopted; wait for its end.");
      course.certify(certificate, last);
      if (course.step().isEnd()) {
        settled(course);
      }
    }

    private void ready(Ready ready) throws Refusal {
      Course course = course(ready.proposal());
      Refusal.unless(
          course
              .winner()
              .flatMap(course::proposal)
              .map(won -> won.candidate().ggufSha256())
              .equals(Optional.of(ready.model())),
          "This is not the model that the vote chose.");
      course.ready(place(), last);
    }

    private void stage(Stage stage) throws Refusal {
      byWriter();
      Course course = course(stage.proposal());
      course.stage(stage.step(), last);
      if (course.step() == Course.Step.DONE) {
        incumbent.ifPresent(this::retire);
        incumbent =
            course.winner().flatMap(course::proposal).map(won -> won.candidate().ggufSha256());
        courses
            .values()
            .forEach(
                other -> {
                  if (!other.step().isEnd() && other.step() != Course.Step.SPONSORING) {
                    other.end(
                        Course.Step.FAILED,
                        List.of("The model that it was compared with is no longer in use."),
                        last);
                  }
                });
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
                        formers.reversed().stream()
                            .filter(one -> !stops.isStopped(one))
                            .findFirst());
        courses
            .values()
            .forEach(
                course -> {
                  if (!course.step().isEnd() && course.mayAdopt(stop.model())) {
                    course.end(Course.Step.STOPPED, List.of(stop.reason()), last);
                  }
                });
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
      Refusal.unless(roll.isMember(liar), "The one it names does not belong to this network.");
      Course course = course(twice.proposal());
      Refusal.unless(
          course.voided(twice, roll.placeOf(liar).orElseThrow()), "This was proven already.");
      roll = roll.quarantined(liar, last);
    }
  }
}
