// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.site;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.Balance;
import org.peermind.energy.ClearSky;
import org.peermind.energy.spi.DeviceReading;
import org.peermind.energy.spi.DeviceRole;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.Percent;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SourceKind;
import org.peermind.energy.spi.WattHours;
import org.peermind.protocol.Watts;

/// Puts the devices of a site together by their roles, on one time base (facts: normalisation
/// pipeline, steps 5 to 10). Pure; the order of the devices does not matter.
///
/// What one device of a role does not know is unknown for the site: two strings of panels of which
/// one is silent have no production. A device with a role of its own goes before one that knows the
/// whole site. Nothing is derived from what is not known.
public final class SiteMerge {
  /// How far apart the readings of a sample may be.
  static final Duration SPREAD_MAX = Duration.ofSeconds(15);

  private static final double DIFFERENCE_MIN_WATTS = 150;
  private static final double DIFFERENCE_SHARE = 0.10;

  private final List<SitePart> parts;
  private final Instant now;
  private final boolean isNight;
  private final List<DeviceReading> good = new ArrayList<>();
  private final List<DeviceReading> checking = new ArrayList<>();
  private final Map<SitePart, String> objections = new LinkedHashMap<>();
  private final Set<String> remarks = new LinkedHashSet<>();
  private boolean differs;
  private boolean unverified;

  private SiteMerge(List<SitePart> parts, @Nullable Place place, Instant now) {
    this.parts =
        parts.stream()
            .filter(part -> part.role() != DeviceRole.ENGINE)
            .sorted(Comparator.comparing(SitePart::label).thenComparing(SitePart::role))
            .toList();
    this.now = now;
    this.isNight = place != null && ClearSky.irradiance(place, now) <= 0;
  }

  /// Either a sample or why there is none.
  public sealed interface Merged {
    /// Why the readings of single devices do not count, one sentence each.
    Map<SitePart, String> objections();

    /// @param remarks what the site as a whole needs said, one sentence each
    record Sampled(EnergySample sample, List<String> remarks, Map<SitePart, String> objections)
        implements Merged {
      public Sampled {
        remarks = List.copyOf(remarks);
        objections = Map.copyOf(objections);
      }
    }

    /// @param sentences one or more
    record Nothing(String sentences, Map<SitePart, String> objections) implements Merged {
      public Nothing {
        objections = Map.copyOf(objections);
      }
    }
  }

  /// The site at this moment.
  ///
  /// @param place where the panels are, null when the owner did not say
  public static Merged merge(List<SitePart> parts, @Nullable Place place, Instant now) {
    return new SiteMerge(parts, place, now).merged();
  }

  private Merged merged() {
    Instant newest =
        parts.stream()
            .map(this::received)
            .filter(at -> at != null)
            .max(Instant::compareTo)
            .orElse(now);
    for (SitePart part : parts) {
      DeviceReading reading = usable(part, newest);
      if (reading != null) {
        (part.check() ? checking : good).add(reading);
        unverified |= part.unverified() && !part.check(); // a check can only lower what counts
      }
    }
    List<DeviceReading> speaking = good.stream().filter(r -> r.role() != DeviceRole.UPS).toList();
    if (speaking.isEmpty() || objections.keySet().stream().anyMatch(this::isNeeded)) {
      return new Merged.Nothing(
          objections.isEmpty()
              ? "No device of the site tells its power."
              : String.join(" ", objections.values()),
          objections);
    }
    EnergySample sample = sample(speaking);
    Balance.objection(sample).ifPresent(clause -> remarks.add(sentence(clause)));
    return new Merged.Sampled(sample, List.copyOf(remarks), objections);
  }

  private static String sentence(String clause) {
    return clause.substring(0, 1).toUpperCase(Locale.ROOT) + clause.substring(1) + ".";
  }

  private @Nullable Instant received(SitePart part) {
    return switch (part.newest()) {
      case SitePart.Newest.Read(DeviceReading reading) -> reading.receivedAt();
      case SitePart.Newest.Missing _ -> null;
    };
  }

