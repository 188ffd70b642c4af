// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.forward;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.peermind.protocol.governance.Digest;

/// What a [ForwardDescent] does.
///
/// @param pool names the directions, see [Directions]
/// @param seeds how many directions there are
/// @param draws which of them comes when; another one for each member of a round
/// @param perturbation how far from where the coordinates are the loss is asked for, in each
///   coordinate
/// @param rate how far a usual step goes, in each coordinate; it rises to that over the first
///   `warmupSteps` and falls to 0 towards the end
/// @param seedMax how far all steps along one direction may go together, in each coordinate
/// @param normMax the longest change of all coordinates, as a Euclidean norm
public record ForwardTask(
    Digest pool,
    int seeds,
    Digest draws,
    int steps,
    double perturbation,
    double rate,
    int warmupSteps,
    double seedMax,
    double normMax) {
  /// Most directions of a pool.
  public static final int SEEDS_MAX = 1 << 16;

  /// Most steps.
  public static final int STEPS_MAX = 1 << 24;

  /// Longest change, and the largest of the other distances.
  public static final double NORM_MAX = 1 << 16;

  private static final double LEAST = 0x1p-38;
  private static final byte[] DOMAIN =
      "peermind/v1/forward-task\0".getBytes(StandardCharsets.UTF_8);

  /// @throws IllegalArgumentException when a number is out of its bounds
  public ForwardTask {
    require("seeds", seeds, 1, SEEDS_MAX);
    require("steps", steps, 1, STEPS_MAX);
    require("perturbation", perturbation, LEAST, NORM_MAX);
    require("rate", rate, LEAST, NORM_MAX);
    require("warmupSteps", warmupSteps, 0, steps);
    require("seedMax", seedMax, LEAST, NORM_MAX);
    require("normMax", normMax, LEAST, NORM_MAX);
  }

  private static void require(String name, double value, double least, double most) {
    if (!(value >= least && value <= most)) {
      throw new IllegalArgumentException(
          "%s must be from %s to %s, not %s".formatted(name, least, most, value));
    }
  }

  /// A name of the task, so that what is kept of another one is not gone on with.
  ///
  /// @param start the coordinates that it starts from
  /// @param examples names what is learned, and in which order
  public Digest digest(float[] start, Digest examples) {
    ByteBuffer numbers =
        ByteBuffer.allocate(3 * Integer.BYTES + 4 * Double.BYTES)
            .putInt(seeds)
            .putInt(steps)
            .putInt(warmupSteps)
            .putDouble(perturbation)
            .putDouble(rate)
            .putDouble(seedMax)
            .putDouble(normMax);
    ByteBuffer from = ByteBuffer.allocate(start.length * Float.BYTES);
    from.asFloatBuffer().put(start);
    return Digest.over(
        DOMAIN, pool.toBytes(), draws.toBytes(), numbers.array(), examples.toBytes(), from.array());
  }

  /// The rate at a step.
  double rateAt(int step) {
    double rising = step < warmupSteps ? (step + 1.0) / (warmupSteps + 1.0) : 1;
    return rate * rising * (steps - step) / steps;
  }
}
