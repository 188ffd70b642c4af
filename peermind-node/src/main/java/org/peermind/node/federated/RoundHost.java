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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.peermind.federated.round.AggregatorStep;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.node.governance.NetworkLedger;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.CommitsClosed;
import org.peermind.protocol.federated.Roster;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.federated.RoundMessage;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.federated.UpdateCommit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.FederatedEvent;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Reason;
import org.peermind.telemetry.Word;
import org.peermind.voting.Governance;

/// The aggregator of federated rounds, at the referee that writes the ledger: opens rounds, takes
/// messages and updates in, aggregates, and puts what passed into the ledger. All that counts is on
/// the disk before anybody is told, so that it goes on after a restart at any point.
public final class RoundHost implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);
  private static final Duration UNNAMED_KEPT = Duration.ofHours(1);

  private final Parts parts;
  private final RoundFiles files;
  private final BlobShelf shelf;
  private final Gifts gifts;
  private final Opening opening;
  private final Aggregating aggregating;
  private final Set<NodeId> barred = ConcurrentHashMap.newKeySet();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Semaphore news = new Semaphore(0);
  private volatile @Nullable RoundLog log;
  private volatile Instant lastEnd;
  private volatile String doing = "It has not looked yet.";
  private volatile boolean isClosed;
  private @Nullable Digest settled;

  /// Whether the newest round cannot be read; then it leads none.
  private boolean isUnreadable;

  /// When a round that cannot be read is tried again.
  private Instant readAgain = Instant.MIN;

  private @Nullable Thread thread;

  /// What it works with.
  ///
  /// @param folder of the rounds
  public record Parts(
      Path folder,
      IdentityKey identity,
      NetworkLedger ledger,
      RoundPlan plan,
      Combining combining,
      InstantSource clock,
      EventLog events) {}

  private RoundHost(Parts parts, RoundFiles files) throws IOException {
    this.parts = parts;
    this.files = files;
    this.shelf = files.shelf();
    this.gifts = new Gifts(files.gifts(), shelf);
    this.opening = new Opening(parts, files);
    this.aggregating = new Aggregating(parts.combining(), files);
    this.barred.addAll(files.barred());
    this.lastEnd = Instant.EPOCH;
  }

  /// Goes on with what is in its folder. When the newest round cannot be read it leads none, until
  /// its owner put a good copy there or moved it away; a referee has other work than rounds.
  ///
  /// @throws IOException when the folder cannot be used
  public static RoundHost open(Parts parts) throws IOException {
    RoundHost host = new RoundHost(parts, new RoundFiles(parts.folder()));
    host.resume();
    return host;
  }

  private void resume() throws IOException {
    Optional<Path> newest = files.newest();
    try {
      @Nullable RoundLog read =
          newest.isPresent() ? RoundLog.resume(newest.get()).orElse(null) : null;
      lastEnd = lastEnd(read);
      log = read;
      isUnreadable = false;
    } catch (IOException unusable) {
      doing = Sentence.ended("It leads no round: " + unusable.getMessage());
      if (!isUnreadable) {
        parts
            .events()
            .record(
                new FederatedEvent.RoundStep(
                    new Word("round-unreadable"),
                    new Word(newest.map(RoundFiles::shortName).orElse("none")),
                    Reason.of(doing)));
      }
      isUnreadable = true;
      readAgain = parts.clock().instant().plus(AFTER_FAILURE);
    }
  }

  /// A restart does not bring the next round nearer.
  private Instant lastEnd(@Nullable RoundLog present) throws IOException {
    if (present == null || present.round().step() != Round.Step.CLOSED) {
      return Instant.EPOCH;
    }
    Instant now = parts.clock().instant();
    return files.newestChange().filter(change -> change.isBefore(now)).orElse(now);
  }

  public synchronized void start() {
    parts.ledger().onChange(this::wake);
    thread = Thread.ofPlatform().name("round-host").daemon().start(this::run);
  }

  private void wake() {
    if (news.availablePermits() == 0) {
      news.release();
    }
  }

  /// `listener` is called after a round went on; it must not block.
  void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /// The round that is under way, or the last one.
  Optional<Round> newest() {
    RoundLog present = log;
    return present == null ? Optional.empty() : Optional.of(present.round());
  }

  /// What it does or waits for, in a sentence.
  String doing() {
    return doing;
  }

  /// The messages of a round that is still here.
  Optional<List<SignedEnvelope>> transcript(Digest round) throws IOException {
    Optional<Round> present = newest().filter(one -> one.id().equals(round));
    return present.isPresent() ? present.map(Round::transcript) : files.transcript(round);
  }

  /// The transcripts that are kept, the oldest first.
  List<List<SignedEnvelope>> kept() throws IOException {
    return files.keptTranscripts();
  }

  /// A part of a file that a round left, as it is on the disk.
  Optional<BlobShelf.Piece> piece(Digest name, long offset, int bytesMax) throws IOException {
    return shelf.piece(name, offset, bytesMax);
  }

  /// Takes a member's message.
  RoundPart.Answer submit(SignedEnvelope message) throws IOException {
    RoundLog present = log;
    if (present == null) {
      return refused("There is no federated round here.");
    }
    NodeId author = message.signer();
    if (barred.contains(author)) {
      return refused("Its author contradicted itself in a round, which is proven; it is barred.");
    }
    if (!isMember(author)) {
      return refused("Only members of the network take part in its rounds.");
    }
    if (isUpdateWithoutVector(message)) {
      return refused("The update's vector did not come.");
    }
    Round.Outcome outcome = present.take(message);
    return switch (outcome) {
      case Round.Outcome.Accepted _ -> {
        changed();
        yield new RoundPart.Answer(true, true, "");
      }
      case Round.Outcome.Refused(String sentence, var proof) -> {
        if (proof.isPresent()) {
          files.bar(author, proof.get());
          barred.add(author);
        }
        yield refused(sentence);
      }
    };
  }

  private boolean isUpdateWithoutVector(SignedEnvelope message) {
    try {
      return RoundMessage.open(message) instanceof Update update && !shelf.has(update.vector());
    } catch (ProtocolException malformed) {
      return false; // the round says so
    }
  }

  private boolean isMember(NodeId author) {
    return parts
        .ledger()
        .governance()
        .map(governance -> governance.roll().isMember(author))
        .orElse(false);
  }

  private static RoundPart.Answer refused(String sentence) {
    return new RoundPart.Answer(true, false, sentence);
  }

  /// Takes a piece of a member's update; pieces come in order, and from the first byte on again
  /// after an interruption.
  RoundPart.Answer given(NodeId member, Digest round, long offset, byte[] data) throws IOException {
    Optional<Round> present = newest().filter(one -> one.id().equals(round));
    if (present.isEmpty() || present.get().step() != Round.Step.UPLOADING) {
      return refused("No updates are taken for this round now.");
    }
    UpdateCommit bound = present.get().commits().get(member);
    if (bound == null) {
      return refused("Only members that are bound to an update give one.");
    }
    if (barred.contains(member)) {
      return refused("It contradicted itself in a round, which is proven; it is barred.");
    }
    long length =
        (long) present.get().descriptor().subspace().length() * FixedPoint.COORDINATE_BYTES;
    Predicate<Digest> promised =
        vector -> UpdateCommit.commitment(round, member, vector).equals(bound.commitment());
    return switch (gifts.take(member, round, offset, data, length, promised)) {
      case TAKEN, WHOLE -> new RoundPart.Answer(true, true, "");
      case MISPLACED ->
          refused("The pieces of the update do not fit; give it again from its beginning.");
      case WRONG -> refused("The update is not the one that its author was bound to.");
    };
  }

  private void changed() {
    listeners.forEach(Runnable::run);
    wake();
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
        doing = "The rounds' files cannot be used: " + unusable.getMessage();
        if (!pause()) {
          return;
        }
      } catch (RuntimeException bug) {
        failed("round-host", bug);
        if (!pause()) {
          return;
        }
      }
    }
  }

  /// Reports an error of Peermind's own.
  void failed(String where, RuntimeException bug) {
    parts.events().record(NodeEvent.UnexpectedFailure.of(new Word(where), bug));
  }

  private boolean pause() {
    try {
      news.tryAcquire(AFTER_FAILURE.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (InterruptedException _) {
      return false;
    }
  }

  /// Does once what is due.
  void look() throws IOException, InterruptedException {
    if (isUnreadable && !isMended()) {
      return;
    }
    Optional<Governance> governance = parts.ledger().governance();
    if (governance.isEmpty()) {
      doing = "There is no ledger; begin one with peermind ledger begin.";
      return;
    }
    if (!governance.get().writer().equals(parts.identity().id())) {
      doing = "Another referee writes the ledger, and aggregates.";
      return;
    }
    RoundLog present = log;
    if (present == null) {
      open(governance.get());
    } else if (present.round().step() == Round.Step.CLOSED) {
      if (isSettled(present.round(), governance.get())) {
        open(governance.get());
      }
    } else {
      Optional<String> objection = Objections.against(present.round(), governance.get());
      if (objection.isPresent()) {
        // Its members would train in vain: its update could not follow the one in use.
        say(present, Aggregating.aborted(present.round(), objection.get()), "round-closed");
      } else {
        lead(present);
      }
    }
  }

  private boolean isMended() throws IOException {
    if (parts.clock().instant().isBefore(readAgain)) {
      return false;
    }
    resume();
    if (!isUnreadable) {
      changed();
    }
    return !isUnreadable;
  }

  private void lead(RoundLog present) throws IOException {
    Round round = present.round();
    switch (AggregatorStep.of(round, parts.clock().instant())) {
      case AggregatorStep.Wait(Instant until) ->
          doing =
              "Round %d: %s until %s."
                  .formatted(
                      round.descriptor().number(),
                      round.step().name().toLowerCase(Locale.ROOT),
                      until);
      case AggregatorStep.CloseEnrolment(Instant until) ->
          say(present, new Roster(round.id(), round.head(), until), "roster-closed");
      case AggregatorStep.CloseCommits(Instant until) ->
          say(present, new CommitsClosed(round.id(), round.head(), until), "commits-closed");
      case AggregatorStep.Aggregate(Instant until) -> {
        RoundMessage made = aggregating.of(round, until, parts.clock().instant());
        say(present, made, made instanceof RoundClose ? "round-closed" : "updates-aggregated");
      }
      case AggregatorStep.Close(RoundClose.End end, String reason) ->
          say(
              present,
              new RoundClose(round.id(), round.head(), end, Sentence.fitting(reason)),
              "round-closed");
      case AggregatorStep.Done _ -> doing = "The round is over.";
    }
  }

  private void say(RoundLog present, RoundMessage message, String what) throws IOException {
    Round.Outcome outcome = present.take(message.sign(parts.identity()));
    switch (outcome) {
      case Round.Outcome.Accepted(Round round) -> {
        record(round, what, what);
        if (round.step() == Round.Step.CLOSED) {
          lastEnd = parts.clock().instant();
        }
        changed();
        if (round.step() == Round.Step.CLOSED) {
          gifts.clear(); // last: what cannot be deleted keeps nobody waiting
        }
      }
      case Round.Outcome.Refused _ -> wake(); // a member was quicker; look again
    }
  }

  private void record(Round round, String what, String told) {
    parts
        .events()
        .record(
            new FederatedEvent.RoundStep(
                new Word(what), new Word(round.id().shortText()), Reason.of(told)));
  }

  /// Whether what a closed round leads to is in the ledger, or nothing is to be put there. What
  /// passed is put there now, and seen to be there at the next look.
  private boolean isSettled(Round round, Governance governance) throws InterruptedException {
    boolean hasPassed =
        round.end().map(close -> close.end() == RoundClose.End.PASSED).orElse(false);
    if (!hasPassed || round.id().equals(settled)) {
      return true;
    }
    try {
      return switch (Publishing.due(round, governance, shelf, parts.ledger().now())) {
        case Publishing.Due.Write(GovernanceRecord record, String what) ->
            write(round, record, what);
        case Publishing.Due.Wait(String sentence) -> {
          doing = sentence;
          yield false;
        }
        case Publishing.Due.Settled(Optional<String> sentence) ->
            sentence.map(why -> dropped(round, why)).orElse(true);
      };
    } catch (IOException gone) {
      return dropped(round, Sentence.ended("The update cannot be used: " + gone.getMessage()));
    }
  }

  /// Whether nothing can come of it any more.
  private boolean write(Round round, GovernanceRecord due, String what)
      throws InterruptedException {
    return switch (parts.ledger().submit(due.sign(parts.identity()))) {
      case NetworkLedger.Submitted.Accepted(long index) -> {
        record(round, what, "written as entry " + index + " of the ledger");
        wake();
        yield false;
      }
      case NetworkLedger.Submitted.Refused(String reason) ->
          dropped(round, "The ledger refused the update: " + reason);
      case NetworkLedger.Submitted.Unknown(String reason) -> {
        doing = "The update is not in the ledger yet: " + reason;
        yield false;
      }
    };
  }

  private boolean dropped(Round round, String reason) {
    settled = round.id();
    doing = reason;
    record(round, "update-dropped", reason);
    return true;
  }

  private void open(Governance governance) throws IOException {
    Instant now = parts.clock().instant();
    switch (opening.next(governance, lastEnd, now)) {
      case Opening.Outcome.NotNow(String why) -> doing = why;
      case Opening.Outcome.Due(long number, SignedEnvelope descriptor) -> {
        RoundLog former = log;
        RoundLog begun = RoundLog.begin(files.place(number, Digest.of(descriptor)), descriptor);
        log = begun;
        if (former != null) {
          former.close();
        }
        tidy(governance, now);
        record(begun.round(), "round-opened", "round " + number + " is open for members");
        changed();
      }
    }
  }

  /// Deletes what nobody asks for any more: a round is open, so that nothing is about to be named.
  private void tidy(Governance governance, Instant now) {
    try {
      Optional<UpdateCheckpoint> inUse = governance.checkpoint();
      Set<Digest> needed = files.prune(inUse.map(UpdateCheckpoint::number).orElse(0L));
      inUse.flatMap(UpdateCheckpoint::adapter).ifPresent(needed::add);
      shelf.keepOnly(needed, now.minus(UNNAMED_KEPT));
    } catch (IOException busy) {
      doing = "Old files of rounds could not be deleted: " + busy.getMessage();
    }
  }

  @Override
  public synchronized void close() throws IOException {
    isClosed = true;
    if (thread != null) {
      thread.interrupt();
      try {
        thread.join(LOOK_EVERY.multipliedBy(20));
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
    RoundLog present = log;
    if (present != null) {
      present.close();
    }
  }
}
