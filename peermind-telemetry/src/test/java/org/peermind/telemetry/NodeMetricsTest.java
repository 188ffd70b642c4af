// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.peermind.telemetry.Metric.Kind;

class NodeMetricsTest {
  private final NodeMetrics metrics = new NodeMetrics();

  @AfterEach
  void close() {
    metrics.close();
  }

  @Test
  void countersAndTimersFollowTheEvents() {
    Samples.ofEachKind().forEach(metrics::record);
    assertThat(metrics.scrape().lines())
        .contains(
            "peermind_activation_changes_total{state=\"warming\"} 1.0",
            "peermind_tokens_generated_total{for=\"owner\"} 34.0",
            "peermind_prompt_tokens_total{for=\"owner\"} 21.0",
            "peermind_generations_total{result=\"length\"} 1.0",
            "peermind_generations_total{result=\"failed\"} 1.0",
            "peermind_answers_total{result=\"stop\"} 1.0",
            "peermind_answers_total{result=\"failed\"} 1.0",
            "peermind_answers_total{result=\"refused\"} 1.0",
            "peermind_refusals_total{code=\"no_capacity\"} 1.0",
            "peermind_refusals_total{code=\"no_power\"} 1.0",
            "peermind_continuations_total 1.0",
            "peermind_near_ties_total 2.0",
            "peermind_relayed_bytes_total 4096.0",
            "peermind_offers_total{result=\"unanswered\"} 1.0",
            "peermind_time_to_first_token_seconds_bucket{le=\"0.25\"} 0",
            "peermind_time_to_first_token_seconds_bucket{le=\"0.5\"} 1",
            "peermind_time_to_first_token_seconds_sum 0.3",
            "peermind_model_load_seconds_count 1");
  }

  @Test
  void theActivationShowsOneStateAtATime() {
    metrics.watchActivation();
    assertThat(metrics.scrape().lines()).contains("peermind_activation{state=\"off\"} 1.0");
    metrics.record(Samples.ofEachKind().get(4));
    assertThat(metrics.scrape().lines())
        .contains(
            "peermind_activation{state=\"off\"} 0.0", "peermind_activation{state=\"warming\"} 1.0");
  }

  @Test
  void gaugesAskTheirSupplierAtEachScrapeAndMayNotKnow() {
    AtomicReference<Double> watts = new AtomicReference<>(Double.NaN);
    metrics.watch(Metric.HEADROOM, watts::get);
    assertThat(metrics.scrape().lines()).contains("peermind_headroom_watts NaN");
    watts.set(35.5);
    assertThat(metrics.scrape().lines()).contains("peermind_headroom_watts 35.5");
  }

  @Test
  void onlyPlainGaugesCanBeWatched() {
    assertThatThrownBy(() -> metrics.watch(Metric.ANSWERS, () -> 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> metrics.watch(Metric.ACTIVATION, () -> 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void prometheusSeesExactlyTheCatalogue() {
    for (Metric metric : Metric.values()) {
      if (metric.kind() == Kind.GAUGE && metric.label().isEmpty()) {
        metrics.watch(metric, () -> 0);
      }
    }
    metrics.watchActivation();
    Samples.ofEachKind().forEach(metrics::record);
    List<String> types =
        metrics
            .scrape()
            .lines()
            .filter(line -> line.startsWith("# TYPE "))
            .filter(line -> !line.endsWith("_seconds_max gauge"))
            .map(line -> line.substring("# TYPE ".length()))
            .toList();
    List<String> catalogue = new ArrayList<>();
    for (Metric metric : Metric.values()) {
      String type =
          metric.kind() == Kind.TIMER ? "histogram" : metric.kind().name().toLowerCase(Locale.ROOT);
      catalogue.add(metric.text() + " " + type);
    }
    assertThat(types).containsExactlyInAnyOrderElementsOf(catalogue);
  }

  @Test
  void namesFollowPrometheus() {
    for (Metric metric : Metric.values()) {
      assertThat(metric.text()).matches("peermind(_[a-z]+)+");
      assertThat(metric.text().endsWith("_total")).isEqualTo(metric.kind() == Kind.COUNTER);
      assertThat(metric.text().endsWith("_seconds")).isEqualTo(metric.kind() == Kind.TIMER);
      assertThat(metric.help()).isNotBlank().doesNotContain("\n", "|");
    }
  }

  /// Rewrites the page with `-Dmetrics.update=true`.
  @Test
  void theDocumentShowsTheCatalogue() throws Exception {
    Path page = Path.of("..", "docs", "metrics.md");
    String expected = MetricsPage.of(Metric.values());
    if (Boolean.getBoolean("metrics.update")) {
      Files.writeString(page, expected);
    }
    assertThat(page).content().isEqualTo(expected);
  }
}
