// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.peermind.federated.aggregation.OuterState;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Adam;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.Device;
import org.peermind.federated.training.Progress;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.federated.training.Trainer;
import org.peermind.federated.training.TrainerSpec;
import org.peermind.federated.training.TrainingException;
import org.peermind.federated.training.TrainingRun;
import org.peermind.federated.training.TrainingTask;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineException;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.model.GgufFile;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.Lesson;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.governance.Digest;

/// Trains with gradients in the trainer's process. What it keeps on the disk (tokens, a checkpoint)
/// lies in one folder for each round, which is deleted when the node is bound to the update or the
/// round is another.
public final class TorchLearner implements Learner {
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  /// After so long without power the trainer's process ends too; its checkpoint stays.
  private static final Duration PAUSE_MAX = Duration.ofMinutes(1);

  private static final int CRASHES_MAX = 3;
  private static final int CHECKPOINTS = 20;
  private static final double NANO = 1e-9;
  private static final double MICRO = 1e-6;
  private static final int CONTEXT_LEAST = 32;

  private final Parts parts;
  private final RoundFolders folders;
  private volatile Optional<String> doing = Optional.empty();

  /// What it works with.
  ///
  /// @param engine that turns text into tokens and checks the trainer
  /// @param threads processor cores of the trainer
  /// @param folder of its own
  /// @param libraries where libtorch is unpacked to
  /// @param forecast when training of a length would be done, as far as the sun is foreseen
  public record Parts(
      NodeId node,
      BaseModels models,
      Engine engine,
      LessonText text,
      SurplusWatch surplus,
      TrainingForecast forecast,
      int threads,
      Device device,
      Path folder,
      Path libraries) {}

  /// What one round trains.
  private record Course(
      Round round, Path model, GgufFile head, Subspace subspace, OuterState start, Path folder) {
    Path tokens() {
      return folder.resolve("tokens");
    }

    Path parity() {
      return folder.resolve("parity");
    }

    Lesson lesson() {
      return round.descriptor().lesson();
    }
  }

  public TorchLearner(Parts parts) {
    this.parts = parts;
    this.folders = new RoundFolders(parts.folder());
  }

