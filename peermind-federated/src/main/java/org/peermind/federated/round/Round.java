// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.CommitsClosed;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.Roster;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.RoundEvaluation;
import org.peermind.protocol.federated.RoundMessage;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.federated.UpdateCommit;
import org.peermind.protocol.governance.Digest;

/// What was said in a federated round so far. [#after] says of one more message whether it belongs,
/// and what holds then. A pure function of the messages in their order; immutable.
///
/// Every message names the round and what its author had seen: a member the head of the transcript
/// at the beginning of the step, the aggregator the head just before its own message. So the
/// aggregator cannot show two members different rounds without two signatures that prove it, and no
/// message fits another round or another place.
public final class Round {
  /// Where a round is.
  public enum Step {
    ENROLLING,
    TRAINING,
    UPLOADING,
    EVALUATING,
    CLOSED
  }

  /// What became of a message.
  public sealed interface Outcome {
    /// It belongs into the transcript, and this holds after it.
    record Accepted(Round round) implements Outcome {}

    /// It does not.
    ///
    /// @param sentence why, for its author
    /// @param proof that the author contradicts itself
    record Refused(String sentence, Optional<Contradiction> proof) implements Outcome {}
  }

  private final List<SignedEnvelope> transcript;
  private final RoundDescriptor descriptor;
  private final Digest id;
  private final NodeId aggregator;
  private final Digest head;
  private final Digest stepHead;
  private final SortedMap<NodeId, Enrolment> enrolled;
  private final SortedMap<NodeId, UpdateCommit> commits;
  private final SortedMap<NodeId, Update> updates;
  private final SortedMap<NodeId, RoundEvaluation> evaluations;
  private final Optional<Roster> roster;
  private final Optional<CommitsClosed> closed;
  private final Optional<RoundAggregate> aggregate;
  private final Optional<RoundClose> close;

  private Round(SignedEnvelope opening, RoundDescriptor descriptor) {
    this.transcript = List.of(opening);
    this.descriptor = descriptor;
    this.id = Digest.of(opening);
    this.aggregator = opening.signer();
    this.head = Transcripts.first(opening);
    this.stepHead = head;
    this.enrolled = new TreeMap<>();
    this.commits = new TreeMap<>();
    this.updates = new TreeMap<>();
    this.evaluations = new TreeMap<>();
    this.roster = Optional.empty();
    this.closed = Optional.empty();
    this.aggregate = Optional.empty();
    this.close = Optional.empty();
  }

  private Round(Round before, SignedEnvelope envelope, RoundMessage message) {
    List<SignedEnvelope> longer = new ArrayList<>(before.transcript);
    longer.add(envelope);
    NodeId author = envelope.signer();
    this.transcript = List.copyOf(longer);
    this.descriptor = before.descriptor;
    this.id = before.id;
    this.aggregator = before.aggregator;
    this.head = Transcripts.next(before.head, envelope);
    this.enrolled = with(before.enrolled, author, message, Enrolment.class);
    this.commits = with(before.commits, author, message, UpdateCommit.class);
    this.updates = with(before.updates, author, message, Update.class);
    this.evaluations = with(before.evaluations, author, message, RoundEvaluation.class);
    this.roster = or(before.roster, message, Roster.class);
    this.closed = or(before.closed, message, CommitsClosed.class);
    this.aggregate = or(before.aggregate, message, RoundAggregate.class);
    this.close = or(before.close, message, RoundClose.class);
    this.stepHead = step() == before.step() ? before.stepHead : head;
  }

  private static <M extends RoundMessage> SortedMap<NodeId, M> with(
      SortedMap<NodeId, M> before, NodeId author, RoundMessage message, Class<M> kind) {
    if (!kind.isInstance(message)) {
      return before;
    }
    SortedMap<NodeId, M> after = new TreeMap<>(before);
    after.put(author, kind.cast(message));
    return after;
  }

  private static <M extends RoundMessage> Optional<M> or(
      Optional<M> before, RoundMessage message, Class<M> kind) {
    return kind.isInstance(message) ? Optional.of(kind.cast(message)) : before;
  }

  /// Begins with the descriptor.
  public static Outcome begin(SignedEnvelope opening) {
    try {
      return new Outcome.Accepted(new Round(opening, RoundDescriptor.open(opening)));
    } catch (ProtocolException malformed) {
      return new Outcome.Refused(sentence(malformed), Optional.empty());
    }
  }