  private @Nullable DeviceReading usable(SitePart part, Instant newest) {
    String objection = part.objection(now, parts.size() > 1);
    if (objection == null && part.newest() instanceof SitePart.Newest.Read(DeviceReading reading)) {
      if (Duration.between(reading.receivedAt(), newest).compareTo(SPREAD_MAX) > 0) {
        objection = "%s was heard long before the others.".formatted(part.label());
      } else if (tellsItsPower(part, reading)) {
        return reading;
      } else {
        objection = "%s does not tell its power.".formatted(part.label());
      }
    }
    objections.put(part, String.valueOf(objection));
    return null;
  }

  /// Whether there is no sample without this device. What nobody measures may be left open, but not
  /// what somebody should measure and does not: export alone may come from a battery.
  private boolean isNeeded(SitePart part) {
    return !part.check()
        && switch (part.role()) {
          case SITE, GRID, BATTERY -> true;
          case PV -> !isNight;
          case LOAD, UPS, ENGINE -> false;
        };
  }

  private boolean tellsItsPower(SitePart part, DeviceReading reading) {
    return part.check()
        || switch (part.role()) {
          case PV -> production(reading).isKnown();
          case GRID -> reading.grid().isKnown();
          case SITE, BATTERY, LOAD, UPS, ENGINE -> true;
        };
  }

  private EnergySample sample(List<DeviceReading> speaking) {
    boolean single = parts.size() == 1;
    Instant received =
        speaking.stream().map(DeviceReading::receivedAt).min(Instant::compareTo).orElse(now);
    Reading<Watts> production =
        checked(DeviceRole.PV, this::production, Math::min, sum(DeviceRole.PV, this::production));
    Reading<Watts> grid =
        checked(
            DeviceRole.GRID,
            DeviceReading::grid,
            Math::max,
            sum(DeviceRole.GRID, DeviceReading::grid));
    Reading<Watts> battery =
        checked(
            DeviceRole.BATTERY,
            DeviceReading::battery,
            Math::min,
            sum(DeviceRole.BATTERY, DeviceReading::battery));
    Reading<Watts> load =
        checked(
            DeviceRole.LOAD,
            DeviceReading::load,
            Math::max,
            sum(DeviceRole.LOAD, DeviceReading::load));
    EnergySample.Builder sample =
        EnergySample.builder(
                single ? parts.getFirst().label() : "the site", Origin.MEASURED, received)
            .sourceKind(sourceKind(speaking))
            .gridConnection(connection())
            .production(production)
            .solar(solar(speaking))
            .load(derivedLoad(load, production, grid, battery))
            .grid(grid)
            .battery(battery)
            .stateOfCharge(stateOfCharge())
            .capacity(capacity())
            .reserve(reserve())
            .nameplate(sum(DeviceRole.PV, DeviceReading::nameplate))
            .throttled(speaking.stream().anyMatch(DeviceReading::throttled))
            .unverified(unverified)
            .quality(quality(speaking));
    return single ? sample.deviceTime(speaking.getFirst().deviceTime()).build() : sample.build();
  }

  /// Production is zero, and not unknown, when a device says that it sleeps and the sun is down.
  private Reading<Watts> production(DeviceReading reading) {
    boolean sleeps = reading.quality() == Quality.OK_NO_PRODUCTION;
    if (sleeps && !reading.production().isKnown() && isNight) {
      remarks.add("A sleeping inverter counts as 0 W, because the sun is down.");
      return Reading.watts(0, reading.receivedAt());
    }
    return reading.production();
  }

  private boolean has(DeviceRole role) {
    return parts.stream().anyMatch(part -> part.role() == role && !part.check());
  }

  private boolean allHeard(DeviceRole role) {
    long wanted = parts.stream().filter(part -> part.role() == role && !part.check()).count();
    return good.stream().filter(reading -> reading.role() == role).count() == wanted;
  }

