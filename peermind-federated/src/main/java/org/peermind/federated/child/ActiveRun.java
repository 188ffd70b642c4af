// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import org.peermind.federated.internal.RefusalException;
import org.peermind.federated.internal.TrainingNetwork;
import org.peermind.federated.internal.torch.AdamW;
import org.peermind.federated.training.Adam;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.Progress;
import org.peermind.federated.training.SequenceOrder;
import org.peermind.federated.training.TokenFile;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.federated.training.TrainerInfo;
import org.peermind.federated.training.TrainingTask;
import org.peermind.protocol.governance.Digest;

/// A task on its way, from its checkpoint on if there is one.
final class ActiveRun implements AutoCloseable {
  private final TrainingNetwork network;
  private final TrainingTask task;
  private final TokenFile tokens;
  private final SequenceOrder order;
  private final CheckpointFile file;
  private final AdamW optimiser;
  private final float[] coordinates;
  private final float[] gradient;
  private final int resumedAtStep;
  private final Optional<String> note;
  private int step;
  private int keptStep;
  private long tokensRead;
  private double firstLoss;
  private double lastLoss;
  private OptionalDouble heardLoss = OptionalDouble.empty();
  private long tokensHere;
  private long nanosHere;

  private ActiveRun(
      TrainingNetwork network,
      TrainingTask task,
      TokenFile tokens,
      CheckpointFile file,
      Checkpoint from,
      Optional<String> note) {
    this.network = network;
    this.task = task;
    this.tokens = tokens;
    this.order = new SequenceOrder(task.seed(), tokens.sequences());
    this.file = file;
    this.optimiser = new AdamW(settings(task.adam()), from.means(), from.squares(), from.step());
    this.coordinates = from.coordinates();
    this.gradient = new float[coordinates.length];
    this.resumedAtStep = from.step();
    this.note = note;
    this.step = from.step();
    this.keptStep = from.step();
    this.tokensRead = from.tokens();
    this.firstLoss = from.firstLoss();
    this.lastLoss = from.lastLoss();
  }

  private static AdamW.Settings settings(Adam adam) {
    return new AdamW.Settings(
        adam.learningRate(),
        adam.beta1(),
        adam.beta2(),
        adam.epsilon(),
        adam.weightDecay(),
        adam.warmupSteps(),
        adam.gradientClip());
  }

  /// Opens the files of a task.
  ///
  /// @param model digest of what is loaded
  /// @throws RefusalException when a file cannot be read, or does not fit the model or the task
  static ActiveRun begin(TrainingNetwork network, Digest model, TrainingTask task)
      throws RefusalException {
    TokenFile tokens = open(network.info(), task);
    boolean done = false;
    try {
      CheckpointFile file =
          new CheckpointFile(
              task.checkpoint(),
              TaskDigest.ofTask(model, task, tokens.sha256()),
              task.start().length());
      Checkpoint from = Checkpoint.start(task.start().values());
      Optional<String> note = Optional.empty();
      switch (file.find()) {
        case CheckpointFile.Found.Nothing() -> {}
        case CheckpointFile.Found.Kept(Checkpoint kept) when belongs(kept, task) -> from = kept;
        case CheckpointFile.Found.Kept _ -> note = Optional.of(setAside(file, task, "is damaged"));
        case CheckpointFile.Found.Unusable(String fault) ->
            note = Optional.of(setAside(file, task, fault));
      }
      ActiveRun run = new ActiveRun(network, task, tokens, file, from, note);
      done = true;
      return run;
    } catch (IOException e) {
      throw new RefusalException(
          "The checkpoint %s cannot be read (%s); see who may read it, or delete it."
              .formatted(task.checkpoint(), e.getClass().getSimpleName()));
    } finally {
      if (!done) {
        close(tokens);
      }
    }
  }

  private static boolean belongs(Checkpoint kept, TrainingTask task) {
    return kept.step() >= 0
        && kept.step() <= task.steps()
        && kept.position() == (long) kept.step() * task.sequencesPerStep();
  }

  private static String setAside(CheckpointFile file, TrainingTask task, String fault)
      throws IOException {
    return "The checkpoint %s %s; it was renamed to %s, and training begins anew."
        .formatted(task.checkpoint(), fault, file.setAside().getFileName());
  }

