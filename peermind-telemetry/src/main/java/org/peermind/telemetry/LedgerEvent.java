// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import java.util.List;
import org.peermind.protocol.NodeId;
import org.slf4j.event.Level;

/// What happens to a node's copy of the network's ledger, and to votes.
public sealed interface LedgerEvent extends Event {
  /// Entries came and were verified.
  record LedgerGrew(long size, int entries) implements LedgerEvent {
    @Override
    public Level level() {
      return Level.DEBUG;
    }

    @Override
    public String sentence() {
      return "the ledger has %d entries, %d of them new".formatted(size, entries);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("size", size), Field.of("entries", entries));
    }
  }

  /// A referee gave entries or a head that are wrong; nothing of them was kept.
  record LedgerRefused(NodeId referee, Reason reason) implements LedgerEvent {
    @Override
    public Level level() {
      return Level.WARN;
    }

    @Override
    public String sentence() {
      return "referee %s gave a wrong ledger: %s".formatted(referee.shortText(), reason);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("referee", referee), Field.reason(reason));
    }
  }

  /// Something that the node did about a vote.
  ///
  /// @param what it did, a name such as `report-sealed`
  /// @param vote the first characters of its name
  record VoteStep(Word what, Word vote, Reason told) implements LedgerEvent {
    @Override
    public Level level() {
      return Level.INFO;
    }

    @Override
    public String sentence() {
      return "vote %s: %s".formatted(vote, told);
    }

    @Override
    public List<Field> fields() {
      return List.of(Field.of("what", what), Field.of("vote", vote), Field.reason(told));
    }
  }
}