  /// What holds after one more message, or why it does not belong.
  public Outcome after(SignedEnvelope envelope) {
    try {
      RoundMessage message = RoundMessage.open(envelope);
      Refusal.unless(message.round().equals(id), "This message is of another round.");
      Refusal.unless(step() != Step.CLOSED, "The round is over.");
      check(message, envelope);
      return new Outcome.Accepted(new Round(this, envelope, message));
    } catch (ProtocolException malformed) {
      return new Outcome.Refused(sentence(malformed), Optional.empty());
    } catch (Refusal refusal) {
      return new Outcome.Refused(refusal.sentence(), refusal.proof());
    }
  }

  private static String sentence(ProtocolException malformed) {
    return "The message cannot be read: " + malformed.getMessage() + ".";
  }

  private void check(RoundMessage message, SignedEnvelope envelope) throws Refusal {
    NodeId author = envelope.signer();
    switch (message) {
      case Enrolment enrolment -> enrol(enrolment, envelope);
      case UpdateCommit commit -> {
        once(commits, commit, envelope);
        at(Step.TRAINING, commit);
        Refusal.unless(enrolled.containsKey(author), "Its author is not on the roster.");
        Refusal.unless(
            commit.training().steps() <= descriptor.lesson().steps(),
            "It trained more steps than the lesson has.");
      }
      case Update update -> {
        once(updates, update, envelope);
        at(Step.UPLOADING, update);
        UpdateCommit bound = commits.get(author);
        Refusal.unless(
            bound != null
                && UpdateCommit.commitment(id, author, update.vector()).equals(bound.commitment()),
            "The update is not the one that its author was bound to.");
      }
      case RoundEvaluation evaluation -> {
        once(evaluations, evaluation, envelope);
        at(Step.EVALUATING, evaluation);
        Refusal.unless(enrolled.containsKey(author), "Its author is not on the roster.");
        Refusal.unless(
            !evaluation.passed() || evaluation.items() >= descriptor.gate().itemsMin(),
            "Fewer items were asked than the gate has.");
      }
      case Roster next -> close(next, author);
      case CommitsClosed next -> close(next, author);
      case RoundAggregate next -> close(next, author);
      case RoundClose next -> close(next, author);
    }
  }

  private void enrol(Enrolment enrolment, SignedEnvelope envelope) throws Refusal {
    once(enrolled, enrolment, envelope);
    at(Step.ENROLLING, enrolment);
    Refusal.unless(
        enrolled.size() < descriptor.company().most(),
        "The round has as many members as it takes.");
  }

  /// A member says a thing once; another word about the same is proof against it.
  private <M extends RoundMessage> void once(
      Map<NodeId, M> said, M message, SignedEnvelope envelope) throws Refusal {
    M before = said.get(envelope.signer());
    if (before == null) {
      return;
    }
    if (before.equals(message)) {
      throw new Refusal("This was said already.", Optional.empty());
    }
    SignedEnvelope first =
        transcript.stream()
            .filter(
                one ->
                    one.signer().equals(envelope.signer())
                        && one.wire().getType().equals(envelope.wire().getType()))
            .findFirst()
            .orElseThrow();
    throw new Refusal(
        "Its author said something else before.", Optional.of(new Contradiction(first, envelope)));
  }

  private void at(Step wanted, RoundMessage message) throws Refusal {
    Step step = step();
    Refusal.unless(
        step.compareTo(wanted) <= 0, "It comes too late: the step it belongs to is over.");
    Refusal.unless(step == wanted, "It comes too early.");
    Refusal.unless(
        message.previous().equals(stepHead), "Its author saw another transcript than this one.");
  }

  private void byAggregator(RoundMessage message, NodeId author) throws Refusal {
    Refusal.unless(author.equals(aggregator), "Only the aggregator of the round may say this.");
    Refusal.unless(message.previous().equals(head), "It does not follow what was said last.");
  }

  private void close(Roster next, NodeId author) throws Refusal {
    byAggregator(next, author);
    Refusal.unless(step() == Step.ENROLLING, "The roster is closed already.");
    enough(enrolled.size(), "enrolled");
    Instant latest =
        descriptor
            .timetable()
            .opened()
            .plus(descriptor.timetable().enrolling())
            .plus(descriptor.timetable().trainingMost());
    Refusal.unless(
        !next.trainingUntil().isAfter(latest), "The training ends later than the descriptor says.");
  }

