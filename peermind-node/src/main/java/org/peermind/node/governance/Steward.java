// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.ConfigException;
import org.peermind.node.role.ModelSwitch;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.governance.Digest;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Word;
import org.peermind.voting.Course;
import org.peermind.voting.Duty;
import org.peermind.voting.Governance;

/// Does for its node what votes ask: sponsors, measures, seals, opens, gets ready and changes the
/// model. What is left to do follows from the ledger and from what is sealed on the disk, so a
/// restart at any point goes on with the same.
public final class Steward implements AutoCloseable {
  /// Between two looks at the clock: deadlines pass without any new entry.
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  private final Parts parts;
  private final LongWork work;
  private final VoteHand hand;
  private final ModelFollower follower;
  private final Set<Digest> asked = ConcurrentHashMap.newKeySet();
  private final Set<String> hurried = ConcurrentHashMap.newKeySet();
  private final Tries tries = new Tries();
  private final Semaphore news = new Semaphore(0);
  private volatile Doing doing = new Doing(Map.of(), Optional.empty());
  private volatile boolean isClosed;
  private @Nullable Thread thread;

  /// What it works with.
  ///
  /// @param adapters of updates, for the model in use
  /// @param evaluation empty when this node cannot measure models
  /// @param engine empty when it serves none
  /// @param canaries empty when it cannot try one
  /// @param longWork runs what takes long, one at a time, on a thread of its own
  /// @param random a `SecureRandom`
  public record Parts(
      NetworkLedger ledger,
      IdentityKey identity,
      ModelExchange exchange,
      ServableModels models,
      AdapterSource adapters,
      Optional<Evaluation> evaluation,
      Optional<ModelSwitch> engine,
      Optional<CanaryRun> canaries,
      SealedFiles sealed,
      OwnerWishes wishes,
      Executor longWork,
      RandomGenerator random,
      EventLog events) {}

  /// What its owner allows.
  ///
  /// @param follows whether the node changes its model with the network
  /// @param evaluates whether it measures candidates
  /// @param sponsors whether it sponsors by itself what it could fetch and check
  public record Settings(boolean follows, boolean evaluates, boolean sponsors) {}

  /// What it did or waits for at its last look.
  ///
  /// @param votes sentences for each open vote
  /// @param serving what it serves and why
  public record Doing(Map<Digest, List<String>> votes, Optional<String> serving) {
    public Doing {
      votes = Map.copyOf(votes);
    }

    /// The sentences about one vote.
    public List<String> of(Digest vote) {
      return votes.getOrDefault(vote, List.of());
    }
  }

  public Steward(Parts parts, Settings settings) {
    this.parts = parts;
    this.work = new LongWork(parts.longWork(), this::wake, this::report);
    Sealer sealer = new Sealer(parts.sealed(), parts.identity(), parts.random());
    this.hand = new VoteHand(parts, settings, sealer, work, tries);
    this.follower = new ModelFollower(parts, settings);
  }

  /// Begins to work until it is closed.
  public synchronized void start() {
    parts.ledger().onChange(this::wake);
    thread = Thread.ofPlatform().name("steward").daemon().start(this::loop);
  }

  /// Has it look at once.
  public void wake() {
    if (news.availablePermits() == 0) {
      news.release();
    }
  }

  /// Has it measure a proposal whatever the configuration says, and not wait for its next try.
  public void evaluate(Digest proposal) {
    asked.add(proposal);
    hurried.add("evaluate " + proposal.hex());
    wake();
  }

  public Doing doing() {
    return doing;
  }

  private void loop() {
    while (!isClosed) {
      try {
        look();
        news.tryAcquire(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        news.drainPermits();
      } catch (InterruptedException stopped) {
        return;
      } catch (RuntimeException bug) {
        report(bug);
        pause();
      }
    }
  }

  private void pause() {
    try {
      news.tryAcquire(LOOK_EVERY.multipliedBy(10).toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stopped) {
      isClosed = true;
    }
  }

  private void report(RuntimeException bug) {
    parts.events().record(NodeEvent.UnexpectedFailure.of(new Word("steward"), bug));
  }

  /// Does once what is to be done now; called by one thread at a time.
  void look() throws InterruptedException {
    Optional<Governance> known = parts.ledger().governance();
    if (known.isEmpty()) {
      return;
    }
    Governance governance = known.get();
    Instant now = parts.ledger().now();
    hurried.removeIf(
        name -> {
          tries.hurry(name);
          return true;
        });
    hand.begin(now);
    Map<Digest, List<String>> votes = new TreeMap<>();
    // The model first: after a rollback everybody goes back at once.
    Optional<String> serving = follower.follow(governance, now, hand);
    List<Duty> duties = new ArrayList<>(Duty.of(governance, parts.identity().id(), now));
    duties.sort(Comparator.comparing(Steward::isLong));
    for (Duty duty : duties) {
      String sentence = hand.fulfil(duty, governance, now, asked);
      votes.computeIfAbsent(duty.vote(), _ -> new ArrayList<>()).add(sentence);
    }
    for (Digest vote : governance.votes()) {
      Optional<String> again = hand.recast(vote, governance, now);
      again.ifPresent(said -> votes.computeIfAbsent(vote, _ -> new ArrayList<>()).add(said));
    }
    hand.end();
    doing = new Doing(unmodifiable(votes), serving);
    tidy(governance);
  }

  private static boolean isLong(Duty duty) {
    return switch (duty) {
      case Duty.OpenReport _, Duty.OpenBallot _, Duty.Cast _ -> false;
      case Duty.Sponsor _, Duty.Evaluate _, Duty.SignalReady _ -> true;
    };
  }

  private static Map<Digest, List<String>> unmodifiable(Map<Digest, List<String>> votes) {
    Map<Digest, List<String>> copy = new HashMap<>();
    votes.forEach((vote, sentences) -> copy.put(vote, List.copyOf(sentences)));
    return copy;
  }

  /// Deletes what was kept for votes that are over.
  private void tidy(Governance governance) {
    try {
      for (SealedFiles.Place place : parts.sealed().places()) {
        if (isOver(governance, place.proposal())) {
          parts.sealed().forget(place);
        }
      }
      for (Digest vote : parts.wishes().votes()) {
        if (isOver(governance, vote)) {
          parts.wishes().forget(vote);
        }
      }
      asked.removeIf(proposal -> isOver(governance, proposal));
    } catch (IOException | ConfigException _) {
      // They stay until the disk allows it; nothing is sealed from them again.
    }
  }

  /// Whether a vote ended in the ledger itself: an end by this machine's clock could still be
  /// another one.
  private static boolean isOver(Governance governance, Digest proposal) {
    return governance
        .course(proposal, governance.last())
        .map(Course::step)
        .map(Course.Step::isEnd)
        .orElse(false);
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    work.close();
    if (thread != null) {
      thread.interrupt();
    }
  }
}