  /// The sum over all devices of `role`, or over those that know the whole site where none has the
  /// role; unknown as soon as one of them is.
  private Reading<Watts> sum(DeviceRole role, Function<DeviceReading, Reading<Watts>> quantity) {
    DeviceRole from = has(role) ? role : DeviceRole.SITE;
    if (!has(from)) {
      return Reading.unknown("no device of the site measures it");
    }
    if (!allHeard(from)) {
      if (from != DeviceRole.PV || !isNight) {
        return Reading.unknown("a device is silent");
      }
      remarks.add("Panels that are silent count as 0 W, because the sun is down.");
    }
    double sum = 0;
    Instant oldest = now;
    for (DeviceReading reading : good) {
      if (reading.role() == from) {
        switch (quantity.apply(reading)) {
          case Reading.Known<Watts>(Watts watts, Instant _, Quality _) -> sum += watts.value();
          case Reading.Unknown<Watts> unknown -> {
            return unknown;
          }
        }
        oldest = oldest.isBefore(reading.receivedAt()) ? oldest : reading.receivedAt();
      }
    }
    return Reading.watts(sum, oldest);
  }

  /// The worse of two sources, where a second device watches the first.
  private Reading<Watts> checked(
      DeviceRole role,
      Function<DeviceReading, Reading<Watts>> quantity,
      DoubleBinaryOperator worse,
      Reading<Watts> main) {
    if (!(main instanceof Reading.Known<Watts>(Watts watts, Instant at, Quality _))) {
      return main;
    }
    double value = watts.value();
    for (DeviceReading reading : checking) {
      boolean same = reading.role() == role || reading.role() == DeviceRole.SITE;
      if (same
          && quantity.apply(reading)
              instanceof Reading.Known<Watts>(Watts second, Instant _, Quality _)) {
        double gap = Math.abs(second.value() - watts.value());
        double largest = Math.max(Math.abs(second.value()), Math.abs(watts.value()));
        if (gap > Math.max(DIFFERENCE_MIN_WATTS, DIFFERENCE_SHARE * largest)) {
          differs = true;
          remarks.add(
              "Two sources differ by %.0f W in %s power; the worse one counts."
                  .formatted(gap, role.word()));
        }
        value = worse.applyAsDouble(value, second.value());
      }
    }
    return Reading.watts(value, at);
  }

  private Reading<Watts> derivedLoad(
      Reading<Watts> load, Reading<Watts> production, Reading<Watts> grid, Reading<Watts> battery) {
    if (!load.isKnown()
        && production instanceof Reading.Known<Watts>(Watts pv, Instant at, Quality _)
        && grid instanceof Reading.Known<Watts>(Watts bought, Instant _, Quality _)
        && battery instanceof Reading.Known<Watts>(Watts charged, Instant _, Quality _)) {
      remarks.add("The load is derived from production, grid and battery.");
      return Reading.watts(pv.value() + bought.value() - charged.value(), at);
    }
    return load;
  }

  private List<DeviceReading> batteries() {
    DeviceRole from = has(DeviceRole.BATTERY) ? DeviceRole.BATTERY : DeviceRole.SITE;
    return allHeard(from)
        ? good.stream().filter(reading -> reading.role() == from).toList()
        : List.of();
  }

  /// Weighted by what each battery holds; the emptiest one where that is not known.
  private Reading<Percent> stateOfCharge() {
    double least = Double.POSITIVE_INFINITY;
    double charge = 0;
    double capacity = 0;
    List<DeviceReading> batteries = batteries();
    for (DeviceReading battery : batteries) {
      if (!(battery.stateOfCharge() instanceof Reading.Known<Percent> known)) {
        return battery.stateOfCharge();
      }
      double percent = known.value().value();
      least = Math.min(least, percent);
      double holds = battery.capacity().known().map(WattHours::value).orElse(Double.NaN);
      capacity += holds;
      charge += holds * percent;
    }
    if (batteries.isEmpty()) {
      return Reading.unknown("no battery is heard");
    }
    double percent = capacity > 0 ? charge / capacity : least; // false for NaN
    return Reading.percent(percent, batteries.getFirst().receivedAt());
  }

