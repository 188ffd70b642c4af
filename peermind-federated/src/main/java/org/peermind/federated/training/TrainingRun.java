// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

/// A task that is being trained. Methods may be called by any thread; orders to a run that ended
/// change nothing.
public interface TrainingRun {
  /// Stops before the next step and keeps a checkpoint; from then on the run uses no processor. The
  /// energy gate calls it.
  void pause();

  /// Goes on after [#pause].
  void resume();

  /// Ends the run before its next step and keeps a checkpoint, from which the same task can go on.
  void cancel();

  /// How far it is, as last heard from the child process.
  Progress progress();

  /// Waits for the end.
  ///
  /// @throws TrainingException when the task was refused, cancelled, or the child process died
  TrainedUpdate await() throws TrainingException, InterruptedException;
}
