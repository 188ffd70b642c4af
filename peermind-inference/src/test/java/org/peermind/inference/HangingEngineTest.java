// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.model.ModelDigest;

/// Callers that go away, and a child that does not read: neither may cost anybody else anything.
@Timeout(180)
class HangingEngineTest {
  private static final String LONG_PROMPT = "the sun shines on a hill ".repeat(4_000);

  private LoadedModel model;

  /// The libraries that are tested.
  NativesAtHand natives() {
    return NativesAtHand.BUNDLED;
  }

  @BeforeEach
  void loadModel(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("tiny.gguf");
    TinyLlama.of(7).write(file);
    model =
        NativeEngine.open(natives().natives(directory))
            .load(
                new ModelSpec(file, ModelDigest.sha256(file), TinyLlama.CONTEXT_TOKENS, 2, 1),
                LoadProgress.ignored());
  }

  @AfterEach
  void unloadModel() {
    model.close();
  }

  @Test
  void keepsTheModel_whenACallerIsInterruptedWhileItAsksOrCancels() throws Exception {
    for (int i = 0; i < 20; i++) {
      Thread.currentThread().interrupt();
      Generation generation = model.generate(request("the sun"));
      generation.cancel();
      generation.close();
      assertThat(Thread.interrupted()).as("the interrupt is left to the caller").isTrue();
    }

    assertThat(model.alive()).isTrue();
    assertThat(Transcript.read(model, request("the sun")).tokens()).isNotEmpty();
  }

  @Test
  void blocksNoCaller_andEndsTheChild_whenItDoesNotRead() throws Exception {
    CountDownLatch died = new CountDownLatch(1);
    model.onDeath(died::countDown);
    stop(ProcessHandle.of(model.childPid().getAsLong()).orElseThrow());

    List<Generation> asked = new ArrayList<>();
    boolean refused = false;
    // The socket takes a few of these; the rest wait in the node, up to a bound.
    for (int i = 0; i < 1_000 && !refused; i++) {
      try {
        asked.add(model.generate(request(LONG_PROMPT)));
      } catch (EngineException hanging) {
        assertThat(hanging).hasMessageContaining("takes no requests");
        refused = true;
      }
    }

    assertThat(refused).isTrue();
    assertThat(died.await(20, TimeUnit.SECONDS)).isTrue();
    GenerationEvent.Failed failed = Transcript.read(asked.getFirst()).failed();
    assertThat(failed.kind()).isEqualTo(GenerationEvent.FailureKind.CRASHED);
  }

  @Test
  void endsAChildThatHangsInAnAnswer() throws Exception {
    CountDownLatch died = new CountDownLatch(1);
    model.onDeath(died::countDown);
    try (Generation _ = model.generate(request("the sun"))) {
      stop(ProcessHandle.of(model.childPid().getAsLong()).orElseThrow());
      model.generate(request("the hill"));

      // The node counts at most two seconds for each of its looks, which a full machine delays.
      assertThat(died.await(120, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(model.alive()).isFalse();
  }

  private static GenerationRequest request(String prompt) {
    return GenerationRequest.of(
        Prompt.chat(List.of(new ChatMessage("user", prompt))), 8, Sampling.greedy());
  }

  private static void stop(ProcessHandle child) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-STOP", String.valueOf(child.pid())).start();
    assertThat(kill.waitFor(Duration.ofSeconds(5))).isTrue();
    assertThat(kill.exitValue()).isZero();
  }
}
