// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.federated.round.MemberStep;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.node.governance.NetworkLedger;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.node.role.RefereeSet;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.federated.UpdateCommit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateBallot;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.FederatedEvent;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Reason;
import org.peermind.telemetry.Word;
import org.peermind.voting.Governance;

/// Takes part in federated rounds for its node: follows the newest round of the referee that writes
/// the ledger, verifies every message of it, and enrols, trains, commits, gives and evaluates when
/// it is time. What it is bound to is on the disk before it says so, so that a restart at any point
/// goes on with the same.
public final class RoundMember implements RefereeSet.PartMaker, AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);
  private static final Duration STOP_MAX = Duration.ofSeconds(20);

  private final Parts parts;
  private final MemberFiles files;
  private final AdaptersInUse adapters;
  private final MemberWork work;
  private final Following following;
  private final SuspectSearch suspects;
  private final List<RoundPart> links = new CopyOnWriteArrayList<>();
  private final Semaphore news = new Semaphore(0);

  private volatile String doing = "It has not looked yet.";
  private volatile boolean isClosed;

  /// When something that failed is tried again.
  private Instant restUntil = Instant.MIN;

  private @Nullable Thread thread;

  /// What it works with.
  ///
  /// @param folder of the rounds
  public record Parts(
      Path folder,
      IdentityKey identity,
      NetworkLedger ledger,
      Learner learner,
      Examiner examiner,
      Combining combining,
      InstantSource clock,
      EventLog events) {}

  public RoundMember(Parts parts) {
    this.parts = parts;
    this.files = new MemberFiles(parts.folder());
    this.adapters = new AdaptersInUse(files.shelf(), this::blob);
    this.work = new MemberWork(this::wake);
    this.following = new Following(files);
    this.suspects =
        new SuspectSearch(
            parts.folder(), this::blob, new Attribution(parts.combining(), parts.examiner()));
  }

  public synchronized void start() {
    thread = Thread.ofPlatform().name("round-member").daemon().start(this::run);
  }

  @Override
  public RefereeAttachment.Part at(RefereeAttachment attachment) {
    RoundPart part = new RoundPart(attachment, this::wake);
    links.removeIf(other -> other.referee().equals(part.referee()) && !other.isAttached());
    links.add(part);
    return part;
  }

  private void wake() {
    if (news.availablePermits() == 0) {
      news.release();
    }
  }

  /// What it does or waits for, in a sentence.
  public String doing() {
    return parts.learner().doing().orElse(doing);
  }

  /// Whether it trains or evaluates now.
  boolean isWorking() {
    return work.isBusy();
  }

  /// The newest round that it follows.
  public Optional<Round> round() {
    return following.round();
  }

  /// A file that a round left, from the disk or a referee.
  public Optional<byte[]> blob(Digest name) throws IOException, InterruptedException {
    BlobShelf shelf = files.shelf();
    Optional<byte[]> here = shelf.find(name);
    if (here.isPresent()) {
      return here;
    }
    for (RoundPart link : links) {
      Optional<byte[]> given =
          link.speaksOfRounds() ? link.blob(name, BlobShelf.BYTES_MAX) : Optional.empty();
      if (given.isPresent()) {
        shelf.putCopy(given.get());
        return given;
      }
    }
    return Optional.empty();
  }

  private void run() {
    while (!isClosed) {
      try {
        look();
        news.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        news.drainPermits();
      } catch (InterruptedException _) {
        return;
      } catch (IOException unusable) {
        doing = Sentence.ended("The rounds' files cannot be used: " + unusable.getMessage());
        pause();
      } catch (RuntimeException bug) {
        parts.events().record(NodeEvent.UnexpectedFailure.of(new Word("round-member"), bug));
        pause();
      }
    }
  }

  private void pause() {
    try {
      news.tryAcquire(AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      isClosed = true;
    }
  }

  /// Does once what is due.
  void look() throws IOException, InterruptedException {
    Optional<Governance> governance = parts.ledger().governance();
    if (governance.isEmpty()) {
      doing = "There is no ledger yet, so there are no rounds.";
      return;
    }
    adapters.look(governance.get(), parts.clock().instant());
    Optional<RoundPart> link = aggregator(governance.get());
    if (link.isEmpty()) {
      doing = "The referee that aggregates is not attached.";
      return;
    }
    if (link.get().head().getLength() == 0) {
      doing = "No round is open.";
      return;
    }
    switch (following.follow(link.get(), governance.get(), parts.clock().instant())) {
      case Following.Outcome.Known(Round round, boolean isNew) -> {
        if (isNew) {
          work.forget();
          restUntil = Instant.MIN;
        }
        act(link.get(), round);
      }
      case Following.Outcome.None(String why) -> {
        work.forget();
        doing = why;
      }
      case Following.Outcome.Broken(Round round, String sentence) -> {
        work.forget();
        doing = "The aggregator's transcript is wrong, so this node takes no part: " + sentence;
        record(round, "transcript-refused", sentence);
      }
    }
  }

  /// The file of an adapter that was fetched and verified.
  public Optional<Path> adapter(Digest name) {
    return adapters.find(name);
  }

  private Optional<RoundPart> aggregator(Governance governance) {
    NodeId writer = governance.writer();
    return links.stream()
        .filter(link -> link.isAttached() && link.referee().equals(writer))
        .findFirst();
  }

  private void act(RoundPart link, Round round) throws IOException, InterruptedException {
    Instant now = parts.clock().instant();
    switch (MemberStep.of(round, parts.identity().id(), now)) {
      case MemberStep.Enrol _ -> enrol(link, round);
      case MemberStep.Train _ -> train(link, round);
      case MemberStep.Upload _ -> upload(link, round);
      case MemberStep.Evaluate _ -> evaluate(link, round);
      case MemberStep.Wait(Instant until) -> {
        if (!isSearching()) {
          doing =
              "Round %d: others are %s until %s."
                  .formatted(
                      round.descriptor().number(),
                      round.step().name().toLowerCase(Locale.ROOT),
                      until);
        }
      }
      case MemberStep.Done _ -> {
        parts.learner().forget(round.id());
        suspects.ended(round);
        if (!isSearching()) {
          doing = done(round);
        }
        vote(round);
      }
    }
  }

  /// Whether it looks for whose updates made a gate fail, which it does when nothing else is due.
  private boolean isSearching() {
    Optional<Round> due = suspects.due();
    if (due.isEmpty()) {
      work.forget();
      return false;
    }
    long number = due.get().descriptor().number();
    if (!isResting()) {
      work.once("suspects of round " + number, () -> suspects.run(due.get()))
          .ifPresent(
              failure -> {
                suspects.failed(failure);
                rest(failure);
              });
    }
    doing =
        "It looks for whose updates made round %d fail: %s"
            .formatted(number, suspects.standing().sentence());
    return true;
  }

  /// Has it look for whose updates made the newest failed gate fail.
  ///
  /// @return whether it knows of such a round
  boolean searchSuspects() {
    boolean isThere = suspects.want();
    wake();
    return isThere;
  }

  /// How that search stands.
  SuspectSearch.Standing suspects() {
    return suspects.standing();
  }

  private void vote(Round round) throws InterruptedException {
    Instant now = parts.ledger().now();
    Optional<Governance> governance = parts.ledger().governance();
    Optional<UpdateBallot> due =
        isResting()
            ? Optional.empty()
            : governance.flatMap(one -> OwnVote.due(one, round, parts.identity().id(), now));
    if (due.isPresent()) {
      switch (parts.ledger().submit(due.get().sign(parts.identity()))) {
        case NetworkLedger.Submitted.Accepted _ ->
            record(round, "update-voted", due.get().accept() ? "accepted" : "refused");
        case NetworkLedger.Submitted.Refused(String reason) ->
            rest("Its vote was not taken: " + reason);
        case NetworkLedger.Submitted.Unknown(String reason) ->
            rest("Its vote is not in the ledger yet: " + reason);
      }
    }
  }

  private static String done(Round round) {
    return round
        .end()
        .map(
            end ->
                "Round %d %s: %s"
                    .formatted(
                        round.descriptor().number(),
                        end.end().name().toLowerCase(Locale.ROOT),
                        end.reason()))
        .orElse("Round %d goes on without it.".formatted(round.descriptor().number()));
  }

  private void enrol(RoundPart link, Round round) throws IOException, InterruptedException {
    Optional<SignedEnvelope> before = files.said(round.id(), MemberFiles.Saying.ENROLMENT);
    if (before.isPresent()) {
      say(link, round, before.get(), "enrolled");
      return;
    }
    switch (parts.learner().readiness(round.descriptor())) {
      case Learner.Readiness.Unready(String reason) -> doing = "It takes no part: " + reason;
      case Learner.Readiness.Ready(Enrolment.Method method, int weight, Duration training) ->
          say(
              link,
              round,
              files.keep(
                  round.id(),
                  MemberFiles.Saying.ENROLMENT,
                  new Enrolment(round.id(), round.stepHead(), method, weight, training)
                      .sign(parts.identity())),
              "enrolled");
    }
  }

  private void train(RoundPart link, Round round) throws IOException, InterruptedException {
    Optional<SignedEnvelope> bound = files.said(round.id(), MemberFiles.Saying.COMMIT);
    if (bound.isPresent()) {
      say(link, round, bound.get(), "update-committed");
      return;
    }
    if (isResting()) {
      return;
    }
    doing = "Round %d: it trains.".formatted(round.descriptor().number());
    Optional<byte[]> parentState = Optional.empty();
    if (round.descriptor().parent().isPresent()) {
      parentState = blob(round.descriptor().parent().get().state());
      if (parentState.isEmpty()) {
        doing = "The state that the round begins with cannot be fetched.";
        return;
      }
    }
    Optional<byte[]> state = parentState;
    work.once("train", () -> bind(round, parts.learner().learn(round, state)))
        .ifPresent(failure -> rest("It cannot train: " + failure));
  }

  /// What failed is tried again after a while, for as long as the step lasts.
  private void rest(String why) {
    doing = Sentence.ended(why);
    restUntil = parts.clock().instant().plus(AFTER_FAILURE);
  }

  private boolean isResting() {
    return parts.clock().instant().isBefore(restUntil);
  }

  private void bind(Round round, Learner.Learnt learnt) throws IOException {
    byte[] update = learnt.update().toByteArray();
    long wanted = (long) round.descriptor().subspace().length() * FixedPoint.COORDINATE_BYTES;
    if (update.length != wanted) {
      throw new IOException(
          "the update has %d bytes, and the round takes %d".formatted(update.length, wanted));
    }
    UpdateCommit commit =
        new UpdateCommit(
            round.id(),
            round.stepHead(),
            UpdateCommit.commitment(round.id(), parts.identity().id(), Digest.over(update)),
            learnt.training());
    files.bind(round.id(), update, commit.sign(parts.identity()));
    parts.learner().forget(round.id());
  }

  private void upload(RoundPart link, Round round) throws IOException, InterruptedException {
    Optional<byte[]> update = files.update(round.id());
    if (update.isEmpty()) {
      doing = "The update that it is bound to is not on the disk any more.";
      return;
    }
    RoundPart.Answer given = link.give(round.id(), update.get());
    if (!given.isAccepted()) {
      doing = "The referee did not take the update: " + given.reason();
      return;
    }
    Update message = new Update(round.id(), round.stepHead(), Digest.over(update.get()));
    say(link, round, message.sign(parts.identity()), "update-given");
  }

  private void evaluate(RoundPart link, Round round) throws IOException, InterruptedException {
    Optional<SignedEnvelope> found = files.said(round.id(), MemberFiles.Saying.EVALUATION);
    if (found.isPresent()) {
      say(link, round, found.get(), "evaluated");
      return;
    }
    if (isResting()) {
      return;
    }
    doing = "Round %d: it evaluates the update.".formatted(round.descriptor().number());
    work.once("evaluate", () -> examine(round))
        .ifPresent(failure -> rest("It cannot evaluate: " + failure));
  }

  private void examine(Round round) throws IOException, InterruptedException {
    files.keep(
        round.id(),
        MemberFiles.Saying.EVALUATION,
        new Evaluating(parts, this::blob).of(round).sign(parts.identity()));
  }

  private void say(RoundPart link, Round round, SignedEnvelope message, String what)
      throws InterruptedException {
    RoundPart.Answer answer = link.submit(message);
    if (answer.isAccepted()) {
      record(round, what, what);
      doing = "Round %d: %s.".formatted(round.descriptor().number(), what.replace('-', ' '));
    } else {
      doing = "The aggregator did not take its message: " + answer.reason();
    }
  }

  private void record(Round round, String what, String told) {
    parts
        .events()
        .record(
            new FederatedEvent.RoundStep(
                new Word(what), new Word(round.id().shortText()), Reason.of(told)));
  }

  @Override
  public synchronized void close() throws IOException {
    isClosed = true;
    work.close();
    if (thread != null) {
      thread.interrupt();
      try {
        thread.join(STOP_MAX);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
    following.close();
  }
}
