// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.peermind.ledger.Checkpoint;
import org.peermind.ledger.LedgerEntry;
import org.peermind.ledger.LedgerException;
import org.peermind.ledger.LedgerReader;
import org.peermind.ledger.LogStorage;
import org.peermind.ledger.MerkleTree;
import org.peermind.ledger.MirrorLog;
import org.peermind.ledger.NoteKey;
import org.peermind.ledger.SignedNote;
import org.peermind.ledger.TreeHash;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.node.role.RefereeSet;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.LedgerPage;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.LedgerEvent;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Reason;
import org.peermind.telemetry.Word;
import org.peermind.voting.Governance;

/// The ledger at every node that does not write it: fetched from any referee, verified whole, kept
/// in the same files. The writer is pinned at first use, from the referees that this node knows;
/// from then on a ledger of another one is refused. Two heads that contradict each other are kept
/// as evidence, and nothing is followed any more (C2SP tlog-witness).
public final class LedgerMirror implements NetworkLedger, RefereeSet.PartMaker, AutoCloseable {
  private static final Duration PAGE_PATIENCE = Duration.ofSeconds(10);
  private static final Duration SUBMIT_PATIENCE = Duration.ofSeconds(20);
  private static final Duration LOOK_EVERY = Duration.ofSeconds(30);
  private static final Duration LIAR_RESTS = Duration.ofMinutes(5);
  private static final long WAITING_BYTES_MAX = 256L << 20;
  private static final Duration AFTER_BUG = Duration.ofSeconds(5);
  private static final Word MIRROR = new Word("ledger-mirror");
  private static final String EVIDENCE = "conflicting-heads";

  private final LogStorage storage;
  private final NetworkName network;
  private final Supplier<Set<NodeId>> trusted;
  private final InstantSource clock;
  private final EventLog events;
  private final List<LedgerPart> parts = new CopyOnWriteArrayList<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final Map<NodeId, Instant> resting = new HashMap<>();

  /// At most one look waits.
  private final BlockingQueue<Boolean> looks = new ArrayBlockingQueue<>(1);

  private final Thread thread;
  private volatile @Nullable Copy copy;
  private volatile Optional<String> trouble = Optional.empty();
  private volatile boolean isConflicting;
  private volatile boolean isResting;
  private volatile boolean closed;

  /// What is there of the ledger.
  private record Copy(MirrorLog log, GovernanceRules rules, NoteKey key) {}

  private LedgerMirror(
      LogStorage storage,
      NetworkName network,
      Supplier<Set<NodeId>> trusted,
      InstantSource clock,
      EventLog events) {
    this.storage = storage;
    this.network = network;
    this.trusted = trusted;
    this.clock = clock;
    this.events = events;
    this.thread = Thread.ofPlatform().name("ledger-mirror").daemon().unstarted(this::run);
  }

  /// Opens what is there and begins to follow.
  ///
  /// @param trusted referees that this node knows, one of which may be the writer
  /// @throws LedgerException when a file was changed, naming it
  public static LedgerMirror open(
      LogStorage storage,
      NetworkName network,
      Supplier<Set<NodeId>> trusted,
      InstantSource clock,
      EventLog events)
      throws IOException, LedgerException {
    LedgerMirror mirror = new LedgerMirror(storage, network, trusted, clock, events);
    Optional<NoteKey> pinned = MirrorLog.keyIn(storage);
    if (pinned.isPresent() && storage.names().contains("checkpoint")) {
      GovernanceRules rules =
          new GovernanceRules(network, NodeId.ofPublicKey(pinned.get().publicKey()));
      mirror.copy = new Copy(MirrorLog.open(storage, pinned.get(), rules), rules, pinned.get());
    }
    if (storage.names().contains(EVIDENCE)) {
      mirror.isConflicting = true;
      mirror.trouble = Optional.of(conflict());
    }
    mirror.thread.start();
    return mirror;
  }

  private static String conflict() {
    return "The writer of the ledger signed two that contradict each other; both heads are in the"
        + " file ledger/copy/"
        + EVIDENCE
        + ". Nothing is followed until it is taken away.";
  }

  @Override
  public RefereeAttachment.Part at(RefereeAttachment attachment) {
    LedgerPart part = new LedgerPart(attachment, this::look);
    parts.removeIf(other -> other.referee().equals(part.referee()) && !other.isAttached());
    parts.add(part);
    return part;
  }

  /// Follows nobody from now on, because this node writes the ledger itself.
  void rest() {
    isResting = true;
  }

  /// What is wrong, in one sentence.
  public Optional<String> trouble() {
    return trouble;
  }

