// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.peermind.energy.Forecast;

/// How long training would take with the power that is foreseen, so that deadlines know the
/// weather.
@FunctionalInterface
public interface TrainingForecast {
  /// From now until `training` of it is done.
  Duration needed(Duration training);

  /// The sum of hours with surplus until there are enough of them; `training` itself when nothing
  /// is foreseen, and to the end of what is foreseen when that is not enough.
  ///
  /// @param hours that are foreseen, in order
  /// @param watts that training asks for
  static Duration needed(List<Forecast.Hour> hours, double watts, Instant now, Duration training) {
    Duration left = training;
    Instant end = now;
    for (Forecast.Hour hour : hours) {
      Instant from = hour.begins().isBefore(now) ? now : hour.begins();
      Duration span = Duration.between(from, hour.begins().plus(Duration.ofHours(1)));
      if (!span.isPositive()) {
        continue;
      }
      end = from.plus(span);
      if (hour.spareP50().orElse(hour.productionP50()).value() < watts) {
        continue;
      }
      if (left.compareTo(span) <= 0) {
        return Duration.between(now, from.plus(left));
      }
      left = left.minus(span);
    }
    Duration foreseen = Duration.between(now, end);
    return foreseen.compareTo(training) > 0 ? foreseen : training;
  }
}
