// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.manual;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.Declaration;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.AdapterFactory;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.Quality;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;
import org.peermind.energy.spi.SourceKind;

/// Power by its owner's word, for who has no meter yet: a hand-set value or a schedule, each for at
/// most 12 hours at a time. Every sample says so ([Origin#DECLARED]).
///
/// The declared watts are taken as all that the engine may draw: what it draws above them comes
/// from the grid, and counts as such.
public final class ManualAdapter implements EnergyAdapter {
  static final String NAME = "manual";

  /// How often it is kept on the disk how much of a declaration is used up.
  private static final Duration KEPT_EVERY = Duration.ofMinutes(1);

  private final Duration pollInterval;
  private final DeclaredPower power;
  private final DeclarationFiles files;
  private final OwnDraw ownDraw;
  private final InstantSource time;
  private @Nullable Term term;
  private @Nullable Term kept;

  private ManualAdapter(DeclaredPower power, AdapterContext context, InstantSource time) {
    this.pollInterval = context.pollInterval();
    this.power = power;
    this.files = new DeclarationFiles(context.baseDirectory());
    this.ownDraw = context.ownDraw();
    this.time = time;
  }

  /// Reads the section `energy.manual`.
  ///
  /// @param time the owner's clock, by which declarations end, also where energy time runs faster
  public record Factory(InstantSource time) implements AdapterFactory {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public EnergyAdapter create(SettingsReader settings, AdapterContext context) {
      Schedule schedule = Schedule.read(settings);
      SourceKind source = SourceKind.PV;
      try {
        source = Declaration.source(settings.text("source", "pv"));
      } catch (SettingsException wrong) {
        settings.problem("source", "is wrong: " + wrong.getMessage());
      }
      settings.finish();
      return new ManualAdapter(new DeclaredPower(schedule, source, context.place()), context, time);
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Duration pollInterval() {
    return pollInterval;
  }

  @Override
  public EnergySample read(Instant now) throws EnergyAdapterException {
    Instant clock = time.instant();
    return switch (power.at(termAt(clock), clock)) {
      case DeclaredPower.Outcome.Power(long watts, SourceKind source) -> sample(watts, source, now);
      case DeclaredPower.Outcome.Nothing(String sentence) ->
          throw new EnergyAdapterException(sentence);
    };
  }

  private EnergySample sample(long watts, SourceKind source, Instant now) {
    double own = ownDraw.at(now).value();
    return EnergySample.builder("the owner's declaration", Origin.DECLARED, now)
        .quality(Quality.DECLARED)
        .sourceKind(source)
        .gridConnection(GridConnection.CONNECTED)
        .productionWatts((double) watts)
        .loadWatts(own)
        .gridWatts(own - watts)
        .build();
  }

  /// The term of the declaration that is in force, kept on the disk as it is used up. Without a
  /// place to keep it there is none: after a restart nobody would know how long it still holds.
  private @Nullable Term termAt(Instant clock) throws EnergyAdapterException {
    Declaration declared = files.declaration().orElse(null);
    if (declared == null) {
      term = null;
      return null;
    }
    Term before =
        term == null || !term.declaration().equals(declared) ? files.term(declared) : term;
    Term now = before.at(clock);
    boolean setBack = now.until().isBefore(before.until());
    boolean due =
        kept == null
            || !kept.declaration().equals(declared)
            || !clock.isBefore(kept.seen().plus(KEPT_EVERY))
            || now.isOver() != kept.isOver();
    if (setBack || due) {
      files.keep(now);
      kept = now;
    }
    term = now;
    return now;
  }

  @Override
  public void close() {
    // Nothing is held.
  }
}
