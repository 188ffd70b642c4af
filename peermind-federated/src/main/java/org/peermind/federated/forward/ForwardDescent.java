// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.forward;

/// Steps of MeZO. A step asks for the loss at `c + e z` and `c - e z` (`z` the direction that is
/// drawn, `e` the perturbation), takes `g`, the difference by `2 e`, and goes to `c - rate g / r
/// z`, where `r` is the root of the mean of `g g` so far.
///
/// The pieces of Adam are in `r`: with signs every coordinate of `g z` has the square `g g`, so
/// that its second moments are one number, kept and corrected as there (arXiv 1412.6980, Algorithm
/// 1).
///
/// No loss, however absurd, does more than it may: `g` is cut to three times `r`, all steps along
/// one direction to `seedMax`, and a step that would make the change longer than `normMax` ends
/// there.
///
/// Coordinates change by whole numbers of `2^-40`, so that the change is exactly the sum over
/// directions of how far each was gone along, in any order: whoever goes on from a [ForwardState]
/// has the bits of one who never stopped. One thread uses it.
public final class ForwardDescent {
  /// A change of a coordinate is a whole number of `2^-UNIT_BITS`.
  public static final int UNIT_BITS = 40;

  private static final double DECAY = 0.99;
  private static final double CLIP = 3;

  /// A slope beyond this counts as none, like one that is no number.
  private static final double SLOPE_MAX = 1e30;

  private static final double ROUNDING = 1 + 1e-9;

  private final ForwardTask task;
  private final float[] start;
  private final long[] sums;
  private final long[] change;
  private final float[] asked;
  private final long perturbation;
  private int step;
  private int skipped;
  private double meanSquare;

  /// At its beginning.
  ///
  /// @throws IllegalArgumentException when there are no coordinates or one is not finite
  public ForwardDescent(ForwardTask task, float[] start) {
    this(task, start, new ForwardState(0, 0, 0, new long[task.seeds()]));
  }

  /// Where it was.
  ///
  /// @param state of a descent with the same task and start
  /// @throws IllegalArgumentException when it cannot be the state of such a one
  public ForwardDescent(ForwardTask task, float[] start, ForwardState state) {
    this.task = task;
    this.start = start.clone();
    this.sums = state.sums();
    this.change = new long[start.length];
    this.asked = new float[start.length];
    this.perturbation = units(task.perturbation());
    this.step = state.step();
    this.skipped = state.skipped();
    this.meanSquare = state.meanSquare();
    requireFinite();
    if (sums.length != task.seeds() || step > task.steps()) {
      throw new IllegalArgumentException("The state of a training is not of this task.");
    }
    for (int seed = 0; seed < sums.length; seed++) {
      if (sums[seed] > units(task.seedMax()) || sums[seed] < -units(task.seedMax())) {
        throw new IllegalArgumentException("The state of a training goes beyond its bounds.");
      }
      if (sums[seed] != 0) {
        add(Directions.signs(task.pool(), seed, change.length), sums[seed]);
      }
    }
    if (!(squares() <= task.normMax() * task.normMax() * ROUNDING)) {
      throw new IllegalArgumentException("The state of a training goes beyond its bounds.");
    }
  }

  private double squares() {
    double squares = 0;
    for (long one : change) {
      double coordinate = Math.scalb((double) one, -UNIT_BITS);
      squares += coordinate * coordinate;
    }
    return squares;
  }

  private void requireFinite() {
    if (start.length == 0) {
      throw new IllegalArgumentException("There are no coordinates to train.");
    }
    for (float coordinate : start) {
      if (!Float.isFinite(coordinate)) {
        throw new IllegalArgumentException("A coordinate is not a finite number.");
      }
    }
  }

  private static long units(double distance) {
    return (long) Math.rint(Math.scalb(distance, UNIT_BITS));
  }

  /// Whether all steps are made.
  public boolean done() {
    return step >= task.steps();
  }