  @Override
  public Readiness readiness(RoundDescriptor descriptor) {
    Optional<String> nothing = parts.text().whyNot();
    if (nothing.isPresent()) {
      return new Readiness.Unready(nothing.get());
    }
    try {
      Subspace.of(parts.models().head(descriptor.base()), descriptor.subspace());
    } catch (IOException | IllegalArgumentException refused) {
      return new Readiness.Unready(String.valueOf(refused.getMessage()));
    }
    return new Readiness.Ready(
        Enrolment.Method.GRADIENT,
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
    Path model = parts.models().file(descriptor.base());
    GgufFile head = parts.models().head(descriptor.base());
    try {
      Subspace subspace = Subspace.of(head, descriptor.subspace());
      OuterState start =
          parentState
              .map(OuterState::ofBytes)
              .orElseGet(() -> OuterState.at(new float[subspace.length()]));
      Path folder = folders.only(round.id());
      Course course = new Course(round, model, head, subspace, start, folder);
      TrainedUpdate update = trained(course);
      requireText(course); // The trainer took its time to end.
      return LearntUpdate.of(descriptor, update);
    } catch (IllegalArgumentException refused) {
      throw new IOException(refused.getMessage(), refused);
    } finally {
      doing = Optional.empty();
    }
  }

  private TrainedUpdate trained(Course course) throws IOException, InterruptedException {
    for (int crashes = 0; ; ) {
      awaitSurplus();
      try {
        TrainerParity parity = prepared(course);
        Optional<TrainedUpdate> update = inProcess(course, parity);
        if (update.isPresent()) {
          return update.get();
        }
      } catch (TrainingException failed) {
        if (failed.reason() == TrainingException.Reason.REFUSED || ++crashes >= CRASHES_MAX) {
          throw new IOException(failed.sentence(), failed);
        }
      } catch (EngineException refused) {
        throw new IOException(refused.getMessage(), refused);
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

  /// The owner's text as tokens, and what the engine says of some.
  private TrainerParity prepared(Course course)
      throws EngineException, IOException, InterruptedException {
    Optional<String> nothing = parts.text().whyNot();
    if (nothing.isPresent()) {
      throw new IOException(nothing.get());
    }
    Optional<TrainerParity> kept = TrainerParity.read(course.parity());
    if (kept.isPresent() && Files.exists(course.tokens())) {
      return kept.get();
    }
    doing = Optional.of("It reads the text that its owner contributes.");
    int longest = longest(course);
    ModelSpec spec =
        new ModelSpec(
                course.model(),
                course.round().descriptor().base(),
                Math.max(CONTEXT_LEAST, longest * 4),
                1,
                parts.threads())
            .withFullPrecision();
    try (LoadedModel model = parts.engine().load(spec, LoadProgress.ignored())) {
      parts
          .text()
          .prepare(
              course.head(),
              (text, special) -> tokens(model, text, special),
              longest,
              course.tokens());
      TrainerParity parity =
          TrainerParity.ask(
              model,
              course.head(),
              course.subspace(),
              course.start().coordinates(),
              course.tokens(),
              course.folder());
      parity.write(course.parity());
      return parity;
    }
  }

  private static int longest(Course course) {
    return (int) Math.min(course.lesson().sequenceTokensMax(), course.head().contextTokens());
  }

  private static List<Integer> tokens(LoadedModel model, String text, boolean special)
      throws IOException, InterruptedException {
    try {
      return model.tokenize(text, special);
    } catch (EngineException refused) {
      throw new IOException(refused.getMessage(), refused);
    }
  }

  /// Trains until the end, or until there was no power for long.
  private Optional<TrainedUpdate> inProcess(Course course, TrainerParity parity)
      throws TrainingException, IOException, InterruptedException {
    TrainerSpec spec =
        new TrainerSpec(
            course.model(),
            course.round().descriptor().base(),
            Optional.empty(),
            course.subspace(),
            parts.threads(),
            parts.device(),
            course.folder());
    doing = Optional.of("It starts the trainer.");
    try (Trainer trainer = Trainer.start(spec, parts.libraries())) {
      float[] start = course.start().coordinates();
      Optional<String> difference =
          parity.difference(trainer, course.head(), start, course.tokens());
      if (difference.isPresent()) {
        throw new IOException(difference.get());
      }
      TrainingRun run = trainer.begin(task(course, start));
      try {
        return followed(run, course);
      } finally {
        run.cancel();
      }
    }
  }

  private TrainingTask task(Course course, float[] start) {
    Lesson lesson = course.lesson();
    Adam usual = Adam.of(lesson.rateNano() * NANO, lesson.warmupSteps());
    Adam adam =
        new Adam(
            usual.learningRate(),
            usual.beta1(),
            usual.beta2(),
            usual.epsilon(),
            lesson.decayMicro() * MICRO,
            usual.warmupSteps(),
            usual.gradientClip());
    Digest order = Digest.over(course.round().id().toBytes(), parts.node().toBytes());
    return new TrainingTask(
        Coordinates.of(start),
        course.tokens(),
        lesson.steps(),
        lesson.sequencesPerStep(),
        longest(course),
        adam,
        ByteBuffer.wrap(order.toBytes()).getLong(),
        course.folder().resolve("checkpoint"),
        Math.max(1, lesson.steps() / CHECKPOINTS));
  }

  private Optional<TrainedUpdate> followed(TrainingRun run, Course course)
      throws TrainingException, IOException, InterruptedException {
    long pausedSince = -1;
    while (run.progress().state() != Progress.State.ENDED) {
      Optional<String> why = parts.surplus().whyNot();
      long now = System.nanoTime();
      if (why.isEmpty()) {
        if (pausedSince >= 0) {
          run.resume();
          pausedSince = -1;
        }
      } else if (pausedSince < 0) {
        run.pause();
        pausedSince = now;
      } else if (now - pausedSince > PAUSE_MAX.toNanos()) {
        return Optional.empty();
      }
      doing = Optional.of(told(run.progress(), why));
      Thread.sleep(LOOK_EVERY);
      requireText(course);
    }
    requireText(course);
    return Optional.of(run.await());
  }

  /// An owner who takes texts back deletes their tokens.
  private static void requireText(Course course) throws IOException {
    if (!Files.exists(course.tokens())) {
      throw new IOException("Its owner took back texts that it trained on.");
    }
  }

  private static String told(Progress progress, Optional<String> whyPaused) {
    String loss =
        progress.loss().isPresent()
            ? String.format(Locale.ROOT, ", loss %.4f", progress.loss().getAsDouble())
            : "";
    String where = "step %d of %d%s".formatted(progress.step(), progress.steps(), loss);
    return whyPaused
        .map(why -> "Training is paused at " + where + ". " + why)
        .orElse("It trains: " + where + ".");
  }

  @Override
  public void forget(Digest round) throws IOException {
    folders.forget(round);
  }
}
