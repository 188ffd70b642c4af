// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

import java.nio.file.Path;
import java.util.List;
import org.peermind.federated.internal.process.ChildTrainer;
import org.peermind.federated.internal.torch.KnownFamilies;

/// One model that is trained, in a child process of its own ([ADR
/// 0029](../../../../../../../../docs/adr/0029-trainer-process.md)). Methods may be called by any
/// thread. Whatever happens to the process, nothing else happens to the node.
public interface Trainer extends AutoCloseable {
  /// The most sequences of one [#score], and the most tokens in them together.
  int SCORED_SEQUENCES_MAX = 4096;

  int SCORED_TOKENS_MAX = 1 << 20;

  /// Whether this machine and the trainer are made for such models, as far as can be told without
  /// loading anything; [#start] may still refuse one.
  ///
  /// @param architecture as the model's file has it
  static boolean isFor(String architecture) {
    return KnownFamilies.contains(architecture)
        && System.getProperty("os.name").equals("Linux")
        && System.getProperty("os.arch").equals("amd64");
  }

  /// Starts the process and loads the model; its libraries are unpacked into the usual folder
  /// ([LibraryCache#usual]).
  ///
  /// @throws TrainingException when the model is not the named one or cannot be trained, or this
  ///   machine cannot train
  static Trainer start(TrainerSpec spec) throws TrainingException, InterruptedException {
    return start(spec, LibraryCache.usual());
  }

  /// The same with another folder for libraries (about 450 MB, unpacked once).
  static Trainer start(TrainerSpec spec, Path libraryCache)
      throws TrainingException, InterruptedException {
    return ChildTrainer.start(spec, libraryCache);
  }

  /// What is loaded, and on what it is computed.
  TrainerInfo info();

  /// Mean negative log-likelihood in nats of each sequence's predictions, those of its tokens 1 to
  /// n-1 given the ones before. During a run it is computed between two steps.
  ///
  /// @param sequences each from 2 tokens to the model's context and [TokenSequence#TOKENS_MAX]
  /// @param coordinates as many as the subspace has, or none for the model as it is
  /// @throws TrainingException when they do not fit the model or the bounds, or the process died
  double[] score(List<int[]> sequences, float[] coordinates)
      throws TrainingException, InterruptedException;

  /// Begins a task, or goes on with it where its checkpoint is; it ends bit-equal to one that was
  /// never interrupted, on the same machine with the same number of threads. A checkpoint that is
  /// damaged or of another task is renamed to `*.set-aside`, and the run says so in
  /// [Progress#note].
  ///
  /// @throws TrainingException when another run goes on, the coordinates do not fit, or the process
  ///   died; what the process finds wrong with the files, [TrainingRun#await] tells
  TrainingRun begin(TrainingTask task) throws TrainingException;

  /// Ends the process; a run that goes on is cancelled, with its last checkpoint kept.
  @Override
  void close();
}
