// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Adam;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.Device;
import org.peermind.federated.training.TokenFile;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.federated.training.Trainer;
import org.peermind.federated.training.TrainerSpec;
import org.peermind.federated.training.TrainingException;
import org.peermind.federated.training.TrainingException.Reason;
import org.peermind.federated.training.TrainingRun;
import org.peermind.federated.training.TrainingTask;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;
import org.peermind.protocol.governance.Digest;
import org.peermind.testkit.Await;

/// Real child processes with libtorch and the small demo model.
@Timeout(300)
final class TorchTrainerTest {
  private static final Duration SOON = Duration.ofMinutes(2);
  private static final String DEMO = "/org/peermind/model/demo/peermind-demo-small.gguf";
  private static final int STEPS = 40;

  /// Where the tests that load libtorch into their own process have it unpacked.
  private static final Path CACHE =
      Path.of(
          System.getProperty(
              "org.bytedeco.javacpp.cachedir",
              Path.of(System.getProperty("user.home"), ".javacpp", "cache").toString()));

  @TempDir Path folder;
  private Path file;
  private Subspace subspace;

  @BeforeEach
  void unpackTheModel() throws IOException, GgufException {
    file = folder.resolve("model.gguf");
    try (InputStream in = GgufFile.class.getResourceAsStream(DEMO)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
    subspace =
        Subspace.of(
            GgufReader.read(file), new Digest("5e".repeat(32)), 4, List.of("attn_q", "ffn_down"));
  }

  private TrainerSpec spec() throws IOException {
    return new TrainerSpec(
        file, ModelDigest.sha256(file), Optional.empty(), subspace, 1, Device.CPU, folder);
  }

  private TrainingTask task() throws IOException {
    Path tokens = folder.resolve("tokens");
    Random random = new Random(1);
    List<TokenSequence> sequences = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      sequences.add(TokenSequence.of(random.ints(24, 10, 60).toArray()));
    }
    TokenFile.write(tokens, sequences);
    return new TrainingTask(
        Coordinates.of(new float[subspace.length()]),
        tokens,
        STEPS,
        2,
        24,
        Adam.of(0.01, 0),
        42,
        folder.resolve("checkpoint"),
        1);
  }

  @Test
  void trainsTheDemoModel_andEndsBitEqualWhenItWasKilled() throws Exception {
    TrainingTask task = task();
    TrainedUpdate whole;
    List<int[]> seen = new ArrayList<>();
    try (TokenFile tokens = TokenFile.open(task.tokens())) {
      for (int i = 0; i < tokens.sequences(); i++) {
        seen.add(tokens.sequence(i).tokens());
      }
    }
    try (ChildTrainer trainer = ChildTrainer.start(spec(), CACHE)) {
      assertThat(trainer.info().architecture()).isEqualTo("llama");
      assertThat(trainer.info().coordinates()).isEqualTo(subspace.length());
      assertThat(trainer.info().library()).startsWith("libtorch 2.");
      double[] before = trainer.score(seen, new float[0]);
      assertThat(trainer.score(seen, new float[subspace.length()]))
          .containsExactly(before, within(1e-5));

      whole = trainer.begin(task).await();

      assertThat(whole.steps()).isEqualTo(STEPS);
      double[] after = trainer.score(seen, whole.delta().values());
      assertThat(mean(after)).isLessThan(0.9 * mean(before));

      Files.delete(task.checkpoint());
      TrainingRun run = trainer.begin(task);
      Await.until("a checkpoint", SOON, () -> Files.exists(task.checkpoint()));
      ProcessHandle.of(trainer.childPid()).orElseThrow().destroyForcibly();
      assertThat(catchThrowableOfType(TrainingException.class, run::await).reason())
          .isEqualTo(Reason.CRASHED);
    }
    try (Trainer trainer = Trainer.start(spec(), CACHE)) {
      TrainingRun run = trainer.begin(task);

      assertThat(run.await()).isEqualTo(whole);
      assertThat(run.progress().resumedAtStep()).isPositive();
      assertThat(run.progress().note()).isEmpty();
    }
  }

  private static double mean(double[] losses) {
    return Arrays.stream(losses).average().orElseThrow();
  }

  @Test
  void refusesADamagedModelInOneSentence() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));

    assertThatThrownBy(() -> Trainer.start(spec(), CACHE).close())
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining(file.toString())
        .hasMessageEndingWith(".")
        .hasMessageNotContaining("\n");
  }

  @Test
  void saysThatLibtorchIsMissing() throws IOException {
    Program whole = Program.trainer();
    List<String> places =
        Arrays.stream(whole.classPath().split(File.pathSeparator, -1))
            .filter(place -> !place.contains("bytedeco"))
            .toList();
    Program without = new Program(whole.mainClass(), String.join(File.pathSeparator, places));

    assertThatThrownBy(() -> ChildTrainer.start(without, spec(), folder.resolve("cache")).close())
        .isInstanceOf(TrainingException.class)
        .hasMessageStartingWith(
            "Federated training needs libtorch, which does not load on this machine (");
  }
}
