// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.ledger.LedgerReader;
import org.peermind.node.role.ModelSwitch;
import org.peermind.node.role.ServedFiles;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ModelHealth;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.AdaptedModel;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.telemetry.EventLog;
import org.peermind.voting.Course;
import org.peermind.voting.Governance;
import org.peermind.voting.HealthWatch;

/// What an inferer tells of its model while one is in its stages.
final class HealthReporterTest {
  private static final Duration LOOK = Duration.ofSeconds(30);

  @TempDir private Path directory;
  private VotingTown town;
  private Duration window;
  private ModelHash serving = VotingTown.OLD;
  private int canariesAsked;
  private boolean hasRoom = true;
  private HealthReporter reporter;

  @BeforeEach
  void begin() throws Exception {
    town = new VotingTown(directory, 3);
    window = HealthWatch.window(town.governance.rules());
    reporter =
        new HealthReporter(
            new HealthReporter.Parts(
                new Seen(),
                new NetworkName("town"),
                town.writer,
                new Engine(),
                (network, model, from, time, canaries, right) ->
                    new ModelHealth(
                        network,
                        model,
                        from,
                        time,
                        7,
                        0,
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        canaries,
                        right,
                        0),
                (_, _, count) -> {
                  canariesAsked += count;
                  return hasRoom
                      ? Optional.of(new CanaryRun.Outcome(count, count - 1))
                      : Optional.empty();
                },
                EventLog.all()));
  }

  private final class Seen implements NetworkLedger {
    @Override
    public Optional<Governance> governance() {
      return Optional.of(town.governance);
    }

    @Override
    public Optional<LedgerReader> reader() {
      return Optional.empty();
    }

    @Override
    public Instant now() {
      return town.now;
    }

    @Override
    public Submitted submit(SignedEnvelope record) {
      throw new AssertionError("A reporter writes nothing");
    }

    @Override
    public void onChange(Runnable listener) {}
  }

  private final class Engine implements ModelSwitch {
    @Override
    public ServedModel serving() {
      return new ServedModel(serving, "served", 512);
    }

    @Override
    public void serve(ServedFiles files, ServedModel model) {
      throw new AssertionError("A reporter changes nothing");
    }

    @Override
    public Optional<String> lastFailure() {
      return Optional.empty();
    }
  }

  private void untilItsStages() throws Exception {
    Digest vote = town.propose(0, "small");
    for (VotingTown.Node node : town.nodes) {
      node.wishes.cast(vote, BallotWish.yes(vote));
    }
    for (int look = 0; look < 400 && town.course(vote).step() != Course.Step.ACTIVE; look++) {
      town.pass(LOOK, LOOK);
    }
    assertThat(town.course(vote).step()).isEqualTo(Course.Step.ACTIVE);
  }

  private void waits(Duration time) {
    town.now = town.now.plus(time);
  }

  @Test
  void saysNothing_whileNoModelIsInItsStages() throws Exception {
    waits(window.multipliedBy(3));
    assertThat(reporter.look()).isEmpty();
    assertThat(canariesAsked).isZero();
  }

  @Test
  void tellsWindowsThatBeginInTheStage_andAsksCanariesOfTheNewModelOnly() throws Exception {
    untilItsStages();
    Instant begun = town.now;
    assertThat(reporter.look()).isEmpty();
    waits(window.minusMillis(1));
    assertThat(reporter.look()).isEmpty();
    waits(Duration.ofMillis(1));
    ModelHealth told = reporter.look().orElseThrow();
    assertThat(told.model()).isEqualTo(VotingTown.OLD);
    assertThat(told.from()).isEqualTo(begun);
    assertThat(told.window()).isEqualTo(window);
    assertThat(told.canaries()).isZero();
    assertThat(canariesAsked).isZero();

    serving = VotingTown.model("small");
    assertThat(reporter.look()).as("a new count begins with the model").isEmpty();
    waits(window);
    told = reporter.look().orElseThrow();
    assertThat(told.model()).isEqualTo(serving);
    assertThat(told.from()).isEqualTo(begun.plus(window));
    assertThat(told.canaries()).isEqualTo(canariesAsked).isPositive();
    assertThat(told.canariesRight()).isEqualTo(canariesAsked - 1);
  }

  @Test
  void tellsOfTheAnswersAlone_whenThereIsNoRoomForCanaries() throws Exception {
    untilItsStages();
    hasRoom = false;
    serving = VotingTown.model("small");
    reporter.look();
    waits(window);
    ModelHealth told = reporter.look().orElseThrow();
    assertThat(told.canaries()).isZero();
    assertThat(told.answers()).isEqualTo(7);
  }

  @Test
  void tellsOfAnUpdateWhileItIsWatched_withoutCanaries() throws Exception {
    Digest adapter = VotingTown.digest("adapter");
    UpdateCheckpoint update =
        new UpdateCheckpoint(
            town.governance.genesis(),
            1,
            VotingTown.OLD,
            Optional.empty(),
            Optional.of(adapter),
            100,
            VotingTown.digest("transcript"),
            "for a test");
    assertThat(town.append(update.sign(town.writer)))
        .isInstanceOf(NetworkLedger.Submitted.Accepted.class);
    reporter.look();
    waits(window);
    ModelHealth told = reporter.look().orElseThrow();
    assertThat(told.model()).isEqualTo(VotingTown.OLD);

    serving = AdaptedModel.identity(VotingTown.OLD, Optional.of(adapter));
    assertThat(reporter.look()).as("a new count begins with the update").isEmpty();
    waits(window);
    told = reporter.look().orElseThrow();
    assertThat(told.model()).isEqualTo(serving);
    assertThat(told.answers()).isEqualTo(7);
    assertThat(canariesAsked).isZero();
    waits(window.multipliedBy(8));
    assertThat(reporter.look()).as("it is not watched for ever").isEmpty();
  }
}
