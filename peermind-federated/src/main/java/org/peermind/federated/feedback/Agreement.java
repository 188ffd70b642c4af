// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.feedback;

import java.util.Arrays;

/// Finds users whose bits follow one direction more than opinions can. Each bit comes with public
/// coins of its own, so the sum of a user's signed directions is noise of a known size around a
/// small mean: divided by the root of the number of answers, its covariance is the unit matrix. A
/// group that pushes together shows as a direction in which users spread more than chance allows,
/// and is far out along it (a spectral filter: Diakonikolas, Kamath, Kane, Li, Moitra, Stewart,
/// FOCS 2016). Where users spread as chance has them, everybody stays.
///
/// Being left out is no verdict: an honest user of a rare taste may be.
final class Agreement {
  /// Farther from the median than so many standard errors ...
  private static final double ERRORS_MAX = 2;

  /// ... and by so much of all answers depending on their scales is what opinions do not do.
  private static final double DEPENDENCE_MAX = 0.1;

  private static final double SLACK = 1.15;
  private static final int USERS_PER_ADAPTER = 4;
  private static final int POWERS = 100;
  private static final int PASSES_MAX = 16;

  private final double[][] points;
  private final double[] farthest;
  private final boolean[] kept;
  private final int adapters;

  /// @param sums of the signed directions of each user, in an order of users that all keep to
  /// @param answers of each user
  private Agreement(long[][] sums, int[] answers, int adapters) {
    this.adapters = adapters;
    this.points = new double[sums.length][adapters];
    this.farthest = new double[sums.length];
    this.kept = new boolean[sums.length];
    for (int user = 0; user < sums.length; user++) {
      double root = Math.sqrt(answers[user]);
      for (int i = 0; i < adapters; i++) {
        points[user][i] = sums[user][i] / root;
      }
      farthest[user] = ERRORS_MAX + DEPENDENCE_MAX * root;
      kept[user] = true;
    }
  }

  /// Who counts; nobody, when users fall apart: when more than half would be left out, or there is
  /// no end of it.
  static boolean[] kept(long[][] sums, int[] answers, int adapters) {
    Agreement agreement = new Agreement(sums, answers, adapters);
    boolean settled = false;
    for (int pass = 0; pass < PASSES_MAX && !settled; pass++) {
      settled = !agreement.leaveOut();
    }
    return settled && 2 * agreement.users() >= sums.length
        ? agreement.kept
        : new boolean[sums.length];
  }

  private int users() {
    int users = 0;
    for (boolean one : kept) {
      users += one ? 1 : 0;
    }
    return users;
  }

  /// Leaves out who is far out in the direction in which users spread most; whether anybody was.
  private boolean leaveOut() {
    int users = users();
    if (users < USERS_PER_ADAPTER * adapters) {
      return false;
    }
    double[][] covariance = covariance(users);
    double[] direction = widest(covariance);
    double chance = 1 + Math.sqrt((double) adapters / users);
    if (spread(covariance, direction) <= SLACK * chance * chance) {
      return false;
    }
    double[] along = new double[users];
    int next = 0;
    for (int user = 0; user < points.length; user++) {
      if (kept[user]) {
        along[next++] = dot(points[user], direction);
      }
    }
    Arrays.sort(along);
    double median = (along[(users - 1) / 2] + along[users / 2]) / 2;
    boolean left = false;
    for (int user = 0; user < points.length; user++) {
      if (kept[user] && Math.abs(dot(points[user], direction) - median) > farthest[user]) {
        kept[user] = false;
        left = true;
      }
    }
    return left;
  }

  private double[][] covariance(int users) {
    double[] mean = new double[adapters];
    for (int user = 0; user < points.length; user++) {
      for (int i = 0; kept[user] && i < adapters; i++) {
        mean[i] += points[user][i] / users;
      }
    }
    double[][] covariance = new double[adapters][adapters];
    for (int user = 0; user < points.length; user++) {
      for (int i = 0; kept[user] && i < adapters; i++) {
        double away = (points[user][i] - mean[i]) / users;
        for (int j = 0; j < adapters; j++) {
          covariance[i][j] += away * (points[user][j] - mean[j]);
        }
      }
    }
    return covariance;
  }

  /// The direction of the largest spread, by powers from the row of the largest variance on.
  private double[] widest(double[][] covariance) {
    int largest = 0;
    for (int i = 1; i < adapters; i++) {
      largest = covariance[i][i] > covariance[largest][largest] ? i : largest;
    }
    double[] direction = covariance[largest].clone();
    for (int power = 0; power < POWERS; power++) {
      double length = Math.sqrt(dot(direction, direction));
      if (!(length > 0)) {
        return new double[adapters];
      }
      double[] next = new double[adapters];
      for (int i = 0; i < adapters; i++) {
        direction[i] /= length;
      }
      for (int i = 0; i < adapters; i++) {
        next[i] = dot(covariance[i], direction);
      }
      direction = next;
    }
    double length = Math.sqrt(dot(direction, direction));
    for (int i = 0; i < adapters; i++) {
      direction[i] = length > 0 ? direction[i] / length : 0;
    }
    return direction;
  }

  private double spread(double[][] covariance, double[] direction) {
    double spread = 0;
    for (int i = 0; i < adapters; i++) {
      spread += direction[i] * dot(covariance[i], direction);
    }
    return spread;
  }

  private static double dot(double[] left, double[] right) {
    double sum = 0;
    for (int i = 0; i < left.length; i++) {
      sum += left[i] * right[i];
    }
    return sum;
  }
}
