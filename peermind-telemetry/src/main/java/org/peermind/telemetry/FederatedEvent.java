// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.util.List;
import org.slf4j.event.Level;

/// What happens in federated rounds. Nothing of anybody's data is in it.
public sealed interface FederatedEvent extends Event {
  /// Something that the node did in a round.
  ///
  /// @param what it did, a name such as `update-committed`
  /// @param round the first characters of its name
  record RoundStep(Word what, Word round, Reason told) implements FederatedEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "round %s: %s".formatted(round, told);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("what", what), Field.of("round", round), Field.reason(told));
    }
  }
}
