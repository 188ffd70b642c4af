// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.child.BigramChild;
import org.peermind.federated.child.BigramTask;
import org.peermind.federated.training.Progress;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.federated.training.TrainerSpec;
import org.peermind.federated.training.TrainingException;
import org.peermind.federated.training.TrainingException.Reason;
import org.peermind.federated.training.TrainingRun;
import org.peermind.federated.training.TrainingTask;
import org.peermind.protocol.ModelHash;
import org.peermind.testkit.Await;

/// Real child processes with a small network in plain Java.
@Timeout(300)
final class ChildTrainerTest {
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final int ENDLESS = 10_000_000;

  @TempDir Path folder;

  /// The child removes its private folder itself, or the node does when it was killed.
  @AfterEach
  void nothingStaysInTheScratchFolder() {
    assertThat(folder).isDirectoryNotContaining("glob:**peermind-trainer-*");
  }

  @Test
  void endsBitEqual_whenItsProcessWasKilled() throws Exception {
    int steps = 2000;
    TrainingTask task = BigramTask.of(folder, steps, 20);
    TrainedUpdate whole;
    try (ChildTrainer trainer = TestTrainers.start(folder, TestTrainers.SOUND)) {
      whole = trainer.begin(task).await();
      assertThat(whole.lastLoss()).isLessThan(whole.firstLoss());
      assertThat(trainer.score(List.of(new int[] {1, 2, 3}), whole.delta().values())[0])
          .isLessThan(trainer.score(List.of(new int[] {1, 2, 3}), new float[0])[0]);
    }
    Files.delete(task.checkpoint());
    int pausedAt;
    try (ChildTrainer trainer = TestTrainers.start(folder, TestTrainers.SOUND)) {
      TrainingRun run = trainer.begin(task);
      Await.until("a step", SOON, () -> run.progress().step() > 0);
      run.pause();
      Await.until("a pause", SOON, () -> run.progress().state() == Progress.State.PAUSED);
      pausedAt = run.progress().step();
      run.resume();
      kill(trainer.childPid());

      TrainingException died = catchThrowableOfType(TrainingException.class, run::await);
      assertThat(died.reason()).isEqualTo(Reason.CRASHED);
      assertThat(died.sentence()).isEqualTo("The trainer's child process died (signal 9).");
      assertThatThrownBy(() -> trainer.begin(task)).hasMessage(died.sentence());
      assertThatThrownBy(() -> trainer.score(List.of(new int[] {1, 2}), new float[0]))
          .hasMessage(died.sentence());
    }
    try (ChildTrainer trainer = TestTrainers.start(folder, TestTrainers.SOUND)) {
      TrainingRun run = trainer.begin(task);

      assertThat(run.await()).isEqualTo(whole);
      assertThat(run.progress().resumedAtStep()).isBetween(pausedAt, steps - 1);
      assertThat(run.progress().state()).isEqualTo(Progress.State.ENDED);
    }
  }

  private static void kill(long pid) {
    assertThat(ProcessHandle.of(pid).orElseThrow().destroyForcibly()).isTrue();
  }