  @Override
  public Optional<Governance> governance() {
    Copy there = copy;
    return there == null ? Optional.empty() : there.rules().governance();
  }

  @Override
  public Optional<LedgerReader> reader() {
    return Optional.ofNullable(copy).map(there -> there.log().reader());
  }

  @Override
  public Instant now() {
    Instant now = clock.instant();
    return governance().map(Governance::last).filter(last -> last.isAfter(now)).orElse(now);
  }

  @Override
  public Submitted submit(SignedEnvelope record) throws InterruptedException {
    Submitted last =
        new Submitted.Unknown("No referee with a ledger can be reached; the record was not sent.");
    for (LedgerPart part : ahead(0)) {
      last = part.submit(record, SUBMIT_PATIENCE);
      if (!(last instanceof Submitted.Unknown)) {
        return last;
      }
    }
    return last;
  }

  /// Takes another node's record to the writer, and to nobody who would pass it on again.
  Submitted pass(SignedEnvelope record) throws InterruptedException {
    Optional<LedgerPart> writer =
        ahead(0).stream().filter(part -> isWriter(part.referee())).findFirst();
    return writer.isPresent()
        ? writer.get().submit(record, SUBMIT_PATIENCE)
        : new Submitted.Unknown(
            "This referee does not write the ledger and cannot reach the one that does; send the"
                + " record again later.");
  }

  /// Attached referees that say they have more than `size` entries, the writer first.
  private List<LedgerPart> ahead(long size) {
    return parts.stream()
        .filter(part -> part.isAttached() && part.head() > size)
        .sorted(
            Comparator.comparing((LedgerPart part) -> !isWriter(part.referee()))
                .thenComparing(Comparator.comparingLong(LedgerPart::head).reversed()))
        .toList();
  }

  private boolean isWriter(NodeId node) {
    return governance().map(Governance::writer).filter(node::equals).isPresent();
  }

  @Override
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  private void look() {
    looks.offer(true);
  }

