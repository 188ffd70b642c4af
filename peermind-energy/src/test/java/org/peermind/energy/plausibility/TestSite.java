// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.peermind.energy.ClearSky;
import org.peermind.energy.spi.Place;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.MeasuredPower;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.Watts;

/// A site under a seeded sky, and the reports that it would send, honest until a test changes them.
final class TestSite {
  static final double RATED_WATTS = 5_000;
  static final double LOAD_WATTS = 400;

  final NodeId node;
  final Place place;
  final PlaceCell cell;
  private final long seed;
  private final double cloudiness;

  // What a test may change before it asks for a report.
  OptionalDouble production = OptionalDouble.empty();
  OptionalDouble load = OptionalDouble.empty();
  OptionalDouble grid = OptionalDouble.empty();
  OptionalDouble battery = OptionalDouble.empty();
  OptionalDouble percent = OptionalDouble.empty();
  OptionalDouble headroom = OptionalDouble.empty();
  String source = "pv";
  boolean simulated;
  boolean declared;
  boolean unverified;
  boolean throttled;
  Optional<Instant> deviceTime = Optional.empty();
  boolean measured = true;
  boolean rated = true;

  TestSite(long seed, double latitude, double longitude, double cloudiness) {
    this.node = node(seed);
    this.place = new Place(latitude, longitude, ZoneOffset.UTC);
    this.cell = PlaceCell.of(latitude, longitude);
    this.seed = seed;
    this.cloudiness = cloudiness;
  }

  private static NodeId node(long seed) {
    byte[] bytes = new byte[32];
    new Random(seed).nextBytes(bytes);
    try {
      return NodeId.ofBytes(bytes);
    } catch (ProtocolException malformed) {
      throw new AssertionError(malformed);
    }
  }

  /// Watts that the panels give: the sky's irradiance through this site's own clouds.
  double watts(Instant at) {
    return 0.85 * RATED_WATTS * ClearSky.irradiance(place, at) / 1_000 * clearness(at);
  }

  double clearness(Instant at) {
    long second = at.getEpochSecond();
    double field =
        0.5 * smooth(seed, second, 900)
            + 0.3 * smooth(seed + 1, second, 240)
            + 0.2 * smooth(seed + 2, second, 60);
    double rank = Math.clamp((field - 0.5) * 1.8 + 0.5, 0, 1);
    double edge = Math.clamp((rank - cloudiness) * 3 + 0.5, 0, 1);
    return 0.2 + 0.8 * edge;
  }

  private static double smooth(long seed, long second, int period) {
    double inside = Math.floorMod(second, (long) period) / (double) period;
    double eased = inside * inside * (3 - 2 * inside);
    long cell = Math.floorDiv(second, (long) period);
    double left = uniform(seed, cell);
    return left + (uniform(seed, cell + 1) - left) * eased;
  }

  /// Uniform in 0 to 1, a function of its arguments alone (the finaliser of SplitMix64).
  static double uniform(long seed, long cell) {
    long bits = seed * 0x9E3779B97F4A7C15L + cell * 0xD1B54A32D192ED03L;
    bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
    bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
    return ((bits ^ (bits >>> 31)) >>> 11) * 0x1.0p-53;
  }

  HeadroomReport report(Instant at) {
    double pv = production.orElseGet(() -> watts(at));
    double house = load.orElse(LOAD_WATTS);
    double charge = battery.orElse(0);
    double exchange = grid.orElse(house + charge - pv);
    double claim = headroom.orElse(pv - house);
    MeasuredPower powers =
        new MeasuredPower(
                Optional.of(new Watts(pv)),
                Optional.of(new Watts(house)),
                Optional.of(new Watts(exchange)),
                battery.isPresent() ? Optional.of(new Watts(charge)) : Optional.empty(),
                rated ? Optional.of(new Watts(RATED_WATTS)) : Optional.empty(),
                battery.isPresent() ? OptionalDouble.of(10_000) : OptionalDouble.empty(),
                throttled,
                deviceTime)
            .rounded();
    return new HeadroomReport(
        1,
        "",
        at,
        claim > 0 ? Activation.FULL : Activation.OFF,
        Optional.of(new Watts(claim)),
        Optional.of(new Watts(claim)),
        Optional.of(Watts.ZERO),
        1,
        "ok",
        percent,
        source,
        "test",
        simulated,
        declared,
        unverified,
        1,
        1,
        List.of(),
        "The sun shines.",
        Optional.empty(),
        Optional.empty(),
        node,
        measured ? Optional.of(powers) : Optional.empty());
  }

  Verdict tell(Plausibility judge, Instant at) {
    return judge.judge(node, cell, report(at), Evidence.NONE, at);
  }

  /// Reports every 30 s.
  Verdict tell(Plausibility judge, Instant from, Instant until) {
    Verdict last = tell(judge, from);
    for (Instant at = from.plusSeconds(30); at.isBefore(until); at = at.plusSeconds(30)) {
      last = tell(judge, at);
    }
    return last;
  }
}
