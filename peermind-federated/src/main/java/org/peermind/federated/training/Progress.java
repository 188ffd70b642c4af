// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

import java.util.Optional;
import java.util.OptionalDouble;

/// How far a run is. What it costs in joules is not known here: the energy part of the node
/// measures that.
///
/// @param step how many steps are done, those before a resumption too
/// @param steps of the whole task
/// @param loss of the last step's sequences, before it; empty before the first step of this process
/// @param tokens how many were read in all steps
/// @param tokensPerSecond in this process while it was not paused; 0 before the first step
/// @param resumedAtStep where this run went on from a checkpoint; 0 when it began anew
/// @param note what the owner should know, such as that a damaged checkpoint was set aside
public record Progress(
    State state,
    int step,
    int steps,
    OptionalDouble loss,
    long tokens,
    double tokensPerSecond,
    int resumedAtStep,
    Optional<String> note) {

  /// What a run does.
  public enum State {
    /// It reads its files.
    STARTING,
    /// It makes steps.
    RUNNING,
    /// It waits to be resumed and uses no processor.
    PAUSED,
    /// It ended, in whatever way; [TrainingRun#await] tells how.
    ENDED
  }

  /// Before anything is known.
  public static Progress starting(int steps) {
    return new Progress(
        State.STARTING, 0, steps, OptionalDouble.empty(), 0, 0, 0, Optional.empty());
  }

  /// The same in another state.
  public Progress in(State other) {
    return new Progress(other, step, steps, loss, tokens, tokensPerSecond, resumedAtStep, note);
  }
}