  /// Makes the next step. When the oracle fails, it has not been made.
  ///
  /// @throws IllegalStateException when all are made
  public <E extends Exception> void advance(LossOracle<E> oracle) throws E, InterruptedException {
    if (done()) {
      throw new IllegalStateException("All steps are made");
    }
    int seed = Directions.drawn(task.draws(), step, task.seeds());
    long[] signs = Directions.signs(task.pool(), seed, change.length);
    double above = oracle.loss(step, perturbed(signs, perturbation));
    double below = oracle.loss(step, perturbed(signs, -perturbation));
    double slope = (above - below) / (2 * Math.scalb((double) perturbation, -UNIT_BITS));
    if (Math.abs(slope) <= SLOPE_MAX) {
      go(seed, signs, -task.rateAt(step) * normalised(slope));
    } else {
      skipped++;
    }
    step++;
  }

  private float[] perturbed(long[] signs, long distance) {
    for (int i = 0; i < asked.length; i++) {
      asked[i] = coordinate(i, Directions.isUp(signs, i) ? distance : -distance);
    }
    return asked;
  }

  private float coordinate(int index, long beside) {
    return (float) (start[index] + Math.scalb((double) (change[index] + beside), -UNIT_BITS));
  }

  /// The slope as a multiple of what slopes usually are; from -3 to 3.
  private double normalised(double slope) {
    int before = step - skipped;
    double usual = root(before);
    double cut = before > 0 && usual > 0 ? Math.clamp(slope, -CLIP * usual, CLIP * usual) : slope;
    meanSquare = DECAY * meanSquare + (1 - DECAY) * (cut * cut);
    double now = root(before + 1);
    return now > 0 ? Math.clamp(cut / now, -CLIP, CLIP) : 0;
  }

  /// Root of the mean square after a number of slopes.
  private double root(int slopes) {
    return slopes == 0 ? 0 : Math.sqrt(meanSquare / (1 - StrictMath.pow(DECAY, slopes)));
  }

  private void go(int seed, long[] signs, double distance) {
    long bound = units(task.seedMax());
    long wanted = Math.clamp(sums[seed] + units(distance), -bound, bound) - sums[seed];
    long allowed = withinNorm(signs, wanted);
    sums[seed] += allowed;
    add(signs, allowed);
  }

  /// As much of a step as leaves the change no longer than it may be. The change now is `x`, with
  /// `|x + n z|^2 = |x|^2 + 2 n (x z) + n^2 d`.
  private long withinNorm(long[] signs, long wanted) {
    double along = 0;
    for (int i = 0; i < change.length; i++) {
      double coordinate = Math.scalb((double) change[i], -UNIT_BITS);
      along += Directions.isUp(signs, i) ? coordinate : -coordinate;
    }
    double squares = squares();
    double distance = Math.scalb((double) wanted, -UNIT_BITS);
    double bound = task.normMax() * task.normMax();
    if (squares + distance * (2 * along + distance * change.length) <= bound) {
      return wanted;
    }
    double outward = wanted > 0 ? along : -along;
    double room = Math.max(0, bound - squares);
    double root = Math.sqrt(outward * outward + change.length * room);
    double most = Math.max(0, (root - outward) / change.length);
    long units = (long) Math.scalb(most, UNIT_BITS);
    return Math.clamp(wanted, -units, units);
  }

  private void add(long[] signs, long distance) {
    for (int i = 0; i < change.length; i++) {
      change[i] += Directions.isUp(signs, i) ? distance : -distance;
    }
  }

  /// What has to be kept to go on later.
  public ForwardState state() {
    return new ForwardState(step, skipped, meanSquare, sums);
  }

  /// Where the coordinates are.
  public float[] coordinates() {
    float[] now = new float[change.length];
    for (int i = 0; i < now.length; i++) {
      now[i] = coordinate(i, 0);
    }
    return now;
  }

  /// How they have changed since the start.
  public float[] change() {
    float[] changed = new float[change.length];
    for (int i = 0; i < changed.length; i++) {
      changed[i] = (float) Math.scalb((double) change[i], -UNIT_BITS);
    }
    return changed;
  }
}
