// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.SiteHistory.Slot;
import org.peermind.energy.spi.Place;
import org.peermind.protocol.Watts;

/// What a site will have to spare, by what it had: similar moments of the last 14 days tell what
/// followed. A pure function of the history and the moment.
///
/// What the source may produce at a time of day is learnt as the high end of production for the
/// irradiance of a clear sky, so tilt, shade and nameplate need not be known; the *index* is
/// production divided by that. A moment is similar when its time of day, the index of its last hour
/// and that of its last day are. What followed it is shifted towards the present by the difference
/// of the indices, less the further ahead (persistence blended with climatology), and the weighted
/// quantiles of the outcomes are the forecast, so errors of the past are in them.
public final class Forecast {
  private static final int HOUR = 4;
  private static final int HOURS_MAX = 36;
  private static final double DARK_IRRADIANCE = 20;
  private static final int CAPABILITY_REACH = 2;
  private static final double CAPABILITY_LEVEL = 0.9;
  private static final int TIME_REACH = 6;
  private static final double HOUR_BANDWIDTH = 0.15;
  private static final double DAY_BANDWIDTH = 0.3;
  private static final double WEIGHT_MIN = 0.02;
  private static final double PERSISTENCE_HOURS = 3;
  private static final double INDEX_MAX = 1.2;
  private static final int OUTCOMES_MIN = 12;

  private final @Nullable Place place;
  private final LongToDoubleFunction sky;
  private final Map<Long, Slot> slots = new HashMap<>();
  private final Map<Long, Double> clear = new HashMap<>();
  private final List<Double> capability;

  /// An hour ahead.
  ///
  /// @param begins when it begins
  /// @param productionP10 watts that production exceeds in nine of ten such hours
  /// @param productionP50 watts that it exceeds in one of two
  /// @param spareP10 the same of production less what the site uses without our engine; negative
  ///   when the site needs more than it makes; empty when its use is unknown
  public record Hour(
      Instant begins,
      Watts productionP10,
      Watts productionP50,
      Optional<Watts> spareP10,
      Optional<Watts> spareP50) {}

  /// @param place where the sun is reckoned; null for other sources, which are taken to follow the
  ///   time of day only
  public Forecast(SiteHistory history, @Nullable Place place) {
    this(history, place, number -> SiteHistory.clearSky(place, number));
  }

  /// @param sky the irradiance of a clear sky by the number of the quarter hour
  Forecast(SiteHistory history, @Nullable Place place, LongToDoubleFunction sky) {
    this.place = place;
    this.sky = sky;
    for (Slot slot : history.slots()) {
      slots.put(slot.number(), slot);
      clear.put(slot.number(), sky.applyAsDouble(slot.number()));
    }
    this.capability = capability(history.slots());
  }

  /// The mean of an hour.
  ///
  /// @param ahead 1 for the hour that begins now, 24 for the same hour tomorrow less one, at most
  ///   36
  /// @return empty while the history is too short, about three days
  public Optional<Hour> hour(Instant now, int ahead) {
    if (ahead < 1 || ahead > HOURS_MAX) {
      throw new IllegalArgumentException("A forecast reaches 1 to 36 hours, not " + ahead);
    }
    long present = Math.floorDiv(now.getEpochSecond(), SiteHistory.SLOT_SECONDS);
    long target = present + (long) (ahead - 1) * HOUR;
    double capable = 0;
    for (int i = 0; i < HOUR; i++) {
      capable += capable(target + i) / HOUR;
    }
    double hourIndex = index(present - HOUR, present);
    double dayIndex = index(present - SiteHistory.SLOTS_PER_DAY, present);
    double baseNow = base(present - HOUR);
    double persistence = Math.exp(-(ahead - 1) / PERSISTENCE_HOURS);
    WeightedQuantile production = new WeightedQuantile();
    WeightedQuantile spare = new WeightedQuantile();
    for (Slot slot : slots.values()) {
      long then = slot.number();
      long outcomeAt = then + (long) (ahead - 1) * HOUR;
      if (outcomeAt + HOUR > present || distance(then, present) > TIME_REACH) {
        continue;
      }
      // An inverter that sleeps at night tells nothing, and in the dark it makes nothing.
      double watts = capable > 0 ? production(outcomeAt) : 0;
      double outcome = capable > 0 ? index(outcomeAt, outcomeAt + HOUR) : 0;
      if (Double.isNaN(watts) || Double.isNaN(outcome)) {
        continue;
      }
      double thenHour = index(then - HOUR, then);
      double shift = Double.isNaN(hourIndex - thenHour) ? 0 : hourIndex - thenHour;
      double weight =
          WEIGHT_MIN
              + similarity(shift, HOUR_BANDWIDTH)
                  * similarity(
                      dayIndex - index(then - SiteHistory.SLOTS_PER_DAY, then), DAY_BANDWIDTH);
      double expected = capable * Math.clamp(outcome + persistence * shift, 0, INDEX_MAX);
      production.add(expected, weight);
      double baseShift = baseNow - base(then - HOUR);
      double baseThen = base(outcomeAt) + (Double.isNaN(baseShift) ? 0 : persistence * baseShift);
      if (!Double.isNaN(baseThen)) {
        spare.add(expected - Math.max(0, baseThen), weight);
      }
    }
    if (production.size() < OUTCOMES_MIN) {
      return Optional.empty();
    }
    boolean isSpareKnown = spare.size() >= OUTCOMES_MIN;
    return Optional.of(
        new Hour(
            now.plus(Duration.ofHours(ahead - 1L)),
            new Watts(production.at(0.1)),
            new Watts(production.at(0.5)),
            isSpareKnown ? Optional.of(new Watts(spare.at(0.1))) : Optional.empty(),
            isSpareKnown ? Optional.of(new Watts(spare.at(0.5))) : Optional.empty()));
  }

