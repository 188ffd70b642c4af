// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.EnergySettings;
import org.peermind.inference.EngineLifecycle;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.internal.natives.SpoiltModel;
import org.peermind.model.ModelDigest;
import org.peermind.model.ModelInspection;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptEvent;
import org.peermind.node.query.QueueWatch;
import org.peermind.protocol.Activation;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;

/// The model is exchanged under real load: the demo model, and one that differs in one token which
/// nobody says, each in a real child process.
@Timeout(120)
class SwitchedEngineIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int ASKERS = 2;

  @TempDir private Path directory;
  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final Map<ModelHash, AtomicInteger> answers = new ConcurrentHashMap<>();
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
  private final AtomicBoolean stop = new AtomicBoolean();

  @Test
  void noQuestionFails_whileTheModelIsExchanged() throws Exception {
    NativeEngine engine = NativeEngine.open(directory);
    Path demo = directory.resolve("demo.gguf");
    try (InputStream in =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/peermind-demo.gguf")) {
      Files.copy(in, demo);
    }
    Path other = directory.resolve("other.gguf");
    SpoiltModel.write(demo, "<unk>", other);
    ServedModel first = new ServedModel(ModelDigest.sha256(demo), "demo", 256);
    ServedModel next = new ServedModel(ModelDigest.sha256(other), "demo", 256);
    EngineRoom room =
        new EngineRoom(
            lifecycle(engine, demo, first),
            first,
            (files, model) -> lifecycle(engine, files.model(), model),
            new Slots(ASKERS),
            new EnergySettings.EnginePower(250, 120),
            Parts.receipts(Parts.key(), clock),
            new PowerWatch(clock),
            clock);
    try (room) {
      until("the first model", room, () -> room.canWork());
      long child = room.childPid().orElseThrow();
      List<Thread> askers = new ArrayList<>();
      for (int i = 0; i < ASKERS; i++) {
        askers.add(Thread.ofVirtual().start(() -> ask(room)));
      }
      until("answers of the first model", room, () -> count(first) >= ASKERS);
      room.serve(ServedFiles.plain(other, next.hash()), next);
      until("answers of the next model", room, () -> count(next) >= 2 * ASKERS);
      stop.set(true);
      for (Thread asker : askers) {
        assertThat(asker.join(PATIENCE)).isTrue();
      }
      until("the end of the first model", room, () -> room.access(first.hash()).isEmpty());
      Await.until(
          "the end of its process",
          PATIENCE,
          () -> ProcessHandle.of(child).map(handle -> !handle.isAlive()).orElse(true));

      assertThat(failures).isEmpty();
      assertThat(answers.keySet()).containsExactlyInAnyOrder(first.hash(), next.hash());
      assertThat(room.servedModel()).isEqualTo(next);
      assertThat(room.lastFailure()).isEmpty();
      assertThat(healthyAnswers(room, first)).isEqualTo(count(first));
      assertThat(healthyAnswers(room, next)).isEqualTo(count(next));
    }
  }

  private EngineLifecycle lifecycle(NativeEngine engine, Path file, ServedModel model) {
    return new EngineLifecycle(
        engine,
        new ModelSpec(file, model.hash(), 256 * ASKERS, ASKERS, 1),
        EngineLifecycle.Policy.standard(),
        clock,
        task -> Thread.ofPlatform().daemon().start(task),
        task -> Thread.ofPlatform().daemon().start(task));
  }

  /// The energy path's steps go on meanwhile.
  private void until(String what, EngineRoom room, BooleanSupplier condition) {
    Await.until(
        what,
        PATIENCE,
        () -> {
          room.apply(Activation.FULL);
          return condition.getAsBoolean();
        });
  }

  /// The owner's questions, one after the other.
  private void ask(EngineRoom room) {
    LocalSource source = new LocalSource(Parts.key().id(), room, Parts.SECRETS, clock, _ -> {});
    while (!stop.get()) {
      try (Attempt attempt =
          source.start(
              AnswerSoFar.none(LightUserStage.query("Where does Oren live?")), QueueWatch.NONE)) {
        AttemptEvent last = attempt.next(PATIENCE);
        while (!(last instanceof AttemptEvent.Finished) && !(last instanceof AttemptEvent.Broken)) {
          last = attempt.next(PATIENCE);
        }
        if (last instanceof AttemptEvent.Finished) {
          answers.computeIfAbsent(attempt.model(), _ -> new AtomicInteger()).incrementAndGet();
        } else {
          failures.add(last.toString());
        }
      } catch (Exception failed) {
        failures.add(failed.toString());
      }
    }
  }

  private int count(ServedModel model) {
    return answers.getOrDefault(model.hash(), new AtomicInteger()).get();
  }

  private static int healthyAnswers(EngineRoom room, ServedModel model) {
    return room.health()
        .take(Parts.NETWORK, model.hash(), Parts.START, Duration.ofMinutes(1), 0, 0)
        .answers();
  }
}
