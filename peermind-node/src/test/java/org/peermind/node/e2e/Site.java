// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalDouble;

/// Where an inferer of a test stands: its sun, and how fast it may answer.
///
/// @param recording the rows of its replayed day: energy seconds and watts of sun and load
/// @param loop whether the day begins again at its end
/// @param realStart when the recording begins
/// @param scale how much faster than real time its energy clock runs
/// @param tokensPerSecondMax slow enough for a fault to land in an answer
record Site(
    String recording,
    boolean loop,
    Instant realStart,
    double scale,
    OptionalDouble tokensPerSecondMax) {
  /// A day in ten minutes, as in the demo.
  static final double SCALE = 144;

  private static final String HEADER = "time,pv_w,load_w\n";

  /// Any moment: the recording says what the sun does.
  private static final String ENERGY_START = "2026-03-20T08:00:00Z";

  /// Sun for ever.
  static Site sunny(double tokensPerSecondMax) {
    return new Site(
        HEADER + "0,8000,300\n5,8000,300\n",
        true,
        InstantSource.system().instant(),
        SCALE,
        OptionalDouble.of(tokensPerSecondMax));
  }

  /// Sun for a while of real time from now on, then a long night.
  static Site setting(Duration sun, double tokensPerSecondMax) {
    StringBuilder rows = new StringBuilder(HEADER);
    long sunSeconds = (long) (sun.toMillis() / 1000.0 * SCALE);
    for (long second = 0; second < 20 * 3600; second += 5) {
      rows.append(second).append(',').append(second < sunSeconds ? 8000 : 0).append(",300\n");
    }
    return new Site(
        rows.toString(),
        false,
        InstantSource.system().instant(),
        SCALE,
        OptionalDouble.of(tokensPerSecondMax));
  }

  /// Never any sun.
  static Site dark() {
    return new Site(
        HEADER + "0,0,300\n5,0,300\n",
        true,
        InstantSource.system().instant(),
        SCALE,
        OptionalDouble.empty());
  }

  /// The sections `energy-clock` and `energy` of the configuration.
  String energySections() {
    return """
    energy-clock:
      scale: %s
      start: "%s"
      real-start: "%s"
    energy:
      adapter: replay
      load-timeout: 1h
      replay:
        file: day.csv
        start: "%s"
        loop: %s
    """
        .formatted(scale, ENERGY_START, realStart, ENERGY_START, loop);
  }
}
