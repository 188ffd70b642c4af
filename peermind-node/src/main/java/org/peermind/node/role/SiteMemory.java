// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.BatteryLedger;
import org.peermind.energy.BatterySettings;
import org.peermind.energy.EnergySettings;
import org.peermind.energy.EnergyState;
import org.peermind.energy.Expectation;
import org.peermind.energy.KeptLedger;
import org.peermind.energy.SiteHistory;
import org.peermind.energy.spi.EnergySample;
import org.peermind.energy.spi.Place;
import org.peermind.energy.spi.Reading;
import org.peermind.energy.spi.SourceKind;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.Watts;
import org.peermind.telemetry.EnergyEvent;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Reason;
import org.peermind.telemetry.Word;

/// What an inferer remembers of its site: quarter hours of production and use, from which it
/// forecasts, and where the battery's charge came from. Both are kept in the node's directory and
/// hold no exact place; a file that cannot be believed is set aside, and then the history begins
/// anew and the battery's charge is unknown.
///
/// The energy loop's thread only notes samples here. Forecasts are worked out and files written by
/// one thread of this class; what it has no time for is left to its next turn.
public final class SiteMemory implements AutoCloseable {
  private static final Duration SAVE_LEDGER = Duration.ofMinutes(5);
  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
  private static final long QUARTER_SECONDS = 900;

  /// A clock that is set right may go back by some quarter hours; more is a wrong clock.
  private static final int FUTURE_MAX = 4;

  private static final int HISTORY_BYTES_MAX = 128 * 1_024;
  private static final Word PART = new Word("site-memory");

  private final EnergySettings settings;
  private final Optional<KeptText> historyFile;
  private final Optional<KeptText> ledgerFile;
  private final EventLog events;
  private final ThreadPoolExecutor worker;

  private volatile Expectation expectation = Expectation.UNKNOWN;
  private volatile @Nullable Noted noted;

  // The energy loop's.
  private SiteHistory history = SiteHistory.empty();
  private @Nullable Instant lastSample;
  private @Nullable SourceKind kind;
  private Instant turnDue = Instant.EPOCH;
  private long lastQuarter;

  // The worker's.
  private String savedHistory = "";

  /// What is written and forecast from next.
  private record Noted(
      SiteHistory history, BatteryLedger ledger, @Nullable SourceKind kind, Instant at) {}

  /// A memory that outlives the node.
  ///
  /// @param place the coarse place by which a node that moved is told
  public static SiteMemory kept(
      NodeHome home, EnergySettings settings, PlaceCell place, EventLog events) {
    String site =
        Word.near(settings.adapter()).toString().toLowerCase(Locale.ROOT) + "@" + place.geohash();
    return new SiteMemory(
        settings,
        Optional.of(new KeptText(home, home.siteHistoryFile(), site, HISTORY_BYTES_MAX)),
        Optional.of(
            new KeptText(home, home.batteryLedgerFile(), site, KeptLedger.CHARACTERS_MAX + 256)),
        events);
  }

  /// A memory that ends with the node, for energy time that is invented.
  public static SiteMemory unkept(EnergySettings settings, EventLog events) {
    return new SiteMemory(settings, Optional.empty(), Optional.empty(), events);
  }

  private SiteMemory(
      EnergySettings settings,
      Optional<KeptText> historyFile,
      Optional<KeptText> ledgerFile,
      EventLog events) {
    this.settings = settings;
    this.historyFile = historyFile;
    this.ledgerFile = ledgerFile;
    this.events = events;
    this.worker =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(1),
            Thread.ofPlatform().name("site-memory").daemon().factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    worker.allowCoreThreadTimeOut(true);
  }

  /// Reads what was kept: the history for this memory, and the battery's ledger for the energy
  /// path.
  public BatteryLedger load(Instant now) {
    historyFile.ifPresent(file -> loadHistory(file, now));
    return ledgerFile.map(file -> loadLedger(file, now)).orElse(BatteryLedger.EMPTY);
  }

  private void loadHistory(KeptText file, Instant now) {
    switch (file.read()) {
      case KeptText.Content.Absent() -> {}
      case KeptText.Content.Doubtful(String why) -> setAside(file, why);
      case KeptText.Content.Good(String text) -> {
        Optional<SiteHistory> read = SiteHistory.parse(text, now);
        if (read.isEmpty()) {
          setAside(file, "it is not a history of 14 days at most");
        } else if (text.lines().count() > read.get().slots().size() + 1 + FUTURE_MAX) {
          setAside(file, "it was written in the future; is the clock right?");
        } else {
          history = read.get();
          savedHistory = text;
        }
      }
    }
  }