  private void run() {
    while (!closed) {
      try {
        looks.poll(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        followSafely();
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  /// A bug must not end the following for good, nor make it run hot.
  private void followSafely() throws InterruptedException {
    try {
      followAll();
    } catch (RuntimeException bug) {
      events.record(NodeEvent.UnexpectedFailure.of(MIRROR, bug));
      Thread.sleep(AFTER_BUG);
    }
  }

  private void followAll() throws InterruptedException {
    Instant now = clock.instant();
    resting.values().removeIf(until -> !now.isBefore(until));
    for (LedgerPart part : ahead(0)) {
      if (closed || isResting || isConflicting()) {
        return;
      }
      if (!resting.containsKey(part.referee())) {
        follow(part);
      }
    }
  }

  private boolean isConflicting() {
    return isConflicting;
  }

  private long size() {
    Copy there = copy;
    return there == null ? 0 : there.log().size();
  }

  /// Entries under a checkpoint; fewer than are there when the disk failed in between.
  private long covered() {
    Copy there = copy;
    return there == null ? 0 : there.log().reader().size();
  }

  private void follow(LedgerPart part) throws InterruptedException {
    try {
      Copy there = copy;
      if (there != null) {
        compare(there, part);
      }
      if (part.head() > covered() && fetch(part)) {
        trouble = Optional.empty();
      }
    } catch (LedgerException wrong) {
      String sentence = String.valueOf(wrong.getMessage());
      resting.put(part.referee(), clock.instant().plus(LIAR_RESTS));
      if (!isConflicting()) {
        trouble = Optional.of("What a referee gave as the ledger is wrong: " + sentence + ".");
      }
      events.record(new LedgerEvent.LedgerRefused(part.referee(), Reason.of(sentence)));
    } catch (IOException unwritable) {
      if (!isConflicting()) {
        trouble =
            Optional.of(
                "The ledger's copy cannot be written (%s); make room or mend the disk."
                    .formatted(unwritable.getMessage()));
      }
    }
  }

  /// A head that this node has passed must be one of what it has.
  private void compare(Copy there, LedgerPart part) throws IOException, LedgerException {
    byte[] note = part.checkpoint();
    if (note.length == 0 || part.head() > there.log().reader().size()) {
      return;
    }
    SignedNote head = SignedNote.parse(note);
    Checkpoint told = MirrorLog.verified(there.key(), head);
    LedgerReader own = there.log().reader();
    if (told.size() <= own.size() && !told.root().equals(own.root(told.size()))) {
      throw conflicting(there, head);
    }
  }

  /// Keeps the evidence; from then on nothing is followed.
  private LedgerException conflicting(Copy there, SignedNote head) throws IOException {
    String both = there.log().reader().checkpoint() + "\n" + head;
    isConflicting = true; // whether or not the disk takes the evidence
    try {
      storage.replace(EVIDENCE, both.getBytes(StandardCharsets.UTF_8));
    } finally {
      trouble = Optional.of(conflict()); // names the file, so not before it is there
    }
    return new LedgerException("its writer signed two heads that contradict each other");
  }

  /// Leaves and the head that covers all of them.
  private record Fetched(List<byte[]> contents, SignedNote head) {}

  /// Answers whether entries came and were kept.
  private boolean fetch(LedgerPart part) throws IOException, LedgerException, InterruptedException {
    Copy there = copy;
    long from = size();
    Optional<Fetched> fetched = collect(part, from);
    if (fetched.isEmpty()) {
      return false; // gone or slow: another time
    }
    List<byte[]> contents = fetched.get().contents();
    SignedNote head = fetched.get().head();
    if (there == null) {
      begin(contents, head);
    } else {
      if (!there.log().isExtendedBy(contents, head)) {
        accuse(there, part);
      }
      there.log().append(contents, head);
    }
    events.record(new LedgerEvent.LedgerGrew(size(), contents.size()));
    listeners.forEach(Runnable::run);
    return true;
  }

  /// The writer signed a head that these entries do not lead to: either the referee gave wrong
  /// ones, or the head is of another ledger, which all of its entries show.
  private void accuse(Copy there, LedgerPart part)
      throws IOException, LedgerException, InterruptedException {
    Optional<Fetched> whole = collect(part, 0);
    if (whole.isPresent()) {
      Checkpoint head = MirrorLog.verified(there.key(), whole.get().head());
      MerkleTree tree = new MerkleTree();
      whole.get().contents().forEach(one -> tree.append(TreeHash.leaf(one)));
      LedgerReader own = there.log().reader();
      if (tree.size() >= own.size()
          && tree.root(tree.size()).equals(head.root())
          && !tree.root(own.size()).equals(own.root(own.size()))) {
        throw conflicting(there, whole.get().head());
      }
    }
    throw new LedgerException("the entries give another root than the checkpoint's");
  }

  /// Takes pages until they reach their checkpoint. Each must have one of the ledger's writer, so
  /// that nobody else can make this node take in more.
  private Optional<Fetched> collect(LedgerPart part, long from)
      throws LedgerException, InterruptedException {
    List<byte[]> contents = new ArrayList<>();
    long bytes = 0;
    while (!closed) {
      long next = from + contents.size();
      Optional<LedgerPage> page = part.page(next, PAGE_PATIENCE);
      if (page.isEmpty()) {
        return Optional.empty();
      }
      if (page.get().getFrom() != next) {
        throw new LedgerException("a page begins elsewhere than was asked for");
      }
      List<byte[]> more = LedgerPart.contents(page.get());
      contents.addAll(more);
      bytes += more.stream().mapToLong(each -> each.length).sum();
      SignedNote head = SignedNote.parse(page.get().getCheckpoint().toByteArray());
      long size = MirrorLog.verified(key(contents), head).size();
      long reached = from + contents.size();
      if (reached > size || bytes > WAITING_BYTES_MAX) {
        throw new LedgerException("a page goes beyond its checkpoint or what fits into memory");
      }
      if (reached == size) {
        return Optional.of(new Fetched(contents, head));
      }
      if (more.isEmpty()) {
        throw new LedgerException("a page before the end of the ledger is empty");
      }
    }
    return Optional.empty();
  }

  /// The pinned key, or that of the first entry's author, whom the owner must know.
  private NoteKey key(List<byte[]> contents) throws LedgerException {
    Copy there = copy;
    if (there != null) {
      return there.key();
    }
    if (contents.isEmpty()) {
      throw new LedgerException("the ledger is empty");
    }
    SignedEnvelope first = LedgerEntry.of(0, contents.getFirst()).record();
    if (!trusted.get().contains(first.signer())) {
      throw new LedgerException(
          "it is written by node %s, which is no referee that this node knows"
              .formatted(first.signer().shortText()));
    }
    return new NoteKey(
        "peermind/" + network.text(),
        NoteKey.Kind.ED25519,
        first.wire().getSignerKey().toByteArray());
  }

  private void begin(List<byte[]> contents, SignedNote head) throws IOException, LedgerException {
    NoteKey key = key(contents);
    GovernanceRules rules = new GovernanceRules(network, NodeId.ofPublicKey(key.publicKey()));
    copy = new Copy(MirrorLog.begin(storage, key, rules, contents, head), rules, key);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    looks.offer(true);
    thread.interrupt();
    try {
      thread.join(PAGE_PATIENCE);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    storage.close();
  }
}
