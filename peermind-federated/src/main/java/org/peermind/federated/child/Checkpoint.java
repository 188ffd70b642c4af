// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.child;

/// Where a run is after some steps: what makes it go on as if it had never stopped. It owns its
/// arrays, which hold what was learned from private data.
final class Checkpoint {
  private final int step;
  private final long position;
  private final long tokens;
  private final double firstLoss;
  private final double lastLoss;
  private final float[] coordinates;
  private final float[] means;
  private final float[] squares;

  /// @param step how many were made
  /// @param position how many sequences were seen
  /// @param tokens how many were read
  /// @param firstLoss of the first step
  /// @param lastLoss of the last one
  /// @param means the optimiser's, of the gradient
  /// @param squares the optimiser's, of the gradient's squares
  Checkpoint(
      int step,
      long position,
      long tokens,
      double firstLoss,
      double lastLoss,
      float[] coordinates,
      float[] means,
      float[] squares) {
    this.step = step;
    this.position = position;
    this.tokens = tokens;
    this.firstLoss = firstLoss;
    this.lastLoss = lastLoss;
    this.coordinates = coordinates;
    this.means = means;
    this.squares = squares;
  }

  /// Before the first step.
  static Checkpoint start(float[] coordinates) {
    return new Checkpoint(
        0,
        0,
        0,
        Double.NaN,
        Double.NaN,
        coordinates,
        new float[coordinates.length],
        new float[coordinates.length]);
  }

  int step() {
    return step;
  }

  long position() {
    return position;
  }

  long tokens() {
    return tokens;
  }

  double firstLoss() {
    return firstLoss;
  }

  double lastLoss() {
    return lastLoss;
  }

  float[] coordinates() {
    return coordinates;
  }

  float[] means() {
    return means;
  }

  float[] squares() {
    return squares;
  }
}
