// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;
import org.peermind.protocol.Activation;
import org.peermind.telemetry.EnergyEvent.ActivationChanged;
import org.peermind.telemetry.EnergyEvent.AdapterFailed;
import org.peermind.telemetry.EnergyEvent.AdapterRecovered;
import org.peermind.telemetry.EnergyEvent.HeadroomReported;
import org.peermind.telemetry.EnergyEvent.MemoryNotKept;
import org.peermind.telemetry.EnergyEvent.MemorySetAside;
import org.peermind.telemetry.EngineEvent.EngineDied;
import org.peermind.telemetry.EngineEvent.MemoryHeld;
import org.peermind.telemetry.EngineEvent.ModelLoadFailed;
import org.peermind.telemetry.EngineEvent.ModelLoaded;
import org.peermind.telemetry.EngineEvent.ModelLoading;
import org.peermind.telemetry.EngineEvent.ModelUnloaded;
import org.peermind.telemetry.NetworkEvent.AttachRejected;
import org.peermind.telemetry.NetworkEvent.Attached;
import org.peermind.telemetry.NetworkEvent.Detached;
import org.peermind.telemetry.NetworkEvent.HomeMoved;
import org.peermind.telemetry.NetworkEvent.OfferAccepted;
import org.peermind.telemetry.NetworkEvent.OfferDeclined;
import org.peermind.telemetry.NetworkEvent.OfferMade;
import org.peermind.telemetry.NetworkEvent.PeerAttached;
import org.peermind.telemetry.NetworkEvent.PeerDetached;
import org.peermind.telemetry.NetworkEvent.ReportRefused;
import org.peermind.telemetry.NetworkEvent.SessionEnded;
import org.peermind.telemetry.NetworkEvent.TicketRefused;
import org.peermind.telemetry.NodeEvent.AnswerNotKept;
import org.peermind.telemetry.NodeEvent.ClockSkewed;
import org.peermind.telemetry.NodeEvent.NodeStarted;
import org.peermind.telemetry.NodeEvent.NodeStopped;
import org.peermind.telemetry.NodeEvent.UnexpectedFailure;
import org.peermind.telemetry.QueryEvent.AnswerContinued;
import org.peermind.telemetry.QueryEvent.AnswerFailed;
import org.peermind.telemetry.QueryEvent.AnswerFinished;
import org.peermind.telemetry.QueryEvent.AnswerStarted;
import org.peermind.telemetry.QueryEvent.GenerationEnded;
import org.peermind.telemetry.QueryEvent.GenerationFailed;
import org.peermind.telemetry.QueryEvent.QueryRefused;