  private static TokenFile open(TrainerInfo info, TrainingTask task) throws RefusalException {
    if (task.start().length() != info.coordinates()) {
      throw new RefusalException(
          "The task starts from %d coordinates where the model has %d."
              .formatted(task.start().length(), info.coordinates()));
    }
    TokenFile tokens;
    try {
      tokens = TokenFile.open(task.tokens());
    } catch (IOException e) {
      throw unreadable(task, e);
    }
    int longest = Math.min(task.sequenceTokensMax(), info.contextTokens());
    String fault =
        tokens.longest() > longest
            ? "a sequence of %d tokens where %d may be".formatted(tokens.longest(), longest)
            : tokens.highest() >= info.vocabulary()
                ? "a token that is not among the %d of the model".formatted(info.vocabulary())
                : "";
    if (!fault.isEmpty()) {
      close(tokens);
      throw new RefusalException("The token file %s has %s.".formatted(task.tokens(), fault));
    }
    return tokens;
  }

  /// The file's own sentences quote no token; those of the system are left out.
  private static RefusalException unreadable(TrainingTask task, IOException e) {
    String sentence = String.valueOf(e.getMessage());
    return new RefusalException(
        e.getClass().equals(IOException.class) && sentence.endsWith(".")
            ? sentence
            : "The token file %s cannot be read (%s)."
                .formatted(task.tokens(), e.getClass().getSimpleName()));
  }

  /// Whether all steps are made.
  boolean done() {
    return step >= task.steps();
  }

  /// Makes the next step, and keeps a checkpoint if it is time for one.
  ///
  /// @throws RefusalException when it gives no finite numbers, or a file cannot be used any more
  void advance() throws RefusalException {
    long began = System.nanoTime();
    List<TokenSequence> batch = batch();
    double loss = network.loss(batch, coordinates, gradient);
    if (!Double.isFinite(loss) || !optimiser.step(coordinates, gradient)) {
      throw new RefusalException(
          "Step %d of %d gives no finite number; train with a lower learning rate."
              .formatted(step + 1, task.steps()));
    }
    step++;
    long read = batch.stream().mapToLong(TokenSequence::length).sum();
    tokensRead += read;
    tokensHere += read;
    firstLoss = step == 1 ? loss : firstLoss;
    lastLoss = loss;
    heardLoss = OptionalDouble.of(loss);
    nanosHere += System.nanoTime() - began;
    if (done() || step - keptStep >= task.checkpointEverySteps()) {
      keep();
    }
  }

  private List<TokenSequence> batch() throws RefusalException {
    List<TokenSequence> batch = new ArrayList<>(task.sequencesPerStep());
    long position = position();
    try {
      for (int i = 0; i < task.sequencesPerStep(); i++) {
        batch.add(tokens.sequence(order.at(position + i)));
      }
    } catch (IOException e) {
      throw unreadable(task, e);
    }
    return batch;
  }

  private long position() {
    return (long) step * task.sequencesPerStep();
  }

  /// Keeps a checkpoint unless this step's is kept.
  ///
  /// @throws RefusalException when the disk does not take it
  void keep() throws RefusalException {
    if (step == keptStep) {
      return;
    }
    try {
      file.keep(
          new Checkpoint(
              step,
              position(),
              tokensRead,
              firstLoss,
              lastLoss,
              coordinates,
              optimiser.means(),
              optimiser.squares()));
    } catch (IOException e) {
      throw new RefusalException(
          "The checkpoint %s cannot be written (%s); see whether the disk is full."
              .formatted(task.checkpoint(), e.getClass().getSimpleName()));
    }
    keptStep = step;
  }

  /// The number of the next step, for a sentence.
  int nextStep() {
    return step + 1;
  }

  /// How far the run is, in a state.
  Progress progress(Progress.State state) {
    double seconds = (double) nanosHere / TimeUnit.SECONDS.toNanos(1);
    return new Progress(
        state,
        step,
        task.steps(),
        heardLoss,
        tokensRead,
        seconds > 0 ? tokensHere / seconds : 0,
        resumedAtStep,
        note);
  }

  /// What was learned so far.
  ///
  /// @throws RefusalException when it is not finite
  TrainedUpdate update() throws RefusalException {
    try {
      return new TrainedUpdate(
          Coordinates.of(coordinates).minus(task.start()), step, tokensRead, firstLoss, lastLoss);
    } catch (IllegalArgumentException _) {
      throw new RefusalException(
          "The coordinates grew beyond all numbers; train with a lower learning rate.");
    }
  }

  @Override
  public void close() {
    close(tokens);
  }

  private static void close(TokenFile tokens) {
    try {
      tokens.close();
    } catch (IOException _) {
      // It was only read.
    }
  }
}