  @Test
  void usesNoProcessorWhilePaused_andObeysUntilItIsClosed() throws Exception {
    TrainingTask task = BigramTask.of(folder, ENDLESS);
    long pid;
    TrainingRun run;
    try (ChildTrainer trainer = TestTrainers.start(folder, TestTrainers.SOUND)) {
      pid = trainer.childPid();
      TrainingRun cancelled = trainer.begin(task);
      assertThatThrownBy(() -> trainer.begin(task)).hasMessageContaining("in another run");
      cancelled.cancel();
      assertThat(catchThrowableOfType(TrainingException.class, cancelled::await).reason())
          .isEqualTo(Reason.CANCELLED);

      run = trainer.begin(task);
      Await.until("a step", SOON, () -> run.progress().step() > 0);
      run.pause();
      Await.until("a pause", SOON, () -> run.progress().state() == Progress.State.PAUSED);
      Duration before = processor(pid);
      int step = run.progress().step();
      assertThat(trainer.score(List.of(new int[] {1, 2}), new float[0])[0]).isPositive();
      long until = System.nanoTime() + Duration.ofSeconds(1).toNanos();
      Await.until("a quiet second", SOON, () -> System.nanoTime() - until > 0);

      assertThat(processor(pid).minus(before)).isLessThan(Duration.ofMillis(300));
      assertThat(run.progress().step()).isEqualTo(step);
    }
    assertThat(catchThrowableOfType(TrainingException.class, run::await).sentence())
        .isEqualTo("The trainer was closed; the run's last checkpoint is kept.");
    assertThat(ProcessHandle.of(pid)).isEmpty();
    assertThat(task.checkpoint()).exists();
  }

  /// Processor time that a process has used.
  private static Duration processor(long pid) {
    return ProcessHandle.of(pid).orElseThrow().info().totalCpuDuration().orElseThrow();
  }

  @Test
  void refusesInOneSentence_whatItCannotTrain() throws Exception {
    assertThatThrownBy(() -> TestTrainers.start(folder, BigramChild.DAMAGED).close())
        .isInstanceOf(TrainingException.class)
        .hasMessage("The file " + folder.resolve("model-2") + " is no model.");
    assertThatThrownBy(() -> TestTrainers.start(folder, BigramChild.WITHOUT_LIBTORCH).close())
        .isInstanceOf(TrainingException.class)
        .hasMessageStartingWith(
            "Federated training needs libtorch, which does not load on this machine (")
        .hasMessageContaining("UnsatisfiedLinkError")
        .hasMessageNotContaining("jnitorch");
  }

  @Test
  void tellsNothingOfTheTokens_whenTheNetworkFails() throws Exception {
    try (ChildTrainer trainer = TestTrainers.start(folder, BigramChild.FAILING)) {
      TrainingRun run = trainer.begin(BigramTask.of(folder, ENDLESS));

      assertThat(catchThrowableOfType(TrainingException.class, run::await))
          .hasMessage(
              "Step 1 failed in the network (IllegalStateException); memory may be short, so try"
                  + " fewer sequences in a step.")
          .extracting(TrainingException::reason)
          .isEqualTo(Reason.CRASHED);
      Await.until("the child's end", SOON, () -> ProcessHandle.of(trainer.childPid()).isEmpty());
      assertThatThrownBy(() -> trainer.score(List.of(new int[] {1, 2}), new float[0]))
          .hasMessage("The trainer's child process died (exit code 70).");
    }
  }

  @Test
  void startsNoProcess_whenTheFileIsAnotherModel() throws IOException {
    Path model = Files.write(folder.resolve("model"), new byte[5]);
    TrainerSpec right = TestTrainers.spec(folder, model);
    TrainerSpec wrong =
        new TrainerSpec(
            model,
            new ModelHash("00".repeat(32)),
            right.parentAdapter(),
            right.subspace(),
            1,
            right.device(),
            folder);

    assertThatThrownBy(
            () -> ChildTrainer.start(TestTrainers.program(), wrong, folder.resolve("cache")))
        .isInstanceOf(TrainingException.class)
        .hasMessage("The file " + model + " is not the model 000000000000; fetch it again.");
    assertThat(folder.resolve("cache")).doesNotExist();
  }

  @Test
  void diesWithItsNode() throws Exception {
    Process node =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                DoomedTrainerNode.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader out =
        new BufferedReader(new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8))) {
      ProcessHandle child = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
      assertThat(child.isAlive()).isTrue();

      node.destroyForcibly();

      child.onExit().get(SOON.toSeconds(), TimeUnit.SECONDS);
      assertThat(child.isAlive()).isFalse();
    } finally {
      node.destroyForcibly();
    }
  }
}
