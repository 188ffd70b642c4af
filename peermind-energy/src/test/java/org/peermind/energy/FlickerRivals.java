// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

/// Controllers that others use, on the same engine as ours, for comparison. Each sees the power
/// exported once a second, its own engine's draw in it, and says whether the engine should run.
final class FlickerRivals {
  private static final double FULL_WATTS = 250;

  private FlickerRivals() {}

  /// A controller that is asked once a second.
  @FunctionalInterface
  interface Rival {
    boolean on(double exportWatts, boolean running);
  }

  /// What a day came to. `brownJoules` is all energy drawn while the site imported.
  record Day(double servedJoules, double brownJoules, int loads) {}

  /// On above 350 W of export, off below 0 W: no average and no delay.
  static Rival naive() {
    return (export, running) -> running ? export >= 0 : export > FULL_WATTS + 100;
  }

  /// evcc's rules: an exponential moving average of the meter with decay 0.1; on when the average
  /// would cover the engine for 60 s, off when it has shown import for 180 s (thresholds 0 W).
  static Rival evcc() {
    return new Filtered(0.1, 60, 180, true);
  }

  /// OpenEMS's rules: a first-order filter (PT1, 10 s) and a single threshold with the switched
  /// load's power added back, at most one switch within 60 s.
  static Rival openEms() {
    return new Filtered(1 - Math.exp(-1.0 / 10), 60, 60, false);
  }

  private static final class Filtered implements Rival {
    private final double gain;
    private final int onDelay;
    private final int offDelay;
    private final boolean delays;
    private double average = Double.NaN;
    private int seconds;

    /// @param delays whether a condition must last (evcc); otherwise switching is only locked for
    ///   that long after a switch (OpenEMS)
    Filtered(double gain, int onDelay, int offDelay, boolean delays) {
      this.gain = gain;
      this.onDelay = onDelay;
      this.offDelay = offDelay;
      this.delays = delays;
    }

    @Override
    public boolean on(double exportWatts, boolean running) {
      double surplus = exportWatts;
      average = Double.isNaN(average) ? surplus : average + gain * (surplus - average);
      boolean wanted = running ? average >= 0 : average >= FULL_WATTS;
      seconds = delays && wanted == running ? 0 : seconds + 1;
      if (wanted != running && seconds >= (running ? offDelay : onDelay)) {
        seconds = 0;
        return wanted;
      }
      return running;
    }
  }

  /// Runs a day: loading takes 8 s at 80 W, running draws 250 W.
  ///
  /// @param surplus production minus the house in watts, for each second
  static Day run(Rival rival, double[] surplus) {
    double served = 0;
    double brown = 0;
    int loads = 0;
    int runningFor = 0;
    for (double watts : surplus) {
      double own = runningFor == 0 ? 0 : runningFor <= 8 ? 80 : FULL_WATTS;
      double imported = Math.max(0, own - watts);
      double dirty = Math.min(own, imported);
      brown += dirty;
      served += runningFor > 8 ? own : 0;
      boolean on = rival.on(watts - own, runningFor > 0);
      loads += on && runningFor == 0 ? 1 : 0;
      runningFor = on ? runningFor + 1 : 0;
    }
    return new Day(served, brown, loads);
  }
}
