// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.peermind.federated.forward.ForwardDescent;
import org.peermind.federated.forward.ForwardState;
import org.peermind.federated.forward.ForwardTask;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.TokenFile;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.LoadedModel;
import org.peermind.node.federated.EngineLoss.Examples;
import org.peermind.protocol.governance.Digest;

/// One training that computes forwards only, with the inference engine. It goes on from its
/// checkpoint: an interrupted, paused or killed one loses at most the steps since the last. One
/// thread uses it.
public final class ForwardRun implements AutoCloseable {
  /// How much of a change is tried in the end; the first that helps most is taken.
  private static final double[] SHARES = {1, 0.5, 0.25};

  private static final int SAMPLE_STEPS = 4;
  private static final int SAMPLE_SEQUENCES_MAX = 256;
  private static final String UNFINISHED = ".part";
  private static final String SET_ASIDE = ".set-aside";

  private final Course course;
  private final Digest name;
  private final TokenFile tokens;
  private final EngineLoss loss;
  private final ForwardDescent descent;
  private final Optional<String> note;
  private int keptStep;

  /// What is trained.
  ///
  /// @param architecture of the model, as its file has it
  /// @param file with the owner's sequences, a [TokenFile]
  /// @param order names the order in which they come
  /// @param checkpoint where it goes on; its folder is private
  /// @param checkpointEverySteps at least 1
  /// @param adapter a file for coordinates, which is overwritten two times a step
  public record Course(
      String architecture,
      Subspace subspace,
      Coordinates start,
      ForwardTask task,
      Path file,
      int sequencesPerStep,
      long order,
      Path checkpoint,
      int checkpointEverySteps,
      Path adapter) {
    public Course {
      if (start.length() != subspace.length()) {
        throw new IllegalArgumentException(
            "the training starts from %d coordinates where the model has %d"
                .formatted(start.length(), subspace.length()));
      }
      if (sequencesPerStep < 1 || checkpointEverySteps < 1) {
        throw new IllegalArgumentException("a step has a sequence at least");
      }
    }
  }

  private ForwardRun(
      Course course,
      Digest name,
      TokenFile tokens,
      LoadedModel model,
      ForwardDescent descent,
      Optional<String> note) {
    this.course = course;
    this.name = name;
    this.tokens = tokens;
    this.descent = descent;
    this.note = note;
    this.keptStep = descent.state().step();
    this.loss =
        new EngineLoss(
            model,
            course.architecture(),
            course.subspace(),
            new Examples(course.file(), course.sequencesPerStep(), course.order()),
            tokens,
            course.adapter());
  }

  /// Why an engine cannot train, in a sentence; empty when it can.
  public static Optional<String> whyNot(EngineFeatures features) {
    if (!features.scoring()) {
      return Optional.of(
          "This engine cannot tell how likely given tokens are, so it cannot train; the built-in"
              + " engine can.");
    }
    return features.adapters()
        ? Optional.empty()
        : Optional.of(
            "This engine computes with no adapters, so it cannot train; the built-in engine can.");
  }

  /// Begins, or goes on where the checkpoint says. A checkpoint that is damaged or of another
  /// training is renamed, and [#note] tells it.
  ///
  /// @param model loaded for nobody else, with full precision; who called closes it
  /// @throws IOException in a sentence, when the engine cannot do it or a file cannot be used
  public static ForwardRun open(Course course, LoadedModel model) throws IOException {
    Optional<String> unable = whyNot(model.features());
    if (unable.isPresent()) {
      throw new IOException(unable.get());
    }
    TokenFile tokens = TokenFile.open(course.file());
    boolean done = false;
    try {
      Digest examples =
          Digest.over(
              tokens.sha256().toBytes(),
              ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
                  .putLong(course.order())
                  .putInt(course.sequencesPerStep())
                  .array());
      float[] start = course.start().values();
      Digest name = course.task().digest(start, examples);
      Optional<String> note = Optional.empty();
      ForwardDescent descent = new ForwardDescent(course.task(), start);
      if (Files.exists(course.checkpoint())) {
        try {
          byte[] kept = read(course.checkpoint());
          descent = new ForwardDescent(course.task(), start, ForwardState.ofBytes(kept, name));
        } catch (IllegalArgumentException unusable) {
          note = Optional.of(setAside(course.checkpoint(), String.valueOf(unusable.getMessage())));
        }
      }
      ForwardRun run = new ForwardRun(course, name, tokens, model, descent, note);
      done = true;
      return run;
    } finally {
      if (!done) {
        tokens.close();
      }
    }
  }