  private void close(CommitsClosed next, NodeId author) throws Refusal {
    byAggregator(next, author);
    Refusal.unless(step() == Step.TRAINING, "There is no training to close.");
    enough(commits.size(), "trained");
  }

  private void close(RoundAggregate next, NodeId author) throws Refusal {
    byAggregator(next, author);
    Refusal.unless(step() == Step.UPLOADING, "There is nothing to aggregate.");
    Refusal.unless(
        next.exclusions().stream().allMatch(one -> updates.containsKey(one.member())),
        "It excludes a member that gave no update.");
    enough(updates.size() - next.exclusions().size(), "gave an update");
    Refusal.unless(
        Digest.over(next.itemsSalt().toBytes(), next.items().toBytes())
            .equals(descriptor.gate().commitment()),
        "The gate's items are not those that the descriptor was bound to.");
  }

  private void close(RoundClose next, NodeId author) throws Refusal {
    byAggregator(next, author);
    if (next.end() != RoundClose.End.ABORTED) {
      Refusal.unless(
          step() == Step.EVALUATING && next.end() == verdict(),
          "This is not what the evaluations say.");
    }
  }

  private void enough(int members, String verb) throws Refusal {
    Refusal.unless(
        members >= descriptor.company().least(),
        "Only %d members %s, fewer than %d."
            .formatted(members, verb, descriptor.company().least()));
  }

  /// What the evaluations say: passed when at least two thirds of those on whose updates it rests
  /// evaluated it, and more than half of the evaluations let it through.
  public RoundClose.End verdict() {
    long passed = evaluations.values().stream().filter(RoundEvaluation::passed).count();
    boolean isQuorate = 3L * evaluations.size() >= 2L * included().size();
    return isQuorate && 2 * passed > evaluations.size()
        ? RoundClose.End.PASSED
        : RoundClose.End.FAILED;
  }

  /// Whose updates count.
  public List<NodeId> included() {
    return updates.keySet().stream()
        .filter(
            member ->
                aggregate.stream()
                    .flatMap(made -> made.exclusions().stream())
                    .noneMatch(one -> one.member().equals(member)))
        .toList();
  }

  /// Where the round is.
  public Step step() {
    if (close.isPresent()) {
      return Step.CLOSED;
    }
    if (aggregate.isPresent()) {
      return Step.EVALUATING;
    }
    if (closed.isPresent()) {
      return Step.UPLOADING;
    }
    return roster.isPresent() ? Step.TRAINING : Step.ENROLLING;
  }

  /// Until when the step lasts at most, by the aggregator's clock; [Instant#MIN] when it is over.
  public Instant until() {
    return switch (step()) {
      case ENROLLING -> descriptor.timetable().opened().plus(descriptor.timetable().enrolling());
      case TRAINING -> roster.orElseThrow().trainingUntil();
      case UPLOADING -> closed.orElseThrow().uploadingUntil();
      case EVALUATING -> aggregate.orElseThrow().evaluatingUntil();
      case CLOSED -> Instant.MIN;
    };
  }

  /// Name of the round.
  public Digest id() {
    return id;
  }

  public RoundDescriptor descriptor() {
    return descriptor;
  }

  public NodeId aggregator() {
    return aggregator;
  }

  /// Digest of everything said so far, in order.
  public Digest head() {
    return head;
  }

  /// What a member's message of this step names as the transcript it saw.
  public Digest stepHead() {
    return stepHead;
  }

  /// Everything said so far, the descriptor first.
  public List<SignedEnvelope> transcript() {
    return transcript;
  }

  public Map<NodeId, Enrolment> enrolled() {
    return Map.copyOf(enrolled);
  }

  public Map<NodeId, UpdateCommit> commits() {
    return Map.copyOf(commits);
  }

  public Map<NodeId, Update> updates() {
    return Map.copyOf(updates);
  }

  public Map<NodeId, RoundEvaluation> evaluations() {
    return Map.copyOf(evaluations);
  }

  public Optional<RoundAggregate> aggregate() {
    return aggregate;
  }

  public Optional<RoundClose> end() {
    return close;
  }

  /// The weight of a member's update.
  ///
  /// @throws NullPointerException when it is not enrolled
  public int weight(NodeId member) {
    return Objects.requireNonNull(enrolled.get(member), "an enrolled member").weight();
  }

  /// Something of every member that said it.
  <T> List<T> ofEnrolled(Function<Enrolment, T> part) {
    return enrolled.values().stream().map(part).toList();
  }
}
