// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.TrafficShare;
import org.peermind.protocol.governance.Certificate;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.Rollback;
import org.peermind.protocol.governance.Stage;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.referee.NetworkModel;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.LedgerEvent;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Reason;
import org.peermind.telemetry.Word;
import org.peermind.voting.Governance;
import org.peermind.voting.Rollout;
import org.peermind.voting.UpdateRollout;
import org.peermind.voting.WriterDuties;

/// What a referee does about votes by itself: tells its core what the network's model is, and,
/// where it writes the ledger, appends the certificates, stages and rollbacks that are due.
public final class Scribe implements AutoCloseable {
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final Duration STOP_MAX = Duration.ofSeconds(20);
  private static final Word SCRIBE = new Word("scribe");

  private final NodeLedger ledger;
  private final HealthDesk health;
  private final IdentityKey identity;
  private final Predicate<NetworkModel> referee;
  private final EventLog events;
  private final Thread thread;
  private NetworkModel told = NetworkModel.NONE;

  /// @param referee hears what the network's model is, when it has changed; false when it has to
  ///   hear it again
  public Scribe(
      NodeLedger ledger,
      HealthDesk health,
      IdentityKey identity,
      Predicate<NetworkModel> referee,
      EventLog events) {
    this.ledger = ledger;
    this.health = health;
    this.identity = identity;
    this.referee = referee;
    this.events = events;
    this.thread = Thread.ofPlatform().name("scribe").daemon().unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  private void run() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        stepSafely();
        Thread.sleep(EVERY);
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  private void stepSafely() throws InterruptedException {
    try {
      step();
    } catch (RuntimeException bug) {
      events.record(NodeEvent.UnexpectedFailure.of(SCRIBE, bug));
    }
  }

  /// Does what is due; called about once a second.
  void step() throws InterruptedException {
    Optional<Governance> governance = ledger.governance();
    if (governance.isEmpty()) {
      return;
    }
    tell(governance.get());
    if (ledger.isWriter()) {
      Optional<GovernanceRecord> due =
          WriterDuties.due(governance.get(), health.watch(governance.get()), ledger.now());
      if (due.isPresent()) {
        append(due.get());
      }
    }
  }

  private void tell(Governance governance) {
    NetworkModel now = network(governance, ledger.now());
    if (!now.equals(told) && referee.test(now)) {
      told = now;
    }
  }

  /// What the network's name stands for at `now`. While nodes change to an update one after the
  /// other, it gets the share of the questions that it has of the nodes; after that, nodes that
  /// could not change answer while no other can.
  static NetworkModel network(Governance governance, Instant now) {
    Rollout rollout = Rollout.of(governance, now);
    Optional<NetworkModel.Trial> trial =
        rollout
            .trial()
            .map(one -> new NetworkModel.Trial(one.candidate().ggufSha256(), one.share()));
    Optional<UpdateRollout> update = governance.updateRollout().filter(one -> !one.isUndoing());
    if (update.isEmpty()) {
      return new NetworkModel(governance.served(), trial);
    }
    UpdateRollout changing = update.get();
    return changing.isSpreading(now)
        ? new NetworkModel(
            Optional.of(changing.former()),
            trial.or(
                () ->
                    Optional.of(new NetworkModel.Trial(changing.identity(), changing.share(now)))))
        : new NetworkModel(
            governance.served(), trial.or(() -> Optional.of(onlyWhereNeeded(changing.former()))));
  }

  private static NetworkModel.Trial onlyWhereNeeded(ModelHash model) {
    return new NetworkModel.Trial(model, new TrafficShare(Digest.over(model.toBytes()), 0));
  }

  private void append(GovernanceRecord due) throws InterruptedException {
    NetworkLedger.Submitted submitted = ledger.submit(due.sign(identity));
    if (submitted instanceof NetworkLedger.Submitted.Accepted) {
      describe(due).ifPresent(events::record);
    }
  }

  private static Optional<LedgerEvent> describe(GovernanceRecord due) {
    return switch (due) {
      case Certificate certificate ->
          step(
              "certified",
              certificate.proposal(),
              certificate.winner().isPresent()
                  ? "the count chose another model"
                  : "the model in use stays");
      case Stage stage ->
          step(
              "stage",
              stage.proposal(),
              switch (stage.step()) {
                case FIVE_PERCENT -> "the new model answers 5 % of the questions";
                case QUARTER -> "the new model answers a quarter of the questions";
                case ALL -> "the new model answers all questions";
                case DONE -> "the new model is adopted";
              });
      case Rollback undone ->
          step("rolled-back", undone.proposal(), "the model before is back: " + undone.reason());
      case UpdateCheckpoint undone ->
          step(
              "update-undone",
              undone.transcript(),
              "the update of round %d is undone: %s".formatted(undone.number(), undone.reason()));
      default -> Optional.empty();
    };
  }

  private static Optional<LedgerEvent> step(String what, Digest vote, String sentence) {
    return Optional.of(
        new LedgerEvent.VoteStep(new Word(what), new Word(vote.shortText()), Reason.of(sentence)));
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
