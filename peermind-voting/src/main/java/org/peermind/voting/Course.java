// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Certificate;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.Stage;

/// One vote, from its first proposal to the model that is adopted, kept or undone. Only entries of
/// the ledger and their times move it, so that whoever replays them sees the same. Who may vote is
/// fixed when it begins; each voter counts once, under whatever key it has.
///
/// Changes only while [Governance] applies an entry to a copy of its own; immutable from then on.
public final class Course {
  private final Digest id;
  private final Digest genesis;
  private final Rules rules;
  private final List<Integer> voters;
  private final Digest roll;
  private Entrants entrants = Entrants.NONE;
  private SealedBox<BallotReveal> ballots = new SealedBox<>();
  private Adoption adoption = Adoption.NONE;

  private Step step = Step.SPONSORING;
  private Instant deadline;
  private List<Digest> options = List.of();
  private Optional<DoubleMajority.Result> result = Optional.empty();
  private List<String> sentences = List.of();
  private Digest beacon;
  private Set<String> proven = Set.of();
  private Map<Integer, Instant> failed = Map.of();

  /// This vote after its deadline, as soon as somebody asked; counting takes a while.
  private volatile @Nullable Course later;

  /// Where a vote stands. Those from `DONE` on are the end.
  public enum Step {
    SPONSORING,
    EVALUATING,
    REPORTS_OPENING,
    VOTING,
    BALLOTS_OPENING,
    COUNTED,
    STARTED,
    LOCKED_IN,
    ACTIVE,
    DONE,
    KEPT,
    FAILED,
    ROLLED_BACK,
    STOPPED;

    public boolean isEnd() {
      return compareTo(DONE) >= 0;
    }

    /// Whether a model is being adopted.
    public boolean isAdoption() {
      return this == STARTED || this == LOCKED_IN || this == ACTIVE;
    }
  }

  /// What everybody can see of it.
  ///
  /// @param deadline of the present step, after which it goes on without a word from anybody
  /// @param proposals in the order of the ledger
  /// @param options those that may be voted for, in the order of the ranks of a ballot, to which
  ///   `KEEP` is the last
  /// @param sentences why it ended as it did, or what the evaluation refused
  public record View(
      Step step,
      Instant deadline,
      List<Digest> proposals,
      List<Digest> options,
      Optional<Stage.Step> stage,
      int ballotsSealed,
      int ballotsOpened,
      int ready,
      int voters,
      List<String> sentences) {}

  Course(
      Digest id, Digest genesis, Rules rules, List<Integer> voters, Digest roll, Instant deadline) {
    this.id = id;
    this.genesis = genesis;
    this.rules = rules;
    this.voters = List.copyOf(voters);
    this.roll = roll;
    this.deadline = deadline;
    this.beacon = id;
  }

  Course copy() {
    Course copy = new Course(id, genesis, rules, voters, roll, deadline);
    copy.entrants = entrants;
    copy.ballots = ballots;
    copy.adoption = adoption;
    copy.step = step;
    copy.options = options;
    copy.result = result;
    copy.sentences = sentences;
    copy.beacon = beacon;
    copy.proven = proven;
    copy.failed = failed;
    return copy;
  }

  public View view() {
    return new View(
        step,
        deadline,
        order(),
        options,
        adoption.stage(),
        ballots.sealedCount(),
        ballots.opened().size(),
        adoption.ready().size(),
        voters.size(),
        sentences);
  }

  /// The count, once the ballots are open.
  public Optional<DoubleMajority.Result> result() {
    return result;
  }

  public Step step() {
    return step;
  }

  /// The name of its first proposal, which is the vote's.
  public Digest id() {
    return id;
  }

  /// When the present step ends; far in the future when it waits for the writer, or is the end.
  public Instant deadline() {
    return deadline;
  }

  boolean isVoter(int place) {
    return voters.contains(place);
  }

  List<Integer> voters() {
    return voters;
  }

  /// Names of its proposals, in the order of the ledger.
  List<Digest> order() {
    return entrants.order();
  }

  List<Digest> options() {
    return options;
  }

  SealedBox<BallotReveal> ballots() {
    return ballots;
  }

  Adoption adoption() {
    return adoption;
  }

  /// What was measured of a proposal, once the reports are open.
  public Optional<Aggregation> aggregation(Digest proposal) {
    return entrants.find(proposal).flatMap(Entrant::aggregation);
  }

  Optional<Proposal> proposal(Digest proposal) {
    return entrants.find(proposal).map(Entrant::proposal);
  }

  /// Whether a model is, or may still be, the one that this vote adopts.
  boolean mayAdopt(ModelHash model) {
    return model().map(model::equals).orElse(entrants.proposes(model));
  }

  List<Integer> proposers() {
    return entrants.proposers();
  }

  /// Whose proposals failed, by their places, and when.
  Map<Integer, Instant> failed() {
    return failed;
  }

  /// What draws the items that a proposal is asked; empty until it has enough sponsors.
  public Optional<Digest> itemSeed(Digest proposal) {
    return entrants.find(proposal).flatMap(one -> one.itemSeed(proposal));
  }