  private BatteryLedger loadLedger(KeptText file, Instant now) {
    BatterySettings battery = settings.battery();
    if (battery == null) {
      return BatteryLedger.EMPTY;
    }
    return switch (file.read()) {
      case KeptText.Content.Absent() -> BatteryLedger.EMPTY;
      case KeptText.Content.Doubtful(String why) -> unknown(file, why);
      case KeptText.Content.Good(String text) ->
          switch (KeptLedger.parse(text, battery, now)) {
            case KeptLedger.Outcome.Known(BatteryLedger ledger) -> ledger;
            case KeptLedger.Outcome.Unknown(String why) -> unknown(file, why);
          };
    };
  }

  private BatteryLedger unknown(KeptText file, String why) {
    setAside(file, why);
    return BatteryLedger.UNKNOWN;
  }

  private void setAside(KeptText file, String why) {
    Word name = Word.near(String.valueOf(file.file().getFileName()));
    events.record(new EnergyEvent.MemorySetAside(name, Reason.of(why)));
    try {
      file.setAside();
    } catch (IOException stays) {
      events.record(
          new EnergyEvent.MemoryNotKept(name, Word.near(stays.getClass().getSimpleName())));
    }
  }

  /// What the site's history lets expect; unknown while it is short.
  public Expectation expectation() {
    return expectation;
  }

  /// Takes in what came of one step; called by the energy loop's thread only, and quick.
  ///
  /// @param ownDraw what our engine draws, which is no use of the site's
  public void stepped(EnergyState state, Reading<Watts> ownDraw) {
    Instant now = state.now();
    EnergySample sample = state.decision().sample();
    if (sample != null && !sample.receivedAt().equals(lastSample)) {
      lastSample = sample.receivedAt();
      if (sample.sourceKind().canBeRenewable()) {
        history = history.with(now, known(sample.production()), base(sample, known(ownDraw)));
      }
    }
    if (sample != null) {
      kind = sample.sourceKind();
    }
    Noted latest = new Noted(history, state.ledger(), kind, now);
    noted = latest;
    long quarter = Math.floorDiv(now.getEpochSecond(), QUARTER_SECONDS);
    boolean isBack = now.isBefore(turnDue.minus(SAVE_LEDGER));
    if (quarter != lastQuarter || isBack || !now.isBefore(turnDue)) {
      lastQuarter = quarter;
      turnDue = now.plus(SAVE_LEDGER);
      worker.execute(this::work);
    }
  }

  private static double known(Reading<Watts> reading) {
    return reading.known().map(Watts::value).orElse(Double.NaN);
  }

  /// What the site uses without our engine, NaN when unknown.
  private static double base(EnergySample sample, double ownWatts) {
    double load = known(sample.load());
    if (Double.isNaN(load)) {
      load = known(sample.production()) + known(sample.grid()) - known(sample.battery());
    }
    return Math.max(0, load - ownWatts);
  }

  /// The worker's turn: forecasts when a quarter of an hour has ended, and writes what has changed.
  private void work() {
    Noted latest = noted;
    if (latest == null) {
      return;
    }
    try {
      if (latest.kind() != null) {
        Place sun = latest.kind() == SourceKind.PV ? settings.place() : null;
        expectation = Expectation.of(latest.history(), sun, latest.at());
      }
      historyFile.ifPresent(file -> saveHistory(file, latest.history()));
      ledgerFile.ifPresent(file -> saveLedger(file, latest));
    } catch (RuntimeException bug) {
      events.record(NodeEvent.UnexpectedFailure.of(PART, bug));
    }
  }

  private void saveHistory(KeptText file, SiteHistory latest) {
    String text = latest.text();
    if (!latest.slots().isEmpty() && !text.equals(savedHistory) && save(file, text)) {
      savedHistory = text;
    }
  }

  private void saveLedger(KeptText file, Noted latest) {
    BatterySettings battery = settings.battery();
    boolean isBegun = latest.ledger().at() != null || !latest.ledger().parcels().isEmpty();
    if (battery != null && isBegun) {
      var _ = save(file, KeptLedger.text(latest.ledger(), battery, latest.at()));
    }
  }

  private boolean save(KeptText file, String text) {
    try {
      file.write(text);
      return true;
    } catch (ConfigException unwritable) {
      Throwable cause = unwritable.getCause() == null ? unwritable : unwritable.getCause();
      events.record(
          new EnergyEvent.MemoryNotKept(
              Word.near(String.valueOf(file.file().getFileName())),
              Word.near(cause.getClass().getSimpleName())));
      return false;
    }
  }

  /// Writes what has changed since the last turn, and waits for it a little.
  @Override
  public void close() {
    try {
      worker.execute(this::work);
      worker.shutdown();
      if (!worker.awaitTermination(CLOSE_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        worker.shutdownNow();
      }
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }
}
