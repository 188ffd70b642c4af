// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.peermind.node.role.ModelSwitch;
import org.peermind.node.role.RefereeAttachment;
import org.peermind.node.role.RefereeSet;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ModelHealth;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.wire.Attached;
import org.peermind.protocol.wire.Down;
import org.peermind.protocol.wire.Up;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Word;
import org.peermind.voting.Governance;
import org.peermind.voting.HealthWatch;
import org.peermind.voting.Rollout;

/// Tells the referees, while a model is in its stages or an update is watched, how the model that
/// this inferer serves does: in windows that begin with the stage, with canaries where it is a new
/// one.
public final class HealthReporter implements RefereeSet.PartMaker, AutoCloseable {
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration STOP_MAX = Duration.ofSeconds(5);
  private static final int CANARIES = 20;
  private static final Word HEALTH = new Word("health");

  private final Parts parts;
  private final List<RefereeAttachment> attached = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private @Nullable Watching watching;
  private int windows;

  /// What was counted of a model since it was taken last.
  @FunctionalInterface
  public interface Meter {
    ModelHealth take(
        NetworkName network,
        ModelHash model,
        Instant from,
        Duration window,
        int canaries,
        int canariesRight);
  }

  /// Puts questions with a known answer to the engine that serves.
  @FunctionalInterface
  public interface Canaries {
    /// @return empty when the engine has no room for them now
    Optional<CanaryRun.Outcome> run(Digest seed, String suite, int count)
        throws InterruptedException;
  }

  /// What it works with.
  public record Parts(
      NetworkLedger ledger,
      NetworkName network,
      IdentityKey identity,
      ModelSwitch engine,
      Meter meter,
      Canaries canaries,
      EventLog events) {}

  /// What inferers tell of now.
  ///
  /// @param name of the stage or the update
  /// @param seed of the canaries
  /// @param tried the new model, to which canaries are put; empty for an update
  private record Subject(String name, Digest seed, Optional<ModelHash> tried) {
    /// A model in its stages, or else an update that is watched.
    static Optional<Subject> of(Governance governance, Instant now) {
      return Rollout.of(governance, now)
          .trial()
          .map(
              trial ->
                  new Subject(
                      trial.vote().hex() + " " + trial.stage(),
                      trial.proposal(),
                      Optional.of(trial.candidate().ggufSha256())))
          .or(
              () ->
                  governance
                      .updateRollout()
                      .filter(update -> update.isWatched(now))
                      .map(update -> update.checkpoint().transcript())
                      .map(round -> new Subject("update " + round.hex(), round, Optional.empty())));
    }

    boolean asksCanariesOf(ModelHash serving) {
      return tried.equals(Optional.of(serving));
    }
  }

  private record Watching(String subject, ModelHash model, Instant from) {
    boolean isStill(Subject now, ModelHash serving) {
      return subject.equals(now.name()) && model.equals(serving);
    }
  }

  public HealthReporter(Parts parts) {
    this.parts = parts;
    this.thread = Thread.ofPlatform().name("health-reporter").daemon().unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        lookSafely();
        Thread.sleep(EVERY);
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  private void lookSafely() throws InterruptedException {
    try {
      look().ifPresent(this::send);
    } catch (RuntimeException bug) {
      parts.events().record(NodeEvent.UnexpectedFailure.of(HEALTH, bug));
    }
  }

  /// The window that is over, if there is one; called about once a second.
  Optional<ModelHealth> look() throws InterruptedException {
    Optional<Governance> governance = parts.ledger().governance();
    Instant now = parts.ledger().now();
    Optional<Subject> subject = governance.flatMap(known -> Subject.of(known, now));
    if (governance.isEmpty() || subject.isEmpty()) {
      watching = null;
      return Optional.empty();
    }
    ModelHash serving = parts.engine().serving().hash();
    Watching before = watching;
    if (before == null || !before.isStill(subject.get(), serving)) {
      begin(subject.get(), serving, now);
      return Optional.empty();
    }
    if (now.isBefore(before.from().plus(HealthWatch.window(governance.get().rules())))) {
      return Optional.empty();
    }
    Optional<CanaryRun.Outcome> canaries = Optional.empty();
    if (subject.get().asksCanariesOf(serving)) {
      canaries =
          parts.canaries().run(seed(subject.get()), governance.get().rules().suite(), CANARIES);
    }
    Instant end = parts.ledger().now();
    ModelHealth health =
        parts
            .meter()
            .take(
                parts.network(),
                serving,
                before.from(),
                Duration.between(before.from(), end),
                canaries.map(CanaryRun.Outcome::asked).orElse(0),
                canaries.map(CanaryRun.Outcome::right).orElse(0));
    watching = new Watching(before.subject(), serving, end);
    return Optional.of(health);
  }

  /// What was counted before does not belong to it.
  private void begin(Subject subject, ModelHash serving, Instant now) {
    parts.meter().take(parts.network(), serving, now, Duration.ofMillis(1), 0, 0);
    watching = new Watching(subject.name(), serving, now);
  }

  /// Other canaries in every window, and at every node.
  private Digest seed(Subject subject) {
    windows++;
    return Digest.over(
        subject.seed().toBytes(),
        parts.identity().id().toBytes(),
        new byte[] {(byte) windows, (byte) (windows >> 8)});
  }

  private void send(ModelHealth health) {
    Up message = Up.newBuilder().setModelHealth(health.sign(parts.identity()).wire()).build();
    attached.forEach(attachment -> attachment.send(message));
  }

  @Override
  public RefereeAttachment.Part at(RefereeAttachment attachment) {
    return new RefereeAttachment.Part() {
      @Override
      public void onAttached(Attached answer) {
        attached.add(attachment);
      }

      @Override
      public boolean onMessage(Down message) {
        return false;
      }

      @Override
      public void onDetached() {
        attached.remove(attachment);
      }
    };
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join(STOP_MAX);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
