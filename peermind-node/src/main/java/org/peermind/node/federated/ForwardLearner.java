// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.peermind.federated.aggregation.OuterState;
import org.peermind.federated.forward.ForwardTask;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineException;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.model.GgufFile;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.Lesson;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.governance.Digest;

/// Trains with the inference engine alone, by losses: for models that the trainer does not know and
/// machines on which it does not run. Its updates are like any other's, and worth less by far for
/// the same work (docs/federated.md, "Forward-only").
public final class ForwardLearner implements Learner {
  /// Directions of the pool of a round.
  public static final int SEEDS = 4096;

  private static final byte[] POOL = "peermind/v1/forward-pool\0".getBytes(StandardCharsets.UTF_8);
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  /// After so long without power the model is unloaded; the checkpoint stays.
  private static final Duration PAUSE_MAX = Duration.ofMinutes(1);

  private static final int CRASHES_MAX = 3;
  private static final int CHECKPOINTS = 20;
  private static final int CHECKPOINT_EVERY_MAX = 16;
  private static final int CONTEXT_LEAST = 32;
  private static final int SLOTS = 4;

  /// How far the loss is asked for on both sides, as a share of the longest update.
  private static final double PERTURBATION = 0.25;

  /// All steps along one direction together, as a share of the longest update.
  private static final double SEED_SHARE = 0.25;

  private final Parts parts;
  private final RoundFolders folders;
  private volatile Optional<String> doing = Optional.empty();

  /// What it works with.
  ///
  /// @param engine of its own, which loads the model once more for training
  /// @param features of that engine, as far as they are known before it loads a model
  /// @param forecast when training of a length would be done, as far as the sun is foreseen
  /// @param threads processor cores that it may use
  /// @param stepsPerLessonStep how many steps it makes where the round asks for one with gradients
  /// @param folder of its own
  public record Parts(
      NodeId node,
      BaseModels models,
      Engine engine,
      Supplier<Optional<EngineFeatures>> features,
      LessonText text,
      SurplusWatch surplus,
      TrainingForecast forecast,
      int threads,
      int stepsPerLessonStep,
      Path folder) {
    public Parts {
      if (stepsPerLessonStep < 1 || stepsPerLessonStep > ForwardTask.STEPS_MAX / Lesson.STEPS_MAX) {
        throw new IllegalArgumentException(
            "a step of a lesson is from 1 to %d forward steps, not %d"
                .formatted(ForwardTask.STEPS_MAX / Lesson.STEPS_MAX, stepsPerLessonStep));
      }
    }
  }

  /// What one round trains.
  private record Work(
      Digest round,
      RoundDescriptor descriptor,
      Path model,
      GgufFile head,
      Subspace subspace,
      Coordinates start,
      Digest draws,
      Path folder) {
    Path tokens() {
      return folder.resolve("tokens");
    }

    int longest() {
      return (int) Math.min(descriptor.lesson().sequenceTokensMax(), head.contextTokens());
    }
  }

  public ForwardLearner(Parts parts) {
    this.parts = parts;
    this.folders = new RoundFolders(parts.folder());
  }

  @Override
  public Readiness readiness(RoundDescriptor descriptor) {
    Optional<String> nothing =
        parts.text().whyNot().or(() -> parts.features().get().flatMap(ForwardRun::whyNot));
    if (nothing.isPresent()) {
      return new Readiness.Unready(nothing.get());
    }
    try {
      Subspace.of(parts.models().head(descriptor.base()), descriptor.subspace());
    } catch (IOException | IllegalArgumentException refused) {
      return new Readiness.Unready(String.valueOf(refused.getMessage()));
    }
    return new Readiness.Ready(
        Enrolment.Method.FORWARD,
        LearntUpdate.weight(parts.text().bytes()),
        parts.forecast().needed(descriptor.timetable().trainingLeast()));
  }

  @Override
  public Optional<String> doing() {
    return doing;
  }

  @Override
  public Learnt learn(Round round, Optional<byte[]> parentState)
      throws IOException, InterruptedException {
    RoundDescriptor descriptor = round.descriptor();
    GgufFile head = parts.models().head(descriptor.base());
    try {
      Subspace subspace = Subspace.of(head, descriptor.subspace());
      float[] start =
          parentState
              .map(bytes -> OuterState.ofBytes(bytes).coordinates())
              .orElseGet(() -> new float[subspace.length()]);
      Work work =
          new Work(
              round.id(),
              descriptor,
              parts.models().file(descriptor.base()),
              head,
              subspace,
              Coordinates.of(start),
              Digest.over(round.id().toBytes(), parts.node().toBytes()),
              folders.only(round.id()));
      TrainedUpdate update = trained(work, task(work));
      requireText(work); // The engine took its time to end.
      return LearntUpdate.of(descriptor, update);
    } catch (IllegalArgumentException refused) {
      throw new IOException(refused.getMessage(), refused);
    } finally {
      doing = Optional.empty();
    }
  }