  /// The digest of the ledger that reports about a proposal name, see [EvaluationReveal].
  public Optional<Digest> ledgerDigest(Digest proposal) {
    return entrants.find(proposal).flatMap(Entrant::drawn).map(Entrant.Drawn::ledger);
  }

  /// The proposal whose model is to be adopted, once there is one.
  public Optional<Digest> winner() {
    return result.flatMap(
        counted ->
            counted.winner().isPresent()
                ? Optional.of(options.get(counted.winner().getAsInt()))
                : Optional.empty());
  }

  /// Its file.
  Optional<ModelHash> model() {
    return winner().map(won -> entrant(won).model());
  }

  /// The certificate that is due: the only one that will be accepted.
  public Optional<Certificate> certificateDue() {
    return step == Step.COUNTED
        ? Optional.of(new Certificate(id, roll, winner(), beacon))
        : Optional.empty();
  }

  /// Made of the salts of all open ballots, which were sealed before anybody knew another's.
  private Digest ballotBeacon() {
    return Digest.over(
        ballots.opened().values().stream()
            .map(BallotReveal::salt)
            .sorted()
            .map(Digest::toBytes)
            .toArray(byte[][]::new));
  }

  /// How many sponsors besides the proposer are asked: `max(1, min(5, ceil(sqrt(N) / 2)))`, and
  /// never more than there are other voters.
  public static int sponsorsAsked(int voters, boolean isProposerVoter) {
    int byRoot = 0;
    while (4L * byRoot * byRoot < voters) {
      byRoot++;
    }
    return Math.min(Math.clamp(byRoot, 1, 5), isProposerVoter ? voters - 1 : voters);
  }

  // Time.

  /// As it is at `now`, after every deadline that has passed.
  Course at(Instant now) {
    Course course = this;
    while (!course.step.isEnd() && !now.isBefore(course.deadline)) {
      course = course.later();
    }
    return course;
  }

  private Course later() {
    Course known = later;
    if (known == null) {
      known = copy();
      known.pass();
      later = known;
    }
    return known;
  }

  private void pass() {
    switch (step) {
      case SPONSORING -> endSponsoring(deadline);
      case EVALUATING -> enter(Step.REPORTS_OPENING, deadline.plus(rules.evaluationReveal()));
      case REPORTS_OPENING -> evaluate();
      case VOTING -> enter(Step.BALLOTS_OPENING, deadline.plus(rules.votingReveal()));
      case BALLOTS_OPENING -> count();
      case STARTED -> end(Step.FAILED, List.of("Too few nodes were ready in time."), deadline);
      case COUNTED, LOCKED_IN, ACTIVE, DONE, KEPT, FAILED, ROLLED_BACK, STOPPED ->
          throw new IllegalStateException("This step has no deadline");
    }
  }

  private void enter(Step next, Instant until) {
    step = next;
    deadline = until;
  }

  /// Ends; those whose proposals were not adopted wait, but for whom a later vote may take up.
  private void end(Step how, List<String> why, Instant at) {
    List<Digest> spared = new ArrayList<>();
    result.ifPresent(counted -> counted.reopened().forEach(one -> spared.add(options.get(one))));
    if (how == Step.DONE) {
      winner().ifPresent(spared::add);
    }
    entrants
        .byName()
        .forEach(
            (proposal, entrant) -> {
              if (!spared.contains(proposal)) {
                fail(entrant.proposer(), at);
              }
            });
    close(how, why);
  }

  /// Ends for a reason that lies in none of its proposals: nobody waits.
  void overtaken() {
    close(Step.FAILED, List.of("The model to compare with is no longer in use."));
  }

  void stop(String reason, Instant at) {
    end(Step.STOPPED, List.of(reason), at);
  }

  private void close(Step how, List<String> why) {
    step = how;
    deadline = Instant.MAX;
    sentences = List.copyOf(why);
  }

  private void fail(int proposer, Instant at) {
    Map<Integer, Instant> more = new HashMap<>(failed);
    more.put(proposer, at);
    failed = Map.copyOf(more);
  }

  private void endSponsoring(Instant at) {
    entrants.all().stream()
        .filter(Predicate.not(Entrant::isSponsored))
        .forEach(one -> fail(one.proposer(), at));
    if (!entrant(id).isSponsored()) {
      close(Step.FAILED, List.of("Too few voters sponsored it in time."));
      return;
    }
    entrants = entrants.onlySponsored();
    enter(Step.EVALUATING, at.plus(rules.evaluation()));
  }

  private void evaluate() {
    entrants = entrants.evaluated(voters.size(), rules);
    options = entrants.passing();
    if (options.isEmpty()) {
      end(Step.FAILED, entrants.refusals(), deadline);
      return;
    }
    sentences = entrants.refusals();
    enter(Step.VOTING, deadline.plus(rules.voting()));
  }

  private void count() {
    beacon = ballotBeacon();
    DoubleMajority.Result counted = BallotCount.of(this, beacon);
    result = Optional.of(counted);
    sentences = BallotCount.sentences(this, counted);
    enter(Step.COUNTED, Instant.MAX);
  }

