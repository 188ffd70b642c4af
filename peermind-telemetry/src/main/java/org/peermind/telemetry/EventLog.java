// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.util.List;

/// Where events go. Implementations are safe for many threads, do not block for long and do not
/// throw.
@FunctionalInterface
public interface EventLog {
  void record(Event event);

  /// Tells every event to each of `logs`, in order.
  static EventLog all(EventLog... logs) {
    List<EventLog> copied = List.of(logs);
    return event -> copied.forEach(log -> log.record(event));
  }

  /// Keeps nothing.
  static EventLog none() {
    return _ -> {};
  }
}
