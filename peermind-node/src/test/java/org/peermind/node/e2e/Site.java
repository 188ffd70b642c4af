// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import java.time.Duration;
import java.util.OptionalDouble;

/// Where an inferer of a test stands: its sun, and how fast it may answer.
///
/// @param recording the rows of its replayed day: energy seconds and watts of sun
/// @param scale how much faster than real time its energy clock runs
/// @param tokensPerSecondMax slow enough for a fault to land in an answer
/// @param rules further lines of the section `energy`, indented as there
record Site(String recording, double scale, OptionalDouble tokensPerSecondMax, String rules) {
  /// A day in ten minutes, as in the demo.
  static final double SCALE = 144;

  /// Sun for ever.
  static Site sunny(double tokensPerSecondMax) {
    return new Site(
        "time,pv_w,load_w\n0,8000,300\n5,8000,300\n",
        SCALE,
        OptionalDouble.of(tokensPerSecondMax),
        "");
  }

  /// Sun for a while of real time after the start, then a long night.
  static Site setting(Duration sun, double tokensPerSecondMax) {
    StringBuilder rows = new StringBuilder("time,pv_w,load_w\n");
    long sunSeconds = (long) (sun.toMillis() / 1000.0 * SCALE);
    for (long second = 0; second < 20 * 3600; second += 5) {
      rows.append(second).append(',').append(second < sunSeconds ? 8000 : 0).append(",300\n");
    }
    return new Site(rows.toString(), SCALE, OptionalDouble.of(tokensPerSecondMax), "");
  }

  /// Never any sun.
  static Site dark() {
    return new Site("time,pv_w,load_w\n0,0,300\n5,0,300\n", SCALE, OptionalDouble.empty(), "");
  }

  /// The sections `energy-clock` and `energy` of the configuration.
  String energySections() {
    return """
    energy-clock:
      scale: %s
    energy:
      adapter: replay
      load-timeout: 1h
    %s  replay:
        file: day.csv
        loop: true
    """
        .formatted(scale, rules);
  }
}
