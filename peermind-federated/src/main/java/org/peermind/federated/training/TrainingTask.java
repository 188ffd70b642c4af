// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

import java.nio.file.Path;

/// What to train.
///
/// @param start coordinates to start from, as many as the subspace has
/// @param tokens a [TokenFile]
/// @param steps how often the coordinates are moved, from 1 to [#STEPS_MAX]
/// @param sequencesPerStep how many sequences decide on one step, from 1 to
///   [#SEQUENCES_PER_STEP_MAX]; all are seen once before one is seen twice
/// @param sequenceTokensMax a file with a longer sequence is refused; at most
///   [TokenSequence#TOKENS_MAX]
/// @param seed of the order of sequences
/// @param checkpoint where the state of the run is kept. It stays when the run has ended, so that
///   the same task begun again, also after a crash, ends with the same result; whoever needs it no
///   more deletes it.
/// @param checkpointEverySteps how many steps a loss of power may cost; at the end and when it is
///   paused the run is kept too
public record TrainingTask(
    Coordinates start,
    Path tokens,
    int steps,
    int sequencesPerStep,
    int sequenceTokensMax,
    Adam adam,
    long seed,
    Path checkpoint,
    int checkpointEverySteps) {
  public static final int STEPS_MAX = 1 << 24;
  public static final int SEQUENCES_PER_STEP_MAX = 1024;

  /// @throws IllegalArgumentException when a number is out of its bounds
  public TrainingTask {
    require("steps", steps, 1, STEPS_MAX);
    require("sequencesPerStep", sequencesPerStep, 1, SEQUENCES_PER_STEP_MAX);
    require("sequenceTokensMax", sequenceTokensMax, 2, TokenSequence.TOKENS_MAX);
    require("checkpointEverySteps", checkpointEverySteps, 1, STEPS_MAX);
  }

  private static void require(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s must be from %d to %d, not %d".formatted(name, least, most, value));
    }
  }
}
