// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.time.Duration;
import java.time.Instant;
import org.peermind.energy.spi.Machine;
import org.peermind.energy.spi.PowerMethod;
import org.peermind.energy.spi.Reading;
import org.peermind.protocol.Watts;

/// The meter in the machine's wall plug. An old or doubtful reading does not count.
final class WallProbe implements PowerProbe {
  private static final Duration AGE_MAX = Duration.ofSeconds(30);

  private final Machine.Wall wall;

  WallProbe(Machine.Wall wall) {
    this.wall = wall;
  }

  @Override
  public PowerMethod method() {
    return PowerMethod.WALL;
  }

  @Override
  public Answer ask(Instant now) {
    return switch (wall.read(now)) {
      case Reading.Unknown<Watts>(String why) -> new Answer.Silent(why);
      case Reading.Known<Watts> known -> {
        Duration age = Duration.between(known.at(), now);
        double watts = known.value().value();
        if (!known.quality().usable() || age.compareTo(AGE_MAX) > 0) {
          yield new Answer.Silent("the wall plug's reading is old or doubtful");
        }
        yield watts >= 0
            ? new Answer.Power(watts)
            : new Answer.Silent("the wall plug says a negative power");
      }
    };
  }
}
