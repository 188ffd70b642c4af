// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.util.List;
import java.util.Locale;
import org.slf4j.event.Level;

/// Something worth telling an operator. Logs, metrics and status are made from the same events.
///
/// The set is closed, and no event has a place for free text: values are numbers, enums, ids and
/// hashes, a [Word] without spaces, or a [Reason] that Peermind itself put into a sentence. So a
/// prompt or an answer cannot reach a log by way of an event (design section 1, promise 2).
public sealed interface Event
    permits NodeEvent,
        EnergyEvent,
        EngineEvent,
        NetworkEvent,
        QueryEvent,
        LedgerEvent,
        FederatedEvent {
  /// How loudly it is told. `WARN` and `ERROR` ask somebody to act.
  Level level();

  /// One line for a person, without the time.
  String sentence();

  /// The same for a machine, in a fixed order.
  List<Field> fields();

  /// The event's name in logs: `activation-changed` for `ActivationChanged`.
  default String name() {
    return getClass()
        .getSimpleName()
        .replaceAll("(?<=[a-z])(?=[A-Z])", "-")
        .toLowerCase(Locale.ROOT);
  }
}