  /// The rate is such that a walk of nothing but chance would end at the longest update: farther
  /// steps are mostly cut off, shorter ones learn less (docs/federated.md).
  private ForwardTask task(Work work) {
    RoundDescriptor descriptor = work.descriptor();
    double norm = Math.scalb((double) descriptor.clipUnits(), -descriptor.unitBits());
    double perCoordinate = norm / Math.sqrt(work.subspace().length());
    int steps = descriptor.lesson().steps() * parts.stepsPerLessonStep();
    return new ForwardTask(
        Digest.over(POOL, work.round().toBytes()),
        SEEDS,
        work.draws(),
        steps,
        perCoordinate * PERTURBATION,
        perCoordinate * Math.sqrt(3.0 / steps),
        descriptor.lesson().warmupSteps(),
        perCoordinate * SEED_SHARE,
        norm);
  }

  private TrainedUpdate trained(Work work, ForwardTask task)
      throws IOException, InterruptedException {
    for (int crashes = 0; ; ) {
      awaitSurplus();
      try {
        Optional<TrainedUpdate> update = whileLoaded(work, task);
        if (update.isPresent()) {
          return update.get();
        }
      } catch (EngineException failed) {
        throw new IOException(failed.getMessage(), failed);
      } catch (IOException failed) {
        if (!(failed.getCause() instanceof EngineException) || ++crashes >= CRASHES_MAX) {
          throw failed;
        }
      }
    }
  }

  private void awaitSurplus() throws InterruptedException {
    Optional<String> why = parts.surplus().whyNot();
    while (why.isPresent()) {
      doing = Optional.of("It waits for power to train with. " + why.get());
      Thread.sleep(LOOK_EVERY);
      why = parts.surplus().whyNot();
    }
  }

  /// Trains until the end, or until there was no power for long.
  private Optional<TrainedUpdate> whileLoaded(Work work, ForwardTask task)
      throws EngineException, IOException, InterruptedException {
    doing = Optional.of("It loads the model to train it.");
    int context = Math.max(CONTEXT_LEAST, work.longest() * SLOTS);
    ModelSpec spec =
        new ModelSpec(work.model(), work.descriptor().base(), context, SLOTS, parts.threads())
            .withFullPrecision();
    try (LoadedModel model = parts.engine().load(spec, LoadProgress.ignored())) {
      Optional<String> unable = ForwardRun.whyNot(model.features());
      if (unable.isPresent()) {
        throw new IOException(unable.get());
      }
      Optional<String> nothing = parts.text().whyNot();
      if (nothing.isPresent()) {
        throw new IOException(nothing.get());
      }
      if (!Files.exists(work.tokens())) {
        doing = Optional.of("It reads the text that its owner contributes.");
        parts
            .text()
            .prepare(
                work.head(),
                (text, special) -> tokens(model, text, special),
                work.longest(),
                work.tokens());
      }
      return learning(work, task, model);
    }
  }

  private Optional<TrainedUpdate> learning(Work work, ForwardTask task, LoadedModel model)
      throws IOException, InterruptedException {
    try (ForwardRun run = ForwardRun.open(course(work, task), model)) {
      while (!run.advance(() -> goesOn(run, task, work))) {
        requireText(work);
        if (!surplusReturns(run, task)) {
          return Optional.empty();
        }
      }
      doing = Optional.of("It compares what was trained with what was there.");
      TrainedUpdate update = run.trained();
      requireText(work);
      return Optional.of(update);
    } catch (IOException failed) {
      requireText(work);
      throw failed;
    }
  }

  private static List<Integer> tokens(LoadedModel model, String text, boolean special)
      throws IOException, InterruptedException {
    try {
      return model.tokenize(text, special);
    } catch (EngineException refused) {
      throw new IOException(refused.getMessage(), refused);
    }
  }

  private ForwardRun.Course course(Work work, ForwardTask task) {
    return new ForwardRun.Course(
        work.head().architecture(),
        work.subspace(),
        work.start(),
        task,
        work.tokens(),
        work.descriptor().lesson().sequencesPerStep(),
        ByteBuffer.wrap(work.draws().toBytes()).getLong(),
        work.folder().resolve("checkpoint"),
        Math.clamp(task.steps() / CHECKPOINTS, 1, CHECKPOINT_EVERY_MAX),
        work.folder().resolve("asked.gguf"));
  }

  private boolean goesOn(ForwardRun run, ForwardTask task, Work work) {
    doing = Optional.of("It trains: step %d of %d.".formatted(run.step(), task.steps()));
    return Files.exists(work.tokens()) && parts.surplus().isThere();
  }

  /// An owner who takes texts back deletes their tokens; nothing that was made of them stays.
  private void requireText(Work work) throws IOException {
    if (!Files.exists(work.tokens())) {
      folders.forget(work.round());
      throw new IOException("Its owner took back texts that it trained on.");
    }
  }

  private boolean surplusReturns(ForwardRun run, ForwardTask task) throws InterruptedException {
    long since = System.nanoTime();
    Optional<String> why = parts.surplus().whyNot();
    while (why.isPresent() && System.nanoTime() - since < PAUSE_MAX.toNanos()) {
      doing =
          Optional.of(
              "Training is paused at step %d of %d. %s"
                  .formatted(run.step(), task.steps(), why.get()));
      Thread.sleep(LOOK_EVERY);
      why = parts.surplus().whyNot();
    }
    return why.isEmpty();
  }

  @Override
  public void forget(Digest round) throws IOException {
    folders.forget(round);
  }
}