  private Reading<WattHours> capacity() {
    double sum = 0;
    List<DeviceReading> batteries = batteries();
    for (DeviceReading battery : batteries) {
      sum += battery.capacity().known().map(WattHours::value).orElse(Double.NaN);
    }
    return batteries.isEmpty() || Double.isNaN(sum)
        ? Reading.unknown("a battery does not tell what it holds")
        : new Reading.Known<>(new WattHours(sum), batteries.getFirst().receivedAt(), Quality.OK);
  }

  private Reading<Percent> reserve() {
    return batteries().stream()
        .map(DeviceReading::reserve)
        .filter(Reading::isKnown)
        .max(Comparator.comparing(reading -> reading.known().orElseThrow()))
        .orElseGet(() -> Reading.unknown("no battery keeps a reserve"));
  }

  /// What the panels of a site with other sources give, for the bound by the sun; unknown where
  /// there is nothing else, or not every device tells what it produces.
  private Reading<Watts> solar(List<DeviceReading> speaking) {
    DeviceRole from = has(DeviceRole.PV) ? DeviceRole.PV : DeviceRole.SITE;
    if (sourceKind(speaking) == SourceKind.PV || !allHeard(from)) {
      return Reading.unknown("not told apart");
    }
    double sum = 0;
    Instant at = null;
    for (DeviceReading reading : good) {
      if (reading.role() == from && reading.sourceKind() == SourceKind.PV) {
        if (!(production(reading) instanceof Reading.Known<Watts>(Watts watts, Instant _, var _))) {
          return Reading.unknown("not told apart");
        }
        sum += watts.value();
        at = at == null || reading.receivedAt().isBefore(at) ? reading.receivedAt() : at;
      }
    }
    return at == null ? Reading.unknown("no panels are heard") : Reading.watts(sum, at);
  }

  /// A generator or the grid behind any source means that nothing is renewable. Panels beside wind
  /// or water do not make it a solar site: the sun does not bound the whole.
  private static SourceKind sourceKind(List<DeviceReading> speaking) {
    SourceKind kind = null;
    for (DeviceReading reading : speaking) {
      if (!reading.sourceKind().canBeRenewable()) {
        return reading.sourceKind();
      }
      boolean produces = reading.role() == DeviceRole.PV || reading.role() == DeviceRole.SITE;
      if (produces && (kind == null || rank(reading.sourceKind()) < rank(kind))) {
        kind = reading.sourceKind();
      }
    }
    return kind == null ? SourceKind.PV : kind;
  }

  /// The lowest names a site of several sources.
  private static int rank(SourceKind kind) {
    return switch (kind) {
      case WIND -> 0;
      case HYDRO -> 1;
      case PV -> 2;
      case BATTERY -> 3;
      case GRID, GENERATOR -> 4;
    };
  }

  private GridConnection connection() {
    GridConnection connection = GridConnection.UNKNOWN;
    for (DeviceReading reading : good) {
      if (reading.gridConnection() == GridConnection.ISLANDED) {
        return GridConnection.ISLANDED;
      }
      if (reading.gridConnection() == GridConnection.CONNECTED) {
        connection = GridConnection.CONNECTED;
      }
    }
    return connection;
  }

  private Quality quality(List<DeviceReading> speaking) {
    if (differs || speaking.size() < parts.stream().filter(SiteMerge::counts).count()) {
      return Quality.DEGRADED;
    }
    return speaking.stream()
        .map(DeviceReading::quality)
        .max(Comparator.naturalOrder())
        .orElse(Quality.OK);
  }

  private static boolean counts(SitePart part) {
    return part.role() != DeviceRole.UPS && !part.check();
  }
}
