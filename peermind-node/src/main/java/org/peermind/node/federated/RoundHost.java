// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.federated.round.AggregatorStep;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.node.governance.NetworkLedger;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.AdapterCheckpoint;
import org.peermind.protocol.federated.CommitsClosed;
import org.peermind.protocol.federated.Roster;
import org.peermind.protocol.federated.RoundAggregate;
import org.peermind.protocol.federated.RoundClose;
import org.peermind.protocol.federated.RoundMessage;
import org.peermind.protocol.federated.Update;
import org.peermind.protocol.federated.UpdateCommit;
import org.peermind.protocol.governance.Digest;
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
  private static final int CACHED_BYTES_MAX = 8 << 20;

  private final Parts parts;
  private final RoundFiles files;
  private final BlobShelf shelf;
  private final Map<NodeId, Gift> gifts = new ConcurrentHashMap<>();
  private final Set<NodeId> barred = ConcurrentHashMap.newKeySet();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Semaphore news = new Semaphore(0);
  private volatile @Nullable RoundLog log;
  private volatile Instant lastEnd;
  private volatile String doing = "It has not looked yet.";
  private volatile boolean isClosed;
  private volatile @Nullable Cached cached;
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

  private record Cached(Digest name, ByteString bytes) {}

  /// An update that is on its way.
  private static final class Gift {
    final Digest round;
    final byte[] bytes;
    int length;

    Gift(Digest round, int bytes) {
      this.round = round;
      this.bytes = new byte[bytes];
    }
  }

  private RoundHost(Parts parts, RoundFiles files, @Nullable RoundLog log) throws IOException {
    this.parts = parts;
    this.files = files;
    this.log = log;
    this.shelf = files.shelf();
    this.barred.addAll(files.barred());
    this.lastEnd = Instant.EPOCH;
  }

  /// Goes on with what is in its folder.
  ///
  /// @throws IOException when a file cannot be read or is damaged
  public static RoundHost open(Parts parts) throws IOException {
    RoundFiles files = new RoundFiles(parts.folder());
    Optional<Path> newest = files.newest();
    @Nullable RoundLog log = newest.isPresent() ? RoundLog.resume(newest.get()).orElse(null) : null;
    return new RoundHost(parts, files, log);
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

  /// A file that a round left.
  Optional<byte[]> blob(Digest name) throws IOException {
    Cached last = cached;
    if (last != null && last.name().equals(name)) {
      return Optional.of(last.bytes().toByteArray());
    }
    Optional<byte[]> found = shelf.find(name);
    found
        .filter(bytes -> bytes.length <= CACHED_BYTES_MAX)
        .ifPresent(bytes -> cached = new Cached(name, ByteString.copyFrom(bytes)));
    return found;
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
    int length = present.get().descriptor().subspace().length() * FixedPoint.COORDINATE_BYTES;
    Gift gift =
        gifts.compute(
            member,
            (_, before) ->
                before == null || offset == 0 || !before.round.equals(round)
                    ? new Gift(round, length)
                    : before);
    synchronized (gift) {
      if (offset != gift.length || offset + data.length > length) {
        gifts.remove(member, gift);
        return refused("The pieces of the update do not fit; give it again from its beginning.");
      }
      System.arraycopy(data, 0, gift.bytes, gift.length, data.length);
      gift.length += data.length;
      if (gift.length < length) {
        return new RoundPart.Answer(true, true, "");
      }
      gifts.remove(member, gift);
      Digest vector = Digest.over(gift.bytes);
      if (!UpdateCommit.commitment(round, member, vector).equals(bound.commitment())) {
        return refused("The update is not the one that its author was bound to.");
      }
      shelf.put(gift.bytes);
    }
    return new RoundPart.Answer(true, true, "");
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
        parts.events().record(NodeEvent.UnexpectedFailure.of(new Word("round-host"), bug));
        if (!pause()) {
          return;
        }
      }
    }
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
    if (present == null || present.round().step() == Round.Step.CLOSED) {
      if (present == null || published(present.round(), governance.get())) {
        open(governance.get());
      }
      return;
    }
    lead(present);
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
      case AggregatorStep.Aggregate(Instant until) -> aggregate(present, until);
      case AggregatorStep.Close(RoundClose.End end, String reason) -> {
        say(present, new RoundClose(round.id(), round.head(), end, reason), "round-closed");
        lastEnd = parts.clock().instant();
        gifts.clear();
      }
      case AggregatorStep.Done _ -> doing = "The round is over.";
    }
  }

  private void aggregate(RoundLog present, Instant until) throws IOException {
    Round round = present.round();
    Map<NodeId, byte[]> vectors = new HashMap<>();
    for (Map.Entry<NodeId, Update> one : round.updates().entrySet()) {
      vectors.put(
          one.getKey(),
          shelf
              .find(one.getValue().vector())
              .orElseThrow(() -> new IOException("an update is not on the disk any more")));
    }
    Combining.Combined made = parts.combining().combine(round, vectors);
    int counted = vectors.size() - made.exclusions().size();
    if (counted < round.descriptor().company().least()) {
      say(
          present,
          new RoundClose(
              round.id(),
              round.head(),
              RoundClose.End.ABORTED,
              "Only %d updates are without a fault; the round needs %d."
                  .formatted(counted, round.descriptor().company().least())),
          "round-closed");
      return;
    }
    RoundFiles.Gate gate = files.gate(round.descriptor().number());
    say(
        present,
        new RoundAggregate(
            round.id(),
            round.head(),
            made.exclusions(),
            shelf.put(made.vector().toByteArray()),
            shelf.put(made.state().toByteArray()),
            shelf.put(made.adapter().toByteArray()),
            gate.items(),
            gate.salt(),
            until),
        "updates-aggregated");
  }

  private void say(RoundLog present, RoundMessage message, String what) throws IOException {
    Round.Outcome outcome = present.take(message.sign(parts.identity()));
    switch (outcome) {
      case Round.Outcome.Accepted(Round round) -> {
        record(round, what, String.valueOf(what));
        changed();
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

  /// Puts the adapter of a round that passed into the ledger; answers whether nothing is left to
  /// do.
  private boolean published(Round round, Governance governance) throws InterruptedException {
    boolean hasPassed =
        round.end().map(close -> close.end() == RoundClose.End.PASSED).orElse(false);
    if (!hasPassed || governance.newestRound() >= round.descriptor().number()) {
      return true;
    }
    Optional<SignedEnvelope> record =
        Publishing.checkpoint(round, governance, shelf).map(one -> one.sign(parts.identity()));
    if (record.isEmpty()) {
      return true; // the network changed its model meanwhile
    }
    return switch (parts.ledger().submit(record.get())) {
      case NetworkLedger.Submitted.Accepted(long index) -> {
        record(round, "update-published", "written as entry " + index + " of the ledger");
        yield true;
      }
      case NetworkLedger.Submitted.Refused(String reason) -> {
        doing = "The ledger refused the update: " + reason;
        record(round, "update-refused", reason);
        yield true;
      }
      case NetworkLedger.Submitted.Unknown(String reason) -> {
        doing = "The update is not in the ledger yet: " + reason;
        yield false;
      }
    };
  }

  private void open(Governance governance) throws IOException {
    Instant now = parts.clock().instant();
    Instant next = parts.plan().next(lastEnd);
    if (now.isBefore(next)) {
      doing = "The next round opens at " + next + ".";
      return;
    }
    long number = Math.max(files.newestNumber(), governance.newestRound()) + 1;
    Optional<AdapterCheckpoint> parent;
    try {
      parent = Publishing.parent(governance, files);
    } catch (IOException gone) {
      doing = "No round can follow the update in use: " + gone.getMessage();
      return;
    }
    RoundFiles.Gate gate = files.beginGate(number, shelf.put(parts.plan().items().toByteArray()));
    Optional<SignedEnvelope> opening =
        parts
            .plan()
            .descriptor(governance, number, parent, gate.commitment(), now)
            .map(descriptor -> descriptor.sign(parts.identity()));
    if (opening.isEmpty()) {
      doing = parts.plan().refusal().orElse("There can be no round now.");
      return;
    }
    RoundLog former = log;
    if (former != null) {
      former.close();
    }
    RoundLog begun = RoundLog.begin(files.place(number, Digest.of(opening.get())), opening.get());
    log = begun;
    shelf.keepOnly(needed(), now.minus(Duration.ofHours(1)));
    record(begun.round(), "round-opened", "round " + number + " is open for members");
    changed();
  }

  /// Files of the newest rounds and of the update in use.
  private Set<Digest> needed() throws IOException {
    Set<Digest> needed = new HashSet<>();
    for (List<SignedEnvelope> transcript : files.keptTranscripts()) {
      needed.addAll(Publishing.filesOf(transcript));
    }
    parts
        .ledger()
        .governance()
        .flatMap(Governance::checkpoint)
        .flatMap(UpdateCheckpoint::adapter)
        .ifPresent(needed::add);
    return needed;
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
