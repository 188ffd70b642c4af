// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.internal.NetworkSpec;
import org.peermind.federated.internal.RefusalException;
import org.peermind.federated.internal.TrainingNetwork;
import org.peermind.federated.internal.link.LinkMessage;
import org.peermind.federated.training.Adam;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.Device;
import org.peermind.federated.training.Progress;
import org.peermind.federated.training.TokenFile;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.federated.training.TrainingException.Reason;
import org.peermind.federated.training.TrainingTask;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;

final class TrainingLoopTest {
  private static final Digest MODEL = new Digest("cc".repeat(32));
  private static final int STEPS = 40;

  @TempDir Path folder;
  private final List<LinkMessage.FromChild> said = new ArrayList<>();
  private TrainingNetwork network;
  private TrainingLoop loop;

  @BeforeEach
  void load() throws RefusalException {
    network =
        Bigrams.open(
            new NetworkSpec(
                Path.of("model"),
                new ModelHash("cc".repeat(32)),
                Optional.empty(),
                BigramTask.SUBSPACE,
                1,
                Device.CPU));
    loop = new TrainingLoop(network, MODEL, said::add);
  }

  private void turns(int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      loop.turn();
    }
  }

  private TrainedUpdate trained(TrainingTask task) throws InterruptedException {
    loop.order(new LinkMessage.Begin(1, task));
    turns(1 + task.steps());
    assertThat(said.getLast()).isInstanceOf(LinkMessage.Finished.class);
    return ((LinkMessage.Finished) said.getLast()).update();
  }

  /// The same network in a process that begins anew.
  private void restart() {
    loop = new TrainingLoop(network, MODEL, said::add);
  }

  @Test
  void learnsTheLanguageOfTheFile() throws Exception {
    TrainingTask task = BigramTask.of(folder, STEPS);

    TrainedUpdate update = trained(task);

    assertThat(update.steps()).isEqualTo(STEPS);
    assertThat(update.firstLoss()).isBetween(2.7, 2.8);
    assertThat(update.lastLoss()).isLessThan(0.6 * update.firstLoss());
    assertThat(update.tokens()).isGreaterThan(STEPS * 3 * 4L);
    loop.order(new LinkMessage.Score(2, List.of(TokenSequence.of(3, 4, 5, 6)), update.delta()));
    loop.order(new LinkMessage.Score(3, List.of(TokenSequence.of(3, 4, 5, 6)), Coordinates.none()));
    turns(2);
    double after = ((LinkMessage.Scored) said.get(said.size() - 2)).losses().getFirst();
    double before = ((LinkMessage.Scored) said.getLast()).losses().getFirst();
    assertThat(before).isBetween(2.7, 2.8);
    assertThat(after).isLessThan(0.6 * before);
  }

  @Test
  void learnsOnlyWhatCounts() throws Exception {
    TrainingTask task = BigramTask.of(folder, STEPS);
    boolean[] counted = {false, false, true, false};
    TokenFile.write(task.tokens(), List.of(TokenSequence.of(new int[] {1, 2, 3, 4}, counted)));

    Coordinates learned = trained(task).delta();

    loop.order(
        new LinkMessage.Score(2, List.of(TokenSequence.of(2, 3), TokenSequence.of(3, 4)), learned));
    turns(1);
    List<Double> losses = ((LinkMessage.Scored) said.getLast()).losses();
    assertThat(losses.get(0)).isLessThan(1.0);
    assertThat(losses.get(1)).isGreaterThan(2.0);
  }

  @Test
  void endsBitEqual_whereverItWasKilled() throws Exception {
    TrainedUpdate whole = trained(BigramTask.of(folder, STEPS, 7));

    for (int killedAfter : new int[] {0, 1, 6, 7, 8, 20, 39, 40}) {
      TrainingTask task = BigramTask.of(folder, STEPS, 7);
      Files.deleteIfExists(task.checkpoint());
      restart();
      loop.order(new LinkMessage.Begin(1, task));
      turns(1 + killedAfter);
      restart();
      loop.order(new LinkMessage.Begin(2, task));
      turns(1);
      int kept = killedAfter == STEPS ? STEPS : killedAfter / 7 * 7;
      assertThat(said.stream().filter(LinkMessage.Advanced.class::isInstance).toList().getLast())
          .isInstanceOfSatisfying(
              LinkMessage.Advanced.class,
              advanced -> {
                assertThat(advanced.progress().note()).isEmpty();
                assertThat(advanced.progress().resumedAtStep()).isEqualTo(kept);
              });
      turns(STEPS - kept);

      assertThat(said.getLast()).isEqualTo(new LinkMessage.Finished(2, whole));
    }
  }

  @Test
  void makesNoStepWhilePaused_andEndsAsIfItHadNotBeen() throws Exception {
    TrainedUpdate whole = trained(BigramTask.of(folder, STEPS, 1000));
    TrainingTask task = BigramTask.of(folder, STEPS, 1000);
    Files.delete(task.checkpoint());
    restart();
    loop.order(new LinkMessage.Begin(1, task));
    turns(1 + 12);
    loop.order(new LinkMessage.Pause(1));
    turns(1);

    assertThat(said.getLast())
        .isInstanceOfSatisfying(
            LinkMessage.Advanced.class,
            paused -> {
              assertThat(paused.progress().state()).isEqualTo(Progress.State.PAUSED);
              assertThat(paused.progress().step()).isEqualTo(12);
            });
    assertThat(task.checkpoint()).exists();

    // A turn of a paused loop obeys an order; it would make a step if it were not paused.
    loop.order(new LinkMessage.Score(9, List.of(TokenSequence.of(1, 2)), Coordinates.none()));
    turns(1);
    loop.order(new LinkMessage.Resume(1));
    turns(1);
    assertThat(said.getLast())
        .isInstanceOfSatisfying(
            LinkMessage.Advanced.class,
            resumed -> assertThat(resumed.progress().step()).isEqualTo(12));
    turns(STEPS - 12);
    assertThat(said.getLast()).isEqualTo(new LinkMessage.Finished(1, whole));
  }

  @Test
  void keepsACheckpoint_whenItIsCancelled() throws Exception {
    TrainedUpdate whole = trained(BigramTask.of(folder, STEPS, 1000));
    TrainingTask task = BigramTask.of(folder, STEPS, 1000);
    Files.delete(task.checkpoint());
    restart();
    loop.order(new LinkMessage.Begin(1, task));
    turns(1 + 5);
    loop.order(new LinkMessage.Cancel(1));
    turns(1);

    assertThat(said.getLast())
        .isEqualTo(
            new LinkMessage.Stopped(
                1, Reason.CANCELLED, "The run was cancelled; its checkpoint is kept."));
    loop.order(new LinkMessage.Begin(2, task));
    turns(1 + STEPS - 5);
    assertThat(said.getLast()).isEqualTo(new LinkMessage.Finished(2, whole));
  }

  @Test
  void beginsAnewAndSaysSo_whenTheCheckpointIsTornOrForeign() throws Exception {
    TrainedUpdate whole = trained(BigramTask.of(folder, STEPS));
    TrainingTask task = BigramTask.of(folder, STEPS);
    byte[] kept = Files.readAllBytes(task.checkpoint());
    Files.write(task.checkpoint(), new byte[50]);
    restart();

    assertThat(trained(task)).isEqualTo(whole);

    assertThat(notes())
        .containsExactly(
            "The checkpoint %s is damaged; it was renamed to checkpoint.set-aside, and training"
                    .formatted(task.checkpoint())
                + " begins anew.");
    said.clear();
    TokenFile.write(task.tokens(), List.of(TokenSequence.of(1, 2, 3)));
    assertThat(trained(task)).isNotEqualTo(whole);
    assertThat(notes()).singleElement().asString().contains("is of another task");
    assertThat(folder.resolve("checkpoint.set-aside")).hasBinaryContent(kept);
  }

  private List<String> notes() {
    return said.stream()
        .filter(LinkMessage.Advanced.class::isInstance)
        .map(LinkMessage.Advanced.class::cast)
        .flatMap(advanced -> advanced.progress().note().stream())
        .distinct()
        .toList();
  }

  @Test
  void refusesTasksThatDoNotFitTheModel() throws Exception {
    TrainingTask task = BigramTask.of(folder, STEPS);
    TokenFile.write(task.tokens(), List.of(TokenSequence.of(1, BigramTask.VOCABULARY)));
    assertThat(refusal(task))
        .isEqualTo(
            "The token file %s has a token that is not among the 16 of the model."
                .formatted(task.tokens()));
    TokenFile.write(task.tokens(), List.of(TokenSequence.of(new int[Bigrams.CONTEXT_TOKENS + 1])));
    assertThat(refusal(task)).contains("has a sequence of 65 tokens where 64 may be");
    Files.writeString(task.tokens(), "nothing of the kind");
    assertThat(refusal(task)).contains("is no token file");
    Files.delete(task.tokens());
    assertThat(refusal(task)).contains("does not exist");
  }

  private String refusal(TrainingTask task) throws InterruptedException {
    loop.order(new LinkMessage.Begin(1, task));
    turns(1);
    LinkMessage.Stopped stopped = (LinkMessage.Stopped) said.getLast();
    assertThat(stopped.reason()).isEqualTo(Reason.REFUSED);
    return stopped.sentence();
  }

  @Test
  void stops_whenStepsGiveNoNumbers() throws Exception {
    TrainingTask task = BigramTask.of(folder, STEPS);
    float[] huge = new float[BigramTask.SUBSPACE.length()];
    Arrays.fill(huge, 0, 8, 3e38f);
    TrainingTask hopeless =
        new TrainingTask(
            Coordinates.of(huge),
            task.tokens(),
            STEPS,
            3,
            64,
            Adam.of(1, 0),
            1,
            task.checkpoint(),
            1);
    loop.order(new LinkMessage.Begin(1, hopeless));
    turns(2);

    assertThat(said.getLast())
        .isEqualTo(
            new LinkMessage.Stopped(
                1,
                Reason.REFUSED,
                "Step 1 of 40 gives no finite number; train with a lower learning rate."));
  }

  @Test
  void says_whenTheDiskTakesNoCheckpoint() throws Exception {
    TrainingTask task = BigramTask.of(folder, STEPS, 2);
    Files.createDirectories(task.checkpoint().resolveSibling("checkpoint.part").resolve("full"));
    loop.order(new LinkMessage.Begin(1, task));
    turns(3);

    assertThat(said.getLast())
        .isEqualTo(
            new LinkMessage.Stopped(
                1,
                Reason.REFUSED,
                "The checkpoint %s cannot be written (DirectoryNotEmptyException); see whether the"
                        .formatted(task.checkpoint())
                    + " disk is full."));
  }

  @Test
  void refusesASecondRun() throws Exception {
    TrainingTask task = BigramTask.of(folder, STEPS);
    loop.order(new LinkMessage.Begin(1, task));
    loop.order(new LinkMessage.Begin(2, task));
    turns(2);

    assertThat(said.getLast())
        .isEqualTo(new LinkMessage.Stopped(2, Reason.REFUSED, "Another run goes on."));
  }

  @Test
  void refusesToScoreWhatDoesNotFitTheModel() throws InterruptedException {
    loop.order(new LinkMessage.Score(1, List.of(TokenSequence.of(1, 16)), Coordinates.none()));
    loop.order(
        new LinkMessage.Score(2, List.of(TokenSequence.of(1, 2)), Coordinates.of(new float[] {1})));
    loop.order(
        new LinkMessage.Score(3, List.of(TokenSequence.of(new int[65])), Coordinates.none()));
    turns(3);

    assertThat(said)
        .containsExactly(
            new LinkMessage.ScoreRefused(
                1, "A sequence has a token that is not among the 16 of the model."),
            new LinkMessage.ScoreRefused(
                2, "1 coordinates cannot be scored where the model has 128."),
            new LinkMessage.ScoreRefused(
                3, "A sequence of 65 tokens cannot be scored where the model takes 64."));
  }

  @Test
  void begins_whereverItsFilesLie() throws IOException, InterruptedException {
    TrainingTask task = BigramTask.of(folder, STEPS);
    TrainedUpdate whole = trained(task);
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    TrainingTask moved = BigramTask.of(elsewhere, STEPS);
    Files.move(task.checkpoint(), moved.checkpoint());
    restart();
    loop.order(new LinkMessage.Begin(5, moved));
    turns(1);

    assertThat(said.getLast()).isEqualTo(new LinkMessage.Finished(5, whole));
  }
}
