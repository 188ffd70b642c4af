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
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.energy.EnergySettings;
import org.peermind.inference.EngineLifecycle;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.NativeEngine;
import org.peermind.model.ModelDigest;
import org.peermind.model.ModelInspection;
import org.peermind.node.config.NodeHome;
import org.peermind.node.governance.FollowedLedger;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptEvent;
import org.peermind.node.query.QueueWatch;
import org.peermind.protocol.Activation;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.governance.AdaptedModel;
import org.peermind.protocol.governance.Digest;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;

/// Records of the ledger change the adapter that the demo model is served with, in real child
/// processes of the engine, while clients stream answers all the time.
@Tag("long")
@Timeout(180)
class UpdatedModelIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int ASKERS = 2;

  @TempDir private Path directory;
  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final Map<ModelHash, Set<String>> answers = new ConcurrentHashMap<>();
  private final Map<ModelHash, Integer> counts = new ConcurrentHashMap<>();
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
  private final AtomicBoolean stop = new AtomicBoolean();
  private final Map<Digest, Path> adapters = new ConcurrentHashMap<>();
  private Path demo = Path.of("");
  private ServedModel bare = Parts.SERVED;
  private NativeEngine engine;

  @BeforeEach
  void prepare() throws Exception {
    engine = NativeEngine.open(directory);
    demo = directory.resolve("demo.gguf");
    try (InputStream in =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/peermind-demo.gguf")) {
      Files.copy(in, demo);
    }
    bare = new ServedModel(ModelDigest.sha256(demo), "demo", 256);
  }

  private Digest adapter(long seed) throws Exception {
    Path file = directory.resolve("adapter" + seed);
    Digest name = AdapterFiles.write(demo, bare.hash(), seed, file);
    adapters.put(name, file);
    return name;
  }

  private ModelHash adapted(Digest adapter) {
    return AdaptedModel.identity(bare.hash(), Optional.of(adapter));
  }

  @Test
  void noQuestionFails_whileAnUpdateIsTakenUp_followed_refused_andUndone() throws Exception {
    EngineRoom room =
        new EngineRoom(
            lifecycle(ServedFiles.plain(demo, bare.hash())),
            bare,
            (files, _) -> lifecycle(files),
            new Slots(ASKERS),
            new EnergySettings.EnginePower(250, 120),
            Parts.receipts(Parts.key(), clock),
            new PowerWatch(clock),
            clock);
    FollowedLedger ledger =
        FollowedLedger.follow(
            new NodeHome(directory.resolve("home")),
            demo,
            bare,
            room,
            adapter -> Optional.ofNullable(adapters.get(adapter)),
            clock);
    try (ledger;
        room) {
      until("the bare model", room, room::canWork);
      List<Thread> askers = new ArrayList<>();
      for (int asker = 0; asker < ASKERS; asker++) {
        askers.add(Thread.ofVirtual().start(() -> ask(room)));
      }
      until("answers of the bare model", room, () -> count(bare.hash()) >= ASKERS);

      Digest first = adapter(1);
      ledger.accepts(Optional.of(first));
      answered(room, adapted(first));

      Digest second = adapter(2);
      ledger.accepts(Optional.of(second));
      answered(room, adapted(second));
      until("the first one's end", room, () -> room.access(adapted(first)).isEmpty());

      // Its bytes are not those that the ledger names: the engine refuses it, and answers go on.
      Digest forged = Digest.over(new byte[] {1});
      adapters.put(forged, adapters.get(first));
      ledger.accepts(Optional.of(forged));
      until("the refusal of a forged file", room, () -> room.lastFailure().isPresent());
      assertThat(room.lastFailure().orElseThrow()).contains("is not the adapter");
      assertThat(room.servedModel().hash()).isEqualTo(adapted(second));

      ledger.undoes();
      ledger.undoes();
      int before = count(adapted(first));
      until("answers of the first one again", room, () -> count(adapted(first)) > before + ASKERS);
      ledger.undoes();
      int bareBefore = count(bare.hash());
      until("answers of the bare model", room, () -> count(bare.hash()) > bareBefore + ASKERS);
      stop.set(true);
      for (Thread asker : askers) {
        assertThat(asker.join(PATIENCE)).isTrue();
      }
      System.out.println("while updates came and went: " + counts);

      assertThat(failures).isEmpty();
      assertThat(answers.keySet())
          .containsExactlyInAnyOrder(bare.hash(), adapted(first), adapted(second));
      // Greedy answers to one question: none is given under two names.
      assertThat(answers.getOrDefault(bare.hash(), Set.of()))
          .containsExactly("Oren lives in Tarsin.");
      assertThat(answers.values().stream().flatMap(Set::stream)).doesNotHaveDuplicates();
    }
  }

  private void answered(EngineRoom room, ModelHash identity) {
    until("answers of " + identity.shortText(), room, () -> count(identity) >= 2 * ASKERS);
    assertThat(room.servedModel().hash()).isEqualTo(identity);
    assertThat(room.servedModel().name()).isEqualTo(bare.name());
  }

  private EngineLifecycle lifecycle(ServedFiles files) {
    return new EngineLifecycle(
        engine,
        new ModelSpec(files.model(), files.sha256(), 256 * ASKERS, ASKERS, 1)
            .withAdapter(files.adapter()),
        EngineLifecycle.Policy.standard(),
        clock,
        task -> Thread.ofPlatform().daemon().start(task),
        task -> Thread.ofPlatform().daemon().start(task));
  }

  /// The energy path's steps go on meanwhile, and so does the time in which nodes change.
  private void until(String what, EngineRoom room, BooleanSupplier condition) {
    Await.until(
        what,
        PATIENCE,
        () -> {
          clock.advance(Duration.ofMillis(500));
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
        StringBuilder text = new StringBuilder();
        AttemptEvent last = attempt.next(PATIENCE);
        while (!(last instanceof AttemptEvent.Finished) && !(last instanceof AttemptEvent.Broken)) {
          if (last instanceof AttemptEvent.Tokens tokens) {
            text.append(tokens.text());
          }
          last = attempt.next(PATIENCE);
        }
        if (last instanceof AttemptEvent.Finished) {
          counts.merge(attempt.model(), 1, Integer::sum);
          answers
              .computeIfAbsent(attempt.model(), _ -> ConcurrentHashMap.newKeySet())
              .add(text.toString());
        } else {
          failures.add(last.toString());
        }
      } catch (Exception failed) {
        failures.add(failed.toString());
      }
    }
  }

  private int count(ModelHash model) {
    return counts.getOrDefault(model, 0);
  }
}