  /// No more than a state has: what is longer is none.
  private static byte[] read(Path checkpoint) throws IOException {
    try (InputStream in = Files.newInputStream(checkpoint)) {
      return in.readNBytes(ForwardState.BYTES_MAX + 1);
    }
  }

  private static String setAside(Path checkpoint, String fault) throws IOException {
    Path aside = checkpoint.resolveSibling(checkpoint.getFileName() + SET_ASIDE);
    Files.move(checkpoint, aside, StandardCopyOption.REPLACE_EXISTING);
    return "%s The file was renamed to %s, and training begins anew."
        .formatted(fault, aside.getFileName());
  }

  /// What its owner should know of its beginning.
  public Optional<String> note() {
    return note;
  }

  /// Steps so far.
  public int step() {
    return descent.state().step();
  }

  /// Makes steps while there are more and `surplus` says so before each; keeps a checkpoint before
  /// it returns or throws.
  ///
  /// @return whether all steps are made
  /// @throws IOException in a sentence; when the engine failed, its exception is the cause
  public boolean advance(BooleanSupplier surplus) throws IOException, InterruptedException {
    try {
      while (!descent.done() && surplus.getAsBoolean()) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        descent.advance(loss);
        if (step() - keptStep >= course.checkpointEverySteps()) {
          keep();
        }
      }
      return descent.done();
    } catch (ClosedByInterruptException _) {
      // A channel says so in its own way; the flag would keep the checkpoint from being written.
      Thread.interrupted();
      throw new InterruptedException();
    } finally {
      // Of texts that were taken back nothing is kept.
      if (step() != keptStep && Files.exists(course.file())) {
        keep();
      }
    }
  }

  /// What came of it: the change, or a half or a quarter of it where that has the lower loss on a
  /// sample of the sequences. Its losses are those of the sample.
  ///
  /// @throws IOException in a sentence, when none lowers the loss
  /// @throws IllegalStateException before all steps are made
  public TrainedUpdate trained() throws IOException, InterruptedException {
    if (!descent.done()) {
      throw new IllegalStateException("There are more steps to make");
    }
    float[] start = course.start().values();
    float[] change = descent.change();
    int sample = Math.min(SAMPLE_STEPS * course.sequencesPerStep(), SAMPLE_SEQUENCES_MAX);
    double before = loss.sampleLoss(sample, start);
    double least = before;
    double taken = 0;
    for (double share : SHARES) {
      double after = loss.sampleLoss(sample, moved(start, change, share));
      if (after < least) {
        least = after;
        taken = share;
      }
    }
    if (taken == 0) {
      throw new IOException(
          "Training did not lower the loss, so there is nothing to contribute this time.");
    }
    float[] delta = moved(new float[change.length], change, taken);
    return new TrainedUpdate(Coordinates.of(delta), step(), loss.tokensRead(step()), before, least);
  }

  private static float[] moved(float[] from, float[] change, double share) {
    float[] moved = new float[change.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = (float) (from[i] + share * change[i]);
    }
    return moved;
  }

  /// Keeps where it is, under another name first: a loss of power leaves the last or this one.
  private void keep() throws IOException {
    ForwardState state = descent.state();
    Path part = course.checkpoint().resolveSibling(course.checkpoint().getFileName() + UNFINISHED);
    Files.deleteIfExists(part);
    Files.createFile(
        part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(state.toBytes(name));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(part, course.checkpoint(), StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel entries =
        FileChannel.open(part.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
      entries.force(true);
    }
    keptStep = state.step();
  }

  @Override
  public void close() throws IOException {
    try {
      tokens.close();
    } finally {
      loss.close();
    }
  }
}
