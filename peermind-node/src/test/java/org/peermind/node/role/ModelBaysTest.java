// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.peermind.inference.Admission;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineInfo;
import org.peermind.inference.EngineLifecycle;
import org.peermind.inference.EngineState;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.ScriptedEngine;
import org.peermind.protocol.Activation;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ServedModel;
import org.peermind.testkit.VirtualClock;

/// How an inferer exchanges its model while answers run, in every order of events.
class ModelBaysTest {
  private static ServedFiles files(ServedModel model) {
    return ServedFiles.plain(FILE, model.hash());
  }

  private static final Path FILE = Path.of("next.gguf");
  private static final ServedModel OLD = Parts.SERVED;
  private static final ServedModel NEXT = model("b", "next");
  private static final ServedModel OTHER = model("c", "other");

  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final Map<ServedModel, ScarceEngine> engines = new HashMap<>();
  private final ModelBays bays =
      new ModelBays(bay(OLD), (_, model) -> bay(model).lifecycle(), clock);

  /// Models that fit beside others unless a test says otherwise.
  private int modelsAtOnce = 2;

  private int loaded;

  private static ServedModel model(String digit, String name) {
    return new ServedModel(new ModelHash(digit.repeat(64)), name, 512);
  }

  private ModelBays.Bay bay(ServedModel model) {
    ScarceEngine engine = engines.computeIfAbsent(model, ScarceEngine::new);
    return new ModelBays.Bay(
        new EngineLifecycle(
            engine,
            new ModelSpec(FILE, model.hash(), 512, 1, 1),
            EngineLifecycle.Policy.standard(),
            clock,
            Runnable::run),
        model);
  }

  /// Says the model's name, as long as there is memory for it.
  private final class ScarceEngine implements Engine {
    private final ServedModel model;
    private Optional<String> broken = Optional.empty();

    ScarceEngine(ServedModel model) {
      this.model = model;
    }

    @Override
    public EngineInfo info() {
      return new ScriptedEngine(ScriptedEngine.Script.answering("")).info();
    }

    @Override
    public LoadedModel load(ModelSpec spec, LoadProgress progress) throws EngineException {
      if (broken.isPresent()) {
        throw EngineException.ofCrash(broken.get());
      }
      if (loaded >= modelsAtOnce) {
        throw EngineException.ofMemory("It does not fit.");
      }
      loaded++;
      LoadedModel inner =
          new ScriptedEngine(ScriptedEngine.Script.answering(model.name())).load(spec, progress);
      return (LoadedModel)
          Proxy.newProxyInstance(
              LoadedModel.class.getClassLoader(),
              new Class<?>[] {LoadedModel.class},
              (_, method, arguments) -> {
                loaded -= method.getName().equals("close") ? 1 : 0;
                return method.invoke(inner, arguments);
              });
    }
  }

  private Generation begun() throws Exception {
    return switch (bays.serving()
        .lifecycle()
        .generate(GenerationRequest.of(new Prompt.Text("Who are you?"), 40, Sampling.greedy()))) {
      case Admission.Accepted(Generation generation) -> generation;
      case Admission.Refused(String reason) -> throw new AssertionError(reason);
    };
  }

  private static String read(Generation generation) throws InterruptedException {
    StringBuilder text = new StringBuilder();
    while (true) {
      switch (generation.next(Duration.ofSeconds(5)).orElseThrow()) {
        case GenerationEvent.Piece piece -> text.append(piece.text());
        case GenerationEvent.Finished _ -> {
          return text.toString();
        }
        case GenerationEvent.Failed failed -> throw new AssertionError(failed);
        case GenerationEvent.Prefilled _ -> {}
      }
    }
  }

  private void on(int steps) {
    for (int step = 0; step < steps; step++) {
      clock.advance(Duration.ofSeconds(1));
      bays.apply(Activation.FULL);
    }
  }

  @Test
  void nextModelTakesOverOnceItIsReady_andRunningAnswersEndOnTheirOwn() throws Exception {
    on(1);
    Generation running = begun();
    bays.serve(files(NEXT), NEXT);
    assertThat(bays.serving().model()).isEqualTo(OLD);
    on(2);
    assertThat(bays.serving().model()).isEqualTo(NEXT);
    assertThat(bays.takeChange()).isTrue();
    assertThat(bays.takeChange()).isFalse();
    assertThat(bays.bayOf(OLD.hash())).isPresent();
    assertThat(read(begun())).isEqualTo("next");
    assertThat(read(running)).isEqualTo(OLD.name());
    on(2);
    assertThat(bays.bayOf(OLD.hash())).isEmpty();
    assertThat(loaded).isEqualTo(1);
  }

  @Test
  void formerModelMakesRoomFirst_whenBothDoNotFit() throws Exception {
    modelsAtOnce = 1;
    on(1);
    Generation running = begun();
    bays.serve(files(NEXT), NEXT);
    on(3);
    assertThat(bays.isMakingRoom()).isTrue();
    assertThat(read(running)).isEqualTo(OLD.name());
    on(4);
    assertThat(bays.isMakingRoom()).isFalse();
    assertThat(read(begun())).isEqualTo("next");
    assertThat(loaded).isEqualTo(1);
  }

  @Test
  void formerModelMakesRoomAfterAMinute_whateverRuns() throws Exception {
    modelsAtOnce = 1;
    on(1);
    begun();
    bays.serve(files(NEXT), NEXT);
    on(66);
    assertThat(bays.serving().model()).isEqualTo(NEXT);
  }

