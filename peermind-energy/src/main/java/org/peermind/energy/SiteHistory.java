// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.Place;

/// What a site produced and used in the last 14 days, in quarter hours. Immutable; a text form
/// survives restarts.
public final class SiteHistory {
  static final int SLOT_SECONDS = 900;
  static final int SLOTS_PER_DAY = 96;
  static final int SLOTS_MAX = 14 * SLOTS_PER_DAY;

  /// Fewer samples do not stand for a quarter of an hour.
  private static final int SAMPLES_MIN = 5;

  private static final String HEADING = "peermind-site-history 1";
  private static final int LINE_MAX = 64;

  private final List<Slot> slots;
  private final @Nullable Open open;

  /// The means of a quarter of an hour.
  ///
  /// @param number quarter hours since 1970
  /// @param productionWatts of the source
  /// @param baseWatts of the site without our engine, NaN when unknown
  public record Slot(long number, double productionWatts, double baseWatts) {
    Instant middle() {
      return Instant.ofEpochSecond(number * SLOT_SECONDS + SLOT_SECONDS / 2);
    }
  }

  /// The quarter of an hour that is not over.
  private record Open(
      long number, int samples, double productionSum, int baseSamples, double baseSum) {
    Open plus(double production, double base) {
      boolean isBaseKnown = !Double.isNaN(base);
      return new Open(
          number,
          samples + 1,
          productionSum + production,
          baseSamples + (isBaseKnown ? 1 : 0),
          baseSum + (isBaseKnown ? base : 0));
    }

    Slot close() {
      return new Slot(
          number,
          productionSum / samples,
          baseSamples < SAMPLES_MIN ? Double.NaN : baseSum / baseSamples);
    }
  }

  private SiteHistory(List<Slot> slots, @Nullable Open open) {
    this.slots = slots;
    this.open = open;
  }

  public static SiteHistory empty() {
    return new SiteHistory(List.of(), null);
  }

  /// A history of these quarter hours, of which the last 14 days are kept.
  ///
  /// @throws IllegalArgumentException when a number comes twice or out of order, or a production is
  ///   no number
  public static SiteHistory of(List<Slot> slots) {
    for (int i = 0; i < slots.size(); i++) {
      if (!Double.isFinite(slots.get(i).productionWatts())
          || (i > 0 && slots.get(i).number() <= slots.get(i - 1).number())) {
        throw new IllegalArgumentException("Quarter hours must be in order, and numbers.");
      }
    }
    return new SiteHistory(bounded(slots), null);
  }

  private static List<Slot> bounded(List<Slot> slots) {
    if (slots.isEmpty()) {
      return List.of();
    }
    long first = slots.getLast().number() - SLOTS_MAX;
    return slots.stream().filter(slot -> slot.number() > first).toList();
  }

  /// The finished quarter hours, oldest first; some may be missing.
  public List<Slot> slots() {
    return slots;
  }

  /// With one more sample. A clock that was set back begins the open quarter again and forgets the
  /// quarters after it.
  ///
  /// @param baseWatts of the site without our engine, NaN when unknown
  public SiteHistory with(Instant now, double productionWatts, double baseWatts) {
    if (!Double.isFinite(productionWatts)) {
      return this;
    }
    long number = Math.floorDiv(now.getEpochSecond(), SLOT_SECONDS);
    if (open != null && open.number() == number) {
      return new SiteHistory(slots, open.plus(productionWatts, baseWatts));
    }
    List<Slot> closed = slots;
    if (open != null && open.samples() >= SAMPLES_MIN) {
      List<Slot> more = new ArrayList<>(slots);
      more.add(open.close());
      closed = bounded(more);
    }
    closed = closed.stream().filter(slot -> slot.number() < number).toList();
    return new SiteHistory(closed, new Open(number, 0, 0, 0, 0).plus(productionWatts, baseWatts));
  }

  /// Whether there is at least so much of it.
  public boolean covers(Duration time) {
    return slots.size() >= time.toSeconds() / SLOT_SECONDS;
  }

  /// The text form: one line for each finished quarter hour.
  public String text() {
    StringBuilder text = new StringBuilder(HEADING).append('\n');
    for (Slot slot : slots) {
      text.append(slot.number())
          .append(' ')
          .append(String.format(Locale.ROOT, "%.1f", slot.productionWatts()))
          .append(' ')
          .append(
              Double.isNaN(slot.baseWatts())
                  ? "-"
                  : String.format(Locale.ROOT, "%.1f", slot.baseWatts()))
          .append('\n');
    }
    return text.toString();
  }

  /// Reads the text form; empty when it is not one.
  ///
  /// @param now quarter hours that are not over by then are left out
  public static Optional<SiteHistory> parse(String text, Instant now) {
    List<String> lines = text.lines().limit(SLOTS_MAX + 2L).toList();
    if (lines.isEmpty() || !lines.getFirst().equals(HEADING) || lines.size() > SLOTS_MAX + 1) {
      return Optional.empty();
    }
    TreeMap<Long, Slot> slots = new TreeMap<>();
    for (String line : lines.subList(1, lines.size())) {
      if (line.length() > LINE_MAX
          || !line.matches("\\d{1,12} -?\\d{1,9}\\.\\d (-|-?\\d{1,9}\\.\\d)")) {
        return Optional.empty();
      }
      List<String> cells = List.of(line.split(" "));
      long number = Long.parseLong(cells.getFirst());
      double base = cells.get(2).equals("-") ? Double.NaN : Double.parseDouble(cells.get(2));
      slots.put(number, new Slot(number, Double.parseDouble(cells.get(1)), base));
    }
    long current = Math.floorDiv(now.getEpochSecond(), SLOT_SECONDS);
    return Optional.of(
        new SiteHistory(bounded(List.copyOf(slots.headMap(current).values())), null));
  }

  /// Irradiance under a clear sky in the middle of a quarter hour; 1 where the source is not the
  /// sun or the place is unknown.
  static double clearSky(@Nullable Place place, long number) {
    return place == null
        ? 1
        : ClearSky.irradiance(
            place, Instant.ofEpochSecond(number * SLOT_SECONDS + SLOT_SECONDS / 2));
  }
}
