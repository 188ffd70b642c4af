// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), a linear warm-up and a bound on
/// the gradient's norm. Plain Java in one order, so that the same steps give the same bits on every
/// machine.
public final class AdamW {
  private final Settings settings;
  private final float[] means;
  private final float[] squares;
  private long steps;

  /// How to step.
  ///
  /// @param rate how far a coordinate moves in a step, at most about
  /// @param beta1 share of the old mean that is kept
  /// @param beta2 share of the old mean square that is kept
  /// @param epsilon keeps quotients finite
  /// @param weightDecay share by which coordinates shrink in a step, times the rate
  /// @param warmupSteps over which the rate rises from its first part to the whole
  /// @param gradientClip the longest norm of a gradient, a longer one is shortened to it; infinite
  ///   for none
  public record Settings(
      double rate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      int warmupSteps,
      double gradientClip) {
    public Settings {
      boolean sound =
          rate > 0
              && Double.isFinite(rate)
              && beta1 >= 0
              && beta1 < 1
              && beta2 >= 0
              && beta2 < 1
              && epsilon > 0
              && Double.isFinite(epsilon)
              && weightDecay >= 0
              && rate * weightDecay < 1
              && warmupSteps >= 0
              && gradientClip > 0;
      if (!sound) {
        throw new IllegalArgumentException(
            "AdamW needs a positive rate, epsilon and clip, betas from 0 to below 1 and no"
                + " negative decay or warm-up");
      }
    }
  }

  /// A fresh optimiser of `length` coordinates.
  public AdamW(Settings settings, int length) {
    this(settings, new float[length], new float[length], 0);
  }

  /// An optimiser that goes on where another one was.
  ///
  /// @param means its {@link #means}
  /// @param squares its {@link #squares}
  /// @param steps its {@link #steps}
  public AdamW(Settings settings, float[] means, float[] squares, long steps) {
    if (means.length != squares.length || steps < 0) {
      throw new IllegalArgumentException(
          "An optimiser has as many means as squares, and no negative count of steps");
    }
    this.settings = settings;
    this.means = means.clone();
    this.squares = squares.clone();
    this.steps = steps;
  }

  /// Moves `coordinates` against `gradient`.
  ///
  /// @return false, and nothing is changed, when the gradient is not finite
  public boolean step(float[] coordinates, float[] gradient) {
    if (coordinates.length != means.length || gradient.length != means.length) {
      throw new IllegalArgumentException(
          "This optimiser has %d coordinates, not %d".formatted(means.length, gradient.length));
    }
    double norm = norm(gradient);
    if (!Double.isFinite(norm)) {
      return false;
    }
    steps++;
    double clip = settings.gradientClip();
    double shrink = norm > clip ? clip / norm : 1;
    double rate = rate(steps);
    double keep = 1 - rate * settings.weightDecay();
    double meanBias = 1 - StrictMath.pow(settings.beta1(), (double) steps);
    double squareBias = 1 - StrictMath.pow(settings.beta2(), (double) steps);
    for (int i = 0; i < means.length; i++) {
      double slope = gradient[i] * shrink;
      means[i] = (float) (settings.beta1() * means[i] + (1 - settings.beta1()) * slope);
      squares[i] = (float) (settings.beta2() * squares[i] + (1 - settings.beta2()) * slope * slope);
      double spread = Math.sqrt(squares[i] / squareBias) + settings.epsilon();
      coordinates[i] = (float) (coordinates[i] * keep - rate * (means[i] / meanBias) / spread);
    }
    return true;
  }

  /// The rate of a step, counted from 1.
  private double rate(long step) {
    long warmup = settings.warmupSteps();
    return step < warmup ? settings.rate() * step / warmup : settings.rate();
  }

  /// The length of a vector.
  public static double norm(float[] vector) {
    double sum = 0;
    for (float value : vector) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  /// The running means of the gradient, for a checkpoint.
  public float[] means() {
    return means.clone();
  }

  /// The running means of the gradient's squares, for a checkpoint.
  public float[] squares() {
    return squares.clone();
  }

  /// How many steps were taken.
  public long steps() {
    return steps;
  }
}
