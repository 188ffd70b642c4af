// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.internal.natives.TinyBpe;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.model.GgufWriter;
import org.peermind.model.ModelDigest;
import org.peermind.model.TensorType;
import org.peermind.protocol.Activation;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;

/// Children that really die in the middle of an answer, by an assertion of native code, without
/// memory, and by the signal that the kernel sends when the machine has none left. The node is this
/// process; beside it another model goes on answering.
@Timeout(180)
class DyingModelTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int LONG_CONTEXT = 32_768;
  private static final EngineLifecycle.Policy POLICY =
      new EngineLifecycle.Policy(
          OptionalDouble.of(20), 5, PATIENCE, Duration.ofSeconds(1), Duration.ofSeconds(8));

  private final VirtualClock clock = new VirtualClock(Instant.parse("2026-06-21T10:00:00Z"));
  private final Deque<Runnable> loads = new ArrayDeque<>();
  @TempDir private Path directory;
  private NativeEngine engine;
  private LoadedModel sound;
  private List<Integer> soundAnswer;

  /// The libraries that are tested.
  NativesAtHand natives() {
    return NativesAtHand.BUNDLED;
  }

  @BeforeEach
  void loadASoundModel() throws Exception {
    engine = NativeEngine.open(natives().natives(directory));
    sound = engine.load(spec("sound", TinyLlama.of(7)), LoadProgress.ignored());
    soundAnswer = Transcript.read(sound, Transcript.request("the sun", 20)).tokens();
  }

  @AfterEach
  void unloadTheSoundModel() {
    sound.close();
  }

  @Test
  void servesAModelNoMore_whoseComputationsAbortInNativeCode() throws Exception {
    EngineLifecycle lifecycle = lifecycle(spec("aborting", TinyBpe.aborting()));
    sound.pace(OptionalDouble.of(100));
    Generation meanwhile = sound.generate(Transcript.request("the hill", 400));
    long[] waitSeconds = {1, 2, 4, 8};
    lifecycle.apply(Activation.FULL);
    for (int crash = 1; crash <= CrashWatch.CRASHES_MAX; crash++) {
      loads.remove().run();
      GenerationEvent.Failed failed = Transcript.read(accepted(lifecycle)).failed();

      assertThat(failed.kind()).isEqualTo(FailureKind.CRASHED);
      assertThat(failed.sentence()).contains("signal 6").doesNotContain("sun");
      awaitBroken(lifecycle, crash);
      if (crash < CrashWatch.CRASHES_MAX) {
        clock.advance(Duration.ofSeconds(waitSeconds[crash - 1]).minusMillis(1));
        lifecycle.apply(Activation.FULL);
        assertThat(loads).as("not again at once after crash %d", crash).isEmpty();
        clock.advance(Duration.ofMillis(1));
      } else {
        clock.advance(Duration.ofHours(1));
      }
      lifecycle.apply(Activation.FULL);
    }

    assertThat(loads).isEmpty();
    assertThat(refusal(lifecycle)).startsWith("The model took the engine down 5 times");
    sound.pace(OptionalDouble.empty());
    assertThat(Transcript.read(meanwhile).finished().completionTokens()).isEqualTo(400);
    assertAnswersAsBefore(sound);
  }

  @Test
  void startsAgain_whenTheMachineHasNoMemoryLeft() throws Exception {
    EngineLifecycle lifecycle = lifecycle(spec("doomed", TinyLlama.of(7)));
    lifecycle.apply(Activation.FULL);
    loads.remove().run();
    Generation running = accepted(lifecycle);

    // What the kernel does to the largest process.
    kill(lifecycle.childPid().getAsLong());

    assertThat(Transcript.read(running).failed().sentence()).contains("signal 9");
    assertServesAgain(lifecycle);
  }

  @Test
  void startsAgain_afterItsOwnMemoryCouldNotGrow() throws Exception {
    TinyLlama.Size size =
        new TinyLlama.Size("llama", LONG_CONTEXT, 64, 4, 2, 96, 2, 0, TensorType.F32);
    EngineLifecycle lifecycle = lifecycle(spec("doomed", TinyLlama.of(7, size)));
    lifecycle.apply(Activation.FULL);
    loads.remove().run();
    long child = lifecycle.childPid().getAsLong();

    run("prlimit", "--pid", String.valueOf(child), "--as=1048576");
    switch (lifecycle.generate(Transcript.request("sun ".repeat(200_000), 20))) {
      case Admission.Accepted(Generation large) ->
          assertThat(Transcript.read(large).failed().kind()).isEqualTo(FailureKind.CRASHED);
      // Whatever it allocates under this limit is its last: some die before they are asked.
      case Admission.Refused(String reason) -> assertThat(reason).isEqualTo("No model is loaded.");
    }

    assertServesAgain(lifecycle);
  }

  private void assertServesAgain(EngineLifecycle lifecycle) throws Exception {
    awaitBroken(lifecycle, 1);
    assertAnswersAsBefore(sound);
    lifecycle.apply(Activation.FULL);
    assertThat(loads).isEmpty();
    clock.advance(Duration.ofSeconds(1));
    lifecycle.apply(Activation.FULL);
    loads.remove().run();
    assertThat(Transcript.read(accepted(lifecycle)).tokens()).isEqualTo(soundAnswer);
    lifecycle.close();
  }

  private void assertAnswersAsBefore(LoadedModel model) throws Exception {
    assertThat(Transcript.read(model, Transcript.request("the sun", 20)).tokens())
        .isEqualTo(soundAnswer);
  }

  private EngineLifecycle lifecycle(ModelSpec spec) {
    return new EngineLifecycle(engine, spec, POLICY, clock, loads::add);
  }

  private ModelSpec spec(String name, GgufWriter model) throws Exception {
    Path file = directory.resolve(name + ".gguf");
    model.write(file);
    return new ModelSpec(file, ModelDigest.sha256(file), LONG_CONTEXT, 1, 1);
  }

  /// The last answer hears of a death before the lifecycle does.
  private static void awaitBroken(EngineLifecycle lifecycle, int failures) {
    Await.until(
        "the death of the model",
        PATIENCE,
        () ->
            lifecycle.state() instanceof EngineState.Broken(String _, int counted)
                && counted == failures);
  }

  private static Generation accepted(EngineLifecycle lifecycle) {
    GenerationRequest request = Transcript.request("the sun", 20);
    return switch (lifecycle.generate(request)) {
      case Admission.Accepted(Generation generation) -> generation;
      case Admission.Refused(String reason) -> throw new AssertionError(reason);
    };
  }

  private static String refusal(EngineLifecycle lifecycle) {
    return switch (lifecycle.generate(Transcript.request("?", 5))) {
      case Admission.Accepted _ -> throw new AssertionError("The request was accepted");
      case Admission.Refused(String reason) -> reason;
    };
  }

  private static void kill(long pid) throws Exception {
    run("kill", "-KILL", String.valueOf(pid));
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(Duration.ofSeconds(10))).isTrue();
    assertThat(process.exitValue()).isZero();
  }
}