  /// The next 24 hours; empty while the history is too short.
  public List<Hour> day(Instant now) {
    List<Hour> hours = new ArrayList<>();
    for (int ahead = 1; ahead <= 24; ahead++) {
      Optional<Hour> hour = hour(now, ahead);
      if (hour.isEmpty()) {
        return List.of();
      }
      hours.add(hour.get());
    }
    return hours;
  }

  /// What the source gives under a clear sky, for comparison.
  Watts clearHour(Instant now, int ahead) {
    long first =
        Math.floorDiv(now.getEpochSecond(), SiteHistory.SLOT_SECONDS) + (long) (ahead - 1) * HOUR;
    double watts = 0;
    for (int i = 0; i < HOUR; i++) {
      watts += capable(first + i) / HOUR;
    }
    return new Watts(watts);
  }

  /// High production for the irradiance of a clear sky, for each quarter hour of the day.
  private List<Double> capability(List<Slot> history) {
    List<WeightedQuantile> byTime = new ArrayList<>();
    for (int i = 0; i < SiteHistory.SLOTS_PER_DAY; i++) {
      byTime.add(new WeightedQuantile());
    }
    WeightedQuantile all = new WeightedQuantile();
    for (Slot slot : history) {
      double irradiance = clear.getOrDefault(slot.number(), 0.0);
      if (place != null && irradiance < DARK_IRRADIANCE) {
        continue;
      }
      double gain = Math.max(0, slot.productionWatts()) / irradiance;
      all.add(gain, 1);
      for (int off = -CAPABILITY_REACH; off <= CAPABILITY_REACH; off++) {
        byTime.get(Math.floorMod(slot.number() + off, SiteHistory.SLOTS_PER_DAY)).add(gain, 1);
      }
    }
    double otherwise = all.size() == 0 ? 0 : all.at(CAPABILITY_LEVEL);
    return byTime.stream()
        .map(gains -> gains.size() < OUTCOMES_MIN ? otherwise : gains.at(CAPABILITY_LEVEL))
        .toList();
  }

  private double capable(long number) {
    Double known = clear.get(number);
    double irradiance = known != null ? known : sky.applyAsDouble(number);
    if (place != null && irradiance < DARK_IRRADIANCE) {
      return 0;
    }
    return irradiance * capability.get(Math.floorMod(number, SiteHistory.SLOTS_PER_DAY));
  }

  /// Production as a share of what was possible; NaN in the dark or without slots.
  private double index(long from, long to) {
    double watts = 0;
    double possible = 0;
    for (long number = from; number < to; number++) {
      Slot slot = slots.get(number);
      if (slot != null) {
        double capable = capable(number);
        watts += capable > 0 ? slot.productionWatts() : 0;
        possible += capable;
      }
    }
    return possible > 0 ? Math.clamp(watts / possible, 0, INDEX_MAX) : Double.NaN;
  }

  private double production(long from) {
    double sum = 0;
    for (int i = 0; i < HOUR; i++) {
      Slot slot = slots.get(from + i);
      if (slot == null) {
        return Double.NaN;
      }
      sum += slot.productionWatts();
    }
    return sum / HOUR;
  }

  private double base(long from) {
    double sum = 0;
    for (int i = 0; i < HOUR; i++) {
      Slot slot = slots.get(from + i);
      sum += slot == null ? Double.NaN : slot.baseWatts();
    }
    return sum / HOUR;
  }

  private static long distance(long one, long other) {
    long apart = Math.floorMod(one - other, SiteHistory.SLOTS_PER_DAY);
    return Math.min(apart, SiteHistory.SLOTS_PER_DAY - apart);
  }

  private static double similarity(double difference, double bandwidth) {
    return Double.isNaN(difference)
        ? 1
        : Math.exp(-difference * difference / (2 * bandwidth * bandwidth));
  }
}