  long capacity(int place) {
    return entrants.capacity(place);
  }

  Entrant entrant(Digest proposal) {
    return entrants.get(proposal);
  }

  // Records. Each is checked whole before anything changes.

  void join(Digest proposal, Proposal proposed, int proposer, Instant now, Digest ledger)
      throws Refusal {
    Refusal.unless(step == Step.SPONSORING, "The evaluation of that vote has begun.");
    entrants = entrants.joined(proposal, proposed, proposer);
    beginIfSponsored(proposal, now, ledger);
  }

  void sponsor(Digest proposal, int place, Instant now, Digest ledger) throws Refusal {
    Refusal.unless(step == Step.SPONSORING, "The time of sponsors is over.");
    voter(place);
    entrants = entrants.sponsored(proposal, place);
    beginIfSponsored(proposal, now, ledger);
  }

  private void beginIfSponsored(Digest proposal, Instant now, Digest ledger) {
    int asked = sponsorsAsked(voters.size(), voters.contains(entrant(proposal).proposer()));
    entrants = entrants.drawn(proposal, asked, ledger);
    if (entrants.all().stream().allMatch(Entrant::isSponsored)) {
      endSponsoring(now);
    }
  }

  private void voter(int place) throws Refusal {
    Refusal.unless(voters.contains(place), "You were not among the voters when this vote began.");
  }

  void seal(Commit commit, int place, Witnessed entry) throws Refusal {
    voter(place);
    switch (commit.kind()) {
      case EVALUATION -> {
        Refusal.unless(step == Step.EVALUATING, "Reports cannot be sealed now.");
        entrants = entrants.sealed(commit, place, entry.record(), genesis);
      }
      case BALLOT -> {
        Refusal.unless(step == Step.VOTING, "Ballots cannot be sealed now.");
        Refusal.unless(
            commit.proposal().equals(id), "A ballot names the first proposal of a vote.");
        ballots = ballots.sealed(place, commit, entry.record(), genesis);
      }
    }
  }

  void open(EvaluationReveal report, int place, Digest name) throws Refusal {
    voter(place);
    Refusal.unless(step == Step.REPORTS_OPENING, "Reports cannot be opened now.");
    entrants = entrants.opened(report, place, name, rules);
  }

  void open(BallotReveal ballot, int place, Digest name) throws Refusal {
    voter(place);
    Refusal.unless(step == Step.BALLOTS_OPENING, "Ballots cannot be opened now.");
    Refusal.unless(ballot.proposal().equals(id), "A ballot names the first proposal of a vote.");
    Refusal.unless(
        ballot.ranks().size() == options.size() + 1,
        "A ballot of this vote ranks %d candidates and KEEP.".formatted(options.size()));
    ballots = ballots.opened(place, ballot.sequence(), name, ballot);
  }

  /// Takes out what a voter sealed twice, where it is not counted yet. Answers whether that was not
  /// proven before.
  boolean voided(Commit commit, int place) {
    Set<String> more = new TreeSet<>(proven);
    if (!more.add(commit.kind() + " " + commit.proposal() + " " + place)) {
      return false;
    }
    proven = Set.copyOf(more);
    switch (commit.kind()) {
      case EVALUATION -> entrants = entrants.voided(commit, place);
      case BALLOT -> ballots = ballots.voided(place);
    }
    return true;
  }

  void certify(Certificate certificate, Instant now) throws Refusal {
    Optional<Certificate> due = certificateDue();
    Refusal.unless(due.isPresent(), "No certificate is due.");
    Refusal.unless(
        due.equals(Optional.of(certificate)), "A recount gives another roll or another result.");
    if (winner().isPresent()) {
      enter(Step.STARTED, now.plus(rules.readiness()));
    } else {
      end(Step.KEPT, sentences, now);
    }
  }

  void ready(int place, Instant now) throws Refusal {
    Refusal.unless(
        step == Step.STARTED || step == Step.LOCKED_IN, "No model is waiting for nodes.");
    voter(place);
    adoption = adoption.with(place);
    if (step == Step.STARTED
        && adoption.isEnough(
            voters,
            voters.stream().map(this::capacity).toList(),
            rules.readyCapacityPercent(),
            rules.readyHeadsPercent())) {
      adoption = adoption.lockedIn(now.plus(rules.activationDelay()));
      enter(Step.LOCKED_IN, Instant.MAX);
    }
  }

  void stage(Stage.Step next, Instant now) throws Refusal {
    Refusal.unless(
        step == Step.LOCKED_IN || step == Step.ACTIVE, "No adopted model is waiting for a stage.");
    adoption = adoption.after(next, now, rules.stage());
    if (next == Stage.Step.DONE) {
      end(Step.DONE, List.of(), now);
    } else {
      enter(Step.ACTIVE, Instant.MAX);
    }
  }

  void rollBack(String reason, Instant now) throws Refusal {
    Refusal.unless(step == Step.ACTIVE, "No model is in its stages.");
    end(Step.ROLLED_BACK, List.of(reason), now);
  }
}
