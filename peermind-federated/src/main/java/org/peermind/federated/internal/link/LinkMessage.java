// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.link;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.peermind.federated.subspace.Subspace;
import org.peermind.federated.training.Coordinates;
import org.peermind.federated.training.Device;
import org.peermind.federated.training.Progress;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.federated.training.TrainerInfo;
import org.peermind.federated.training.TrainingException;
import org.peermind.federated.training.TrainingTask;
import org.peermind.protocol.ModelHash;

/// What a node and its trainer's child process say to each other.
public sealed interface LinkMessage {
  /// From the node.
  sealed interface ToChild extends LinkMessage {}

  /// From the child process.
  sealed interface FromChild extends LinkMessage {}

  /// Load this model, whose hash was checked already; said once, first of all.
  record Open(
      Path model,
      ModelHash sha256,
      Optional<Path> parentAdapter,
      Subspace subspace,
      int threads,
      Device device)
      implements ToChild {}

  /// Score sequences, as request `id`.
  record Score(long id, List<TokenSequence> sequences, Coordinates coordinates) implements ToChild {
    public Score {
      sequences = List.copyOf(sequences);
    }
  }

  /// Begin run `id`.
  record Begin(long id, TrainingTask task) implements ToChild {}

  /// Make no further step of run `id`.
  record Pause(long id) implements ToChild {}

  /// Go on with run `id`.
  record Resume(long id) implements ToChild {}

  /// End run `id`.
  record Cancel(long id) implements ToChild {}

  /// The first frame: the one-time token that the node handed over on standard input.
  record Hello(String token) implements FromChild {
    @Override
    public String toString() {
      return "Hello";
    }
  }

  /// The model is loaded.
  record Opened(TrainerInfo info) implements FromChild {}

  /// The model is not loaded; the child process ends.
  record Refused(String sentence) implements FromChild {}

  /// The losses of request `id`.
  record Scored(long id, List<Double> losses) implements FromChild {
    public Scored {
      losses = List.copyOf(losses);
    }
  }

  /// Why request `id` gets none.
  record ScoreRefused(long id, String sentence) implements FromChild {}

  /// How far run `id` is.
  record Advanced(long id, Progress progress) implements FromChild {}

  /// Run `id` is done.
  record Finished(long id, TrainedUpdate update) implements FromChild {}

  /// Run `id` ended otherwise.
  record Stopped(long id, TrainingException.Reason reason, String sentence) implements FromChild {}
}
