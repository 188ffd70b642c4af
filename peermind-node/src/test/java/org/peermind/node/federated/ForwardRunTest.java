// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.forward.ForwardTask;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.NativeEngine;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.model.ModelDigest;
import org.peermind.protocol.governance.Digest;

/// Training with the real engine and the demo model, of which only losses are asked.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForwardRunTest {
  private static final Digest POOL = new Digest("5e".repeat(32));
  private static final double NORM = 6;

  private NativeEngine engine;
  private ModelSpec spec;
  private LoadedModel model;
  private GgufFile head;
  private Subspace subspace;
  private Path tokens;

  @BeforeAll
  void loadTheDemoModel(@TempDir Path shared) throws Exception {
    Path file = DemoLesson.model(shared);
    head = GgufReader.read(file);
    subspace = Subspace.of(head, new Digest("7a".repeat(32)), 2, List.of("attn_q", "attn_v"));
    spec = new ModelSpec(file, ModelDigest.sha256(file), 256, 4, 1).withFullPrecision();
    engine = NativeEngine.open(shared);
    model = engine.load(spec, LoadProgress.ignored());
    tokens = shared.resolve("tokens");
    DemoLesson.write(
        (text, special) -> {
          try {
            return model.tokenize(text, special);
          } catch (EngineException impossible) {
            throw new IOException(impossible);
          }
        },
        tokens);
  }

  @AfterAll
  void unload() {
    model.close();
  }

  private ForwardRun.Course course(Path folder, int steps, long draws) {
    double perCoordinate = NORM / Math.sqrt(subspace.length());
    return new ForwardRun.Course(
        head.architecture(),
        subspace,
        Coordinates.of(new float[subspace.length()]),
        new ForwardTask(
            POOL,
            4096,
            new Digest("%064x".formatted(draws)),
            steps,
            0.25 * perCoordinate,
            perCoordinate * Math.sqrt(3.0 / steps),
            2,
            perCoordinate,
            NORM),
        tokens,
        4,
        draws,
        folder.resolve("checkpoint"),
        4,
        folder.resolve("asked.gguf"));
  }

  private static TrainedUpdate all(ForwardRun run) throws Exception {
    assertThat(run.advance(() -> true)).isTrue();
    return run.trained();
  }

  @Test
  void lowersTheLossOfSentencesItDidNotKnow(@TempDir Path folder) throws Exception {
    try (ForwardRun run = ForwardRun.open(course(folder, 40, 1), model)) {
      TrainedUpdate update = all(run);
      System.out.printf(
          "forward only, %d steps, %d coordinates, draws 1: loss %.4f, after it %.4f%n",
          update.steps(), subspace.length(), update.firstLoss(), update.lastLoss());
      assertThat(update.lastLoss()).isLessThan(0.96 * update.firstLoss());
      assertThat(update.steps()).isEqualTo(40);
      assertThat(update.tokens()).isEqualTo(84L * 40);
    }
    assertThat(folder.resolve("asked.gguf")).doesNotExist();
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("checkpoint"))))
        .isEqualTo("rw-------");
  }

  /// Stopped for want of power, interrupted, and in a process of the engine that was killed.
  @Test
  void oneWhoStoppedHasTheBitsOfOneWhoDidNot(@TempDir Path folder, @TempDir Path other)
      throws Exception {
    TrainedUpdate whole;
    try (ForwardRun run = ForwardRun.open(course(folder, 14, 2), model)) {
      whole = all(run);
    }
    ForwardRun.Course course = course(other, 14, 2);
    int[] asked = {0};
    try (ForwardRun run = ForwardRun.open(course, model)) {
      assertThat(run.advance(() -> ++asked[0] <= 4)).isFalse();
      assertThat(run.step()).isEqualTo(4);
      assertThatThrownBy(
              () ->
                  run.advance(
                      () -> {
                        if (++asked[0] == 9) {
                          Thread.currentThread().interrupt();
                        }
                        return true;
                      }))
          .isInstanceOf(InterruptedException.class);
    }
    try (LoadedModel killed = engine.load(spec, LoadProgress.ignored());
        ForwardRun run = ForwardRun.open(course, killed)) {
      int before = run.step();
      assertThat(before).isBetween(6, 7);
      assertThatThrownBy(
              () ->
                  run.advance(
                      () -> {
                        if (run.step() == before + 3) {
                          ProcessHandle.of(killed.childPid().orElseThrow())
                              .orElseThrow()
                              .destroyForcibly();
                        }
                        return true;
                      }))
          .isInstanceOf(IOException.class)
          .hasCauseInstanceOf(EngineException.class);
    }
    try (ForwardRun run = ForwardRun.open(course, model)) {
      assertThat(run.note()).isEmpty();
      assertThat(run.step()).isBetween(9, 10);
      assertThat(all(run)).isEqualTo(whole);
    }
  }

  @Test
  void damagedCheckpointIsSetAside(@TempDir Path folder) throws Exception {
    ForwardRun.Course course = course(folder, 14, 3);
    try (ForwardRun run = ForwardRun.open(course, model)) {
      int[] asked = {0};
      run.advance(() -> ++asked[0] <= 2);
    }
    byte[] kept = Files.readAllBytes(course.checkpoint());
    kept[100] ^= 1;
    Files.write(course.checkpoint(), kept);
    try (ForwardRun run = ForwardRun.open(course, model)) {
      assertThat(run.step()).isZero();
      assertThat(run.note().orElseThrow())
          .isEqualTo(
              "The state of a training is damaged. The file was renamed to checkpoint.set-aside,"
                  + " and training begins anew.");
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactly("checkpoint.set-aside");
    }
  }

  @Test
  void engineThatCannotScoreOrAdaptIsNamed() {
    assertThat(ForwardRun.whyNot(EngineFeatures.all())).isEmpty();
    assertThat(ForwardRun.whyNot(EngineFeatures.none()).orElseThrow())
        .isEqualTo(
            "This engine cannot tell how likely given tokens are, so it cannot train; the built-in"
                + " engine can.");
    EngineFeatures scoring = new EngineFeatures(true, true, true, true, true, true, true, false);
    assertThat(ForwardRun.whyNot(scoring).orElseThrow())
        .isEqualTo(
            "This engine computes with no adapters, so it cannot train; the built-in engine can.");
  }
}
