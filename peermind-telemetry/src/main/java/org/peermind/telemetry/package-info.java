// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

/// One event vocabulary for logs, metrics and status.
///
/// Read [org.peermind.telemetry.Event] first: the closed set of what a node tells, with no place
/// for prompt or answer text. An [org.peermind.telemetry.EventLog] takes events;
/// [org.peermind.telemetry.Slf4jEventLog] writes them as [org.peermind.telemetry.Logging] set it
/// up, and [org.peermind.telemetry.NodeMetrics] counts them for Prometheus by the catalogue in
/// [org.peermind.telemetry.Metric].
@NullMarked
package org.peermind.telemetry;

import org.jspecify.annotations.NullMarked;
