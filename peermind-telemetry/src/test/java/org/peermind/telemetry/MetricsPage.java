// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.util.Locale;

/// The text of `docs/metrics.md`.
final class MetricsPage {
  private MetricsPage() {}

  static String of(Metric[] metrics) {
    StringBuilder page =
        new StringBuilder(
            """
            # Metrics

            What `/metrics` shows, for Prometheus. This page is made from the enum `Metric` in
            `peermind-telemetry` (`mvn test -pl peermind-telemetry -am -Dmetrics.update=true`) and
            checked against it. A counter or timer appears with its first event, so a node shows
            only what belongs to its roles. No label holds text from a prompt or an answer, a node
            id or an address.

            A timer is a histogram: `_bucket`, `_sum` and `_count`, and beside it a gauge `_max`
            with the longest recent value.

            | name | kind | label | what it measures |
            |---|---|---|---|
            """);
    for (Metric metric : metrics) {
      page.append("| `")
          .append(metric.text())
          .append("` | ")
          .append(metric.kind().name().toLowerCase(Locale.ROOT))
          .append(" | ")
          .append(metric.label().orElse(""))
          .append(" | ")
          .append(metric.help())
          .append(" |\n");
    }
    return page.toString();
  }
}