  @Test
  void modelThatCannotBeLoaded_leavesTheFormerOne_andIsNotTriedForAWhile() throws Exception {
    engines.computeIfAbsent(NEXT, ScarceEngine::new).broken = Optional.of("It crashed.");
    on(1);
    bays.serve(files(NEXT), NEXT);
    on(2);
    assertThat(bays.serving().model()).isEqualTo(OLD);
    assertThat(bays.lastFailure()).hasValue("next cannot be served here: It crashed.");
    assertThat(read(begun())).isEqualTo(OLD.name());
    engines.get(NEXT).broken = Optional.empty();
    bays.serve(files(NEXT), NEXT);
    on(2);
    assertThat(bays.serving().model()).isEqualTo(OLD);
    clock.advance(Duration.ofMinutes(11));
    bays.serve(files(NEXT), NEXT);
    on(2);
    assertThat(bays.serving().model()).isEqualTo(NEXT);
    assertThat(bays.lastFailure()).isEmpty();
  }

  @Test
  void anotherChoiceInMidChange_replacesTheNextModel() throws Exception {
    on(1);
    bays.serve(files(NEXT), NEXT);
    bays.serve(files(OTHER), OTHER);
    on(3);
    assertThat(bays.serving().model()).isEqualTo(OTHER);
    assertThat(loaded).isEqualTo(1);
  }

  @Test
  void goingBackFindsTheModelThatIsStillEndingItsAnswers() throws Exception {
    on(1);
    Generation running = begun();
    bays.serve(files(NEXT), NEXT);
    on(2);
    bays.serve(files(OLD), OLD);
    on(2);
    assertThat(bays.serving().model()).isEqualTo(OLD);
    assertThat(read(running)).isEqualTo(OLD.name());
    on(2);
    assertThat(loaded).isEqualTo(1);
  }

  @Test
  void withoutPowerNothingIsLoaded_andTheChoiceIsKept() throws Exception {
    bays.apply(Activation.OFF);
    bays.serve(files(NEXT), NEXT);
    bays.apply(Activation.OFF);
    assertThat(loaded).isZero();
    on(3);
    assertThat(bays.serving().model()).isEqualTo(NEXT);
    bays.apply(Activation.OFF);
    bays.apply(Activation.OFF);
    assertThat(loaded).isZero();
    assertThat(bays.serving().lifecycle().state()).isInstanceOf(EngineState.Absent.class);
  }

  @Test
  void powerLostInMidChange_unloadsBoth() throws Exception {
    on(1);
    begun();
    bays.serve(files(NEXT), NEXT);
    on(2);
    bays.apply(Activation.OFF);
    bays.apply(Activation.OFF);
    assertThat(loaded).isZero();
    on(2);
    assertThat(read(begun())).isEqualTo("next");
  }

  @Test
  void leavingModelStays_whileAnAnswerOnItIsPromised() throws Exception {
    Set<ModelHash> promised = new HashSet<>(Set.of(OLD.hash()));
    bays.keepWhile(promised::contains);
    on(1);
    bays.serve(files(NEXT), NEXT);
    on(30);
    assertThat(bays.serving().model()).isEqualTo(NEXT);
    ModelBays.Bay former = bays.bayOf(OLD.hash()).orElseThrow();
    assertThat(former.lifecycle().state()).isInstanceOf(EngineState.Ready.class);
    promised.clear();
    on(2);
    assertThat(bays.bayOf(OLD.hash())).isEmpty();
    bays.apply(Activation.OFF);
    on(1);
    assertThat(loaded).isEqualTo(1);
  }

  @Test
  void goingBackWhileAnswersRun_takesOverAtOnce_andAThirdChoiceEndsNone() throws Exception {
    on(1);
    Generation running = begun();
    bays.serve(files(NEXT), NEXT);
    on(2);
    bays.serve(files(OLD), OLD);
    assertThat(bays.serving().model()).isEqualTo(OLD);
    assertThat(bays.takeChange()).isTrue();
    bays.serve(files(OTHER), OTHER);
    on(3);
    assertThat(bays.serving().model()).isEqualTo(OTHER);
    assertThat(read(running)).isEqualTo(OLD.name());
    on(2);
    assertThat(loaded).isEqualTo(1);
  }

  @Test
  void nodeStandsWhereTheNextModelStands_onceTheFormerOneMadeRoom() throws Exception {
    modelsAtOnce = 1;
    on(1);
    bays.serve(files(NEXT), NEXT);
    on(2);
    assertThat(bays.isMakingRoom()).isTrue();
    assertThat(bays.present().model()).isEqualTo(NEXT);
    on(2);
    assertThat(bays.isMakingRoom()).isFalse();
  }

  @Test
  void formerModelComesBack_whenTheNextOneCannotBeLoadedAloneEither() throws Exception {
    modelsAtOnce = 1;
    on(1);
    bays.serve(files(NEXT), NEXT);
    on(2);
    engines.computeIfAbsent(NEXT, ScarceEngine::new).broken = Optional.of("It crashed.");
    on(4);
    assertThat(bays.lastFailure()).hasValue("next cannot be served here: It crashed.");
    assertThat(read(begun())).isEqualTo(OLD.name());
    assertThat(bays.isMakingRoom()).isFalse();
  }

  @Test
  void nodeWhoseModelIsItsOwners_saysWhyItKeepsIt() throws Exception {
    ModelBays fixed =
        new ModelBays(
            bay(OLD),
            (_, _) -> {
              throw new IllegalStateException("It is the owner's.");
            },
            clock);
    fixed.apply(Activation.FULL);
    fixed.serve(files(NEXT), NEXT);
    fixed.apply(Activation.FULL);
    assertThat(fixed.serving().model()).isEqualTo(OLD);
    assertThat(fixed.lastFailure()).hasValue("It is the owner's.");
  }
}