/// A node's metrics for Prometheus, by the catalogue in [Metric]: counters and timers follow the
/// events, gauges ask the suppliers that [#watch] was given.
///
/// A counter appears with its first event, so that a referee shows none of an inferer's. Labels
/// come from enums only, so their number is bounded.
public final class NodeMetrics implements EventLog, AutoCloseable {
  /// The upper edges of the timers' buckets: one shared row makes histograms comparable.
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(5),
    Duration.ofMillis(20),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofMillis(500),
    Duration.ofSeconds(1),
    Duration.ofMillis(2_500),
    Duration.ofSeconds(5),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofMinutes(1),
    Duration.ofMinutes(5)
  };

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final AtomicReference<Activation> activation = new AtomicReference<>(Activation.OFF);

  /// Shows a gauge whose value is asked for at each scrape. It must answer at once; NaN means
  /// unknown.
  ///
  /// @throws IllegalArgumentException unless `metric` is a gauge without a label
  public void watch(Metric metric, DoubleSupplier value) {
    if (metric.kind() != Metric.Kind.GAUGE || metric.label().isPresent()) {
      throw new IllegalArgumentException(metric + " is not a gauge that can be watched");
    }
    Gauge.builder(metric.text(), value, DoubleSupplier::getAsDouble)
        .description(metric.help())
        .strongReference(true)
        .register(registry);
  }

  /// Shows [Metric#ACTIVATION] from now on, for a node that is an inferer.
  public void watchActivation() {
    for (Activation state : Activation.values()) {
      Gauge.builder(Metric.ACTIVATION.text(), () -> activation.get() == state ? 1 : 0)
          .description(Metric.ACTIVATION.help())
          .tags(tags(Metric.ACTIVATION, state))
          .strongReference(true)
          .register(registry);
    }
  }

  /// All metrics in the text form that Prometheus reads.
  public String scrape() {
    return registry.scrape();
  }

  /// The media type of [#scrape()].
  public static String contentType() {
    return "text/plain; version=0.0.4; charset=utf-8";
  }

  @Override
  public void close() {
    registry.close();
  }

  @Override
  public void record(Event event) {
    switch (event) {
      case NodeEvent node -> node(node);
      case EnergyEvent energy -> energy(energy);
      case EngineEvent engine -> engine(engine);
      case NetworkEvent network -> network(network);
      case QueryEvent query -> query(query);
      case LedgerEvent ledger -> ledger(ledger);
      case FederatedEvent.RoundStep _ -> count(Metric.ROUND_STEPS);
    }
  }

  private void ledger(LedgerEvent event) {
    switch (event) {
      case LedgerEvent.LedgerGrew grew ->
          counter(Metric.LEDGER_ENTRIES, Tags.empty()).increment(grew.entries());
      case LedgerEvent.LedgerRefused _ -> count(Metric.LEDGERS_REFUSED);
      case LedgerEvent.VoteStep _ -> count(Metric.VOTE_STEPS);
    }
  }

  private void node(NodeEvent event) {
    switch (event) {
      case ClockSkewed _ -> count(Metric.CLOCK_SKEWS);
      case UnexpectedFailure _ -> count(Metric.UNEXPECTED_FAILURES);
      case NodeStarted _, NodeStopped _, AnswerNotKept _ -> {}
    }
  }

  private void energy(EnergyEvent event) {
    switch (event) {
      case ActivationChanged changed -> {
        activation.set(changed.to());
        count(Metric.ACTIVATION_CHANGES, changed.to());
      }
      case AdapterFailed _ -> count(Metric.ADAPTER_FAILURES);
      case AdapterRecovered _, HeadroomReported _, MemorySetAside _, MemoryNotKept _ -> {}
    }
  }

  private void engine(EngineEvent event) {
    switch (event) {
      case ModelLoaded loaded -> time(Metric.MODEL_LOAD, loaded.took());
      case EngineDied _ -> count(Metric.ENGINE_DEATHS);
      case ModelLoading _, ModelLoadFailed _, ModelUnloaded _, MemoryHeld _ -> {}
    }
  }

  private void network(NetworkEvent event) {
    switch (event) {
      case Detached _ -> count(Metric.DETACHMENTS);
      case AttachRejected _ -> count(Metric.ATTACHES_REJECTED);
      case ReportRefused _ -> count(Metric.REPORTS_REFUSED);
      case OfferMade _ -> count(Metric.OFFERS, OfferResult.MADE);
      case OfferAccepted _ -> count(Metric.OFFERS, OfferResult.ACCEPTED);
      case OfferDeclined declined -> count(Metric.OFFERS, declined.how());
      case TicketRefused _ -> count(Metric.TICKETS_REFUSED);
      case SessionEnded ended ->
          counter(Metric.RELAYED_BYTES, Tags.empty()).increment((double) ended.bytes());
      case HomeMoved moved -> {
        if (moved.from().isPresent()) {
          count(Metric.HOME_MOVES);
        }
      }
      case Attached _, PeerAttached _, PeerDetached _ -> {}
    }
  }

  private void query(QueryEvent event) {
    switch (event) {
      case AnswerStarted started -> time(Metric.TIME_TO_FIRST_TOKEN, started.waited());
      case AnswerContinued continued -> {
        count(Metric.CONTINUATIONS);
        time(Metric.CONTINUATION_GAP, continued.gap());
      }
      case AnswerFinished finished -> {
        count(Metric.ANSWERS, finished.ending());
        counter(Metric.NEAR_TIES, Tags.empty()).increment(finished.nearTies());
        time(Metric.ANSWER_DURATION, finished.took());
      }
      case AnswerFailed failed -> {
        count(Metric.ANSWERS, Lost.FAILED);
        count(Metric.REFUSALS, failed.code());
      }
      case QueryRefused refused -> {
        count(Metric.ANSWERS, Lost.REFUSED);
        count(Metric.REFUSALS, refused.code());
      }
      case GenerationEnded ended -> {
        count(Metric.GENERATIONS, ended.ending());
        Beneficiary beneficiary = ended.owner() ? Beneficiary.OWNER : Beneficiary.OTHERS;
        counter(Metric.TOKENS_GENERATED, tags(Metric.TOKENS_GENERATED, beneficiary))
            .increment(ended.completionTokens());
        counter(Metric.PROMPT_TOKENS, tags(Metric.PROMPT_TOKENS, beneficiary))
            .increment(ended.promptTokens());
      }
      case GenerationFailed _ -> count(Metric.GENERATIONS, Lost.FAILED);
    }
  }

  private enum OfferResult {
    MADE,
    ACCEPTED
  }

  private enum Lost {
    FAILED,
    REFUSED
  }

  private enum Beneficiary {
    OWNER,
    OTHERS
  }

  private void count(Metric metric) {
    counter(metric, Tags.empty()).increment();
  }

  private void count(Metric metric, Enum<?> label) {
    counter(metric, tags(metric, label)).increment();
  }

  private Counter counter(Metric metric, Tags tags) {
    return Counter.builder(metric.text()).description(metric.help()).tags(tags).register(registry);
  }

  private void time(Metric metric, Duration duration) {
    Timer.builder(metric.text())
        .description(metric.help())
        .serviceLevelObjectives(BUCKETS)
        .register(registry)
        .record(duration);
  }

  private static Tags tags(Metric metric, Enum<?> label) {
    return Tags.of(metric.label().orElseThrow(), label.name().toLowerCase(Locale.ROOT));
  }
}
