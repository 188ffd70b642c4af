// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.Recording.Column;
import org.peermind.energy.spi.AdapterContext;
import org.peermind.energy.spi.AdapterFactory;
import org.peermind.energy.spi.EnergyAdapter;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.GridConnection;
import org.peermind.energy.spi.Origin;
import org.peermind.energy.spi.OwnDraw;
import org.peermind.energy.spi.Percent;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;
import org.peermind.protocol.Watts;

/// Plays a [Recording] against the clock it is given and adds our own draw to load and grid.
///
/// A row counts as fresh for `hold` (10 s unless told); after that it keeps its own time, so that a
/// gap in the recording is seen as a silent device.
public final class ReplayAdapter implements EnergyAdapter {
  static final String NAME = "replay";

  private final Duration pollInterval;
  private final String file;
  private final Recording recording;
  private final boolean loop;
  private final Duration hold;
  private final OwnDraw ownDraw;
  private @Nullable Instant start;

  private ReplayAdapter(
      Duration pollInterval,
      String file,
      Recording recording,
      boolean loop,
      Duration hold,
      OwnDraw ownDraw,
      @Nullable Instant start) {
    this.pollInterval = pollInterval;
    this.file = file;
    this.recording = recording;
    this.loop = loop;
    this.hold = hold;
    this.ownDraw = ownDraw;
    this.start = start;
  }

  /// Reads the section `energy.replay`: `file`, `loop`, `start`, `hold`.
  public static final class Factory implements AdapterFactory {
    @Override
    public String name() {
      return NAME;
    }

    @Override
    public EnergyAdapter create(SettingsReader settings, AdapterContext context) {
      Optional<String> file = settings.text("file");
      boolean loop = settings.flag("loop", false);
      Optional<Instant> start = settings.instant("start");
      Duration hold = settings.duration("hold", Duration.ofSeconds(10));
      if (file.isEmpty()) {
        settings.problem("file", "must name the recording to play, a CSV file");
      }
      settings.finish();
      Recording recording = load(file.orElseThrow(), context.baseDirectory());
      Instant origin =
          start.orElse(
              recording.hasInstants() ? Instant.ofEpochMilli(recording.firstMillis()) : null);
      return new ReplayAdapter(
          context.pollInterval(),
          file.orElseThrow(),
          recording,
          loop,
          hold,
          context.ownDraw(),
          origin);
    }

    private static Recording load(String file, Path baseDirectory) {
      try {
        Path path = baseDirectory.resolve(file);
        try (Reader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8)) {
          return Recording.read(reader);
        }
      } catch (NoSuchFileException _) {
        throw new SettingsException(
            "The recording " + file + " (energy.replay.file) is not there.");
      } catch (CharacterCodingException _) {
        throw new SettingsException(
            "The recording " + file + " (energy.replay.file) is no text in UTF-8.");
      } catch (InvalidPathException | IOException problem) {
        throw new SettingsException(
            "The recording %s (energy.replay.file) cannot be read: %s."
                .formatted(file, problem.getMessage()));
      } catch (Recording.BadRecording problem) {
        throw new SettingsException(
            "The recording %s cannot be played: %s.".formatted(file, problem.getMessage()));
      }
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

  /// Without a start in the file or the settings, the recording starts with the first read.
  @Override
  public EnergySample read(Instant now) throws EnergyAdapterException {
    Instant begin = start;
    if (begin == null) {
      begin = now;
      start = now;
    }
    long played = Duration.between(begin, now).toMillis();
    if (played < 0) {
      throw new EnergyAdapterException("the recording " + file + " starts at " + begin);
    }
    long length = recording.lengthMillis();
    if (played >= length && !loop) {
      throw new EnergyAdapterException(
          "the recording " + file + " ended at " + begin.plusMillis(length));
    }
    long position = recording.firstMillis() + played % length;
    int row = recording.rowAt(position);
    Duration age = Duration.ofMillis(position - recording.millisAt(row));
    Instant at = age.compareTo(hold) <= 0 ? now : now.minus(age);
    return sample(row, at, now);
  }

  private EnergySample sample(int row, Instant at, Instant now) {
    double own = ownDraw.at(now).value();
    return EnergySample.builder("the recording " + file, Origin.REPLAYED, now)
        .gridConnection(GridConnection.CONNECTED)
        .deviceTime(at)
        .production(watts(recording.value(row, Column.PV), 0, at))
        .load(watts(recording.value(row, Column.LOAD), own, at))
        .grid(watts(recording.value(row, Column.GRID), own, at))
        .battery(watts(recording.value(row, Column.BATTERY), 0, at))
        .stateOfCharge(percent(recording.value(row, Column.STATE_OF_CHARGE), at))
        .build();
  }

  private static Reading<Watts> watts(double recorded, double own, Instant at) {
    return Double.isNaN(recorded)
        ? Reading.unknown("not in the recording")
        : Reading.watts(recorded + own, at);
  }

  private static Reading<Percent> percent(double recorded, Instant at) {
    return Double.isNaN(recorded)
        ? Reading.unknown("not in the recording")
        : Reading.percent(recorded, at);
  }

  @Override
  public void close() {
    // The file was read at once.
  }
}
