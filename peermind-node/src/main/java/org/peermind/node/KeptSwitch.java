// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.ConfigException;
import org.peermind.node.role.EngineRoom;
import org.peermind.node.role.ModelSwitch;
import org.peermind.node.role.ServedFiles;
import org.peermind.node.role.ServedModelFile;
import org.peermind.protocol.ServedModel;
import org.peermind.telemetry.EventLog;
import org.peermind.telemetry.NodeEvent;
import org.peermind.telemetry.Word;

/// Remembers over restarts which model the node changed to, once it has.
final class KeptSwitch implements ModelSwitch {
  private final EngineRoom room;
  private final ServedModelFile kept;
  private final EventLog events;
  private @Nullable Choice choice;

  private record Choice(ServedFiles files, ServedModel model) {}

  KeptSwitch(EngineRoom room, ServedModelFile kept, EventLog events) {
    this.room = room;
    this.kept = kept;
    this.events = events;
  }

  /// Asked about once a second, so that a change is remembered soon.
  @Override
  public synchronized ServedModel serving() {
    ServedModel now = room.serving();
    Choice chosen = choice;
    if (chosen != null && chosen.model().hash().equals(now.hash())) {
      choice = null;
      try {
        kept.save(chosen.files(), chosen.model());
      } catch (ConfigException unwritable) {
        // The ledger tells it again after a restart.
        events.record(
            new NodeEvent.AnswerNotKept(Word.near(unwritable.getClass().getSimpleName())));
      }
    }
    return now;
  }

  @Override
  public synchronized void serve(ServedFiles files, ServedModel model) {
    choice = new Choice(files, model);
    room.serve(files, model);
  }

  @Override
  public Optional<String> lastFailure() {
    return room.lastFailure();
  }
}
