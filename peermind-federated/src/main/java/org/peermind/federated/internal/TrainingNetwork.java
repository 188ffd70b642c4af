// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal;

import java.util.List;
import org.peermind.federated.training.TokenSequence;
import org.peermind.federated.training.TrainerInfo;

/// A model with frozen weights and the coordinates that are trained: `W + B A` for each matrix of a
/// [org.peermind.federated.subspace.Subspace], whose layout the coordinates have.
///
/// It keeps no state between calls: what a call gives depends on its arguments alone, bit for bit
/// on the same machine with the same number of threads. So a run can go on from a checkpoint as if
/// nothing had happened. One thread uses it, always the same.
public interface TrainingNetwork extends AutoCloseable {
  /// Makes the network of a model file whose hash was checked.
  @FunctionalInterface
  interface Source {
    /// @throws RefusalException when the model, the adapter or the machine does not allow it
    TrainingNetwork open(NetworkSpec spec) throws RefusalException;
  }

  /// What the network is and where it is computed.
  TrainerInfo info();

  /// Mean negative log-likelihood in nats of each sequence's predictions, those of its tokens 1 to
  /// n-1 given the ones before; marks are not looked at.
  ///
  /// @param sequences each of 2 tokens or more, within the vocabulary and the context
  /// @param coordinates as many as the subspace has, or none for the model as it is
  double[] score(List<TokenSequence> sequences, float[] coordinates);

  /// Mean negative log-likelihood in nats over all counted predictions of the batch together, and
  /// its gradient by the coordinates, which is written over `gradient`.
  ///
  /// @param batch each as in [#score], with at least one counted prediction
  /// @param coordinates as many as the subspace has; not changed
  /// @param gradient as many
  double loss(List<TokenSequence> batch, float[] coordinates, float[] gradient);

  /// Gives memory back.
  @Override
  void close();
}
