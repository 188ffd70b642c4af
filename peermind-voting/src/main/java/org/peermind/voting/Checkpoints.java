// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// The adapters that federated rounds left, the one in use last, and the number of the newest round
/// that the ledger knows. Each belongs to one model; with another model in use, none is. Immutable.
record Checkpoints(List<UpdateCheckpoint> line, long number) {
  static final Checkpoints NONE = new Checkpoints(List.of(), 0);

  private static final int LINE_MAX = 64;

  Checkpoints {
    line = List.copyOf(line);
  }

  /// The checkpoint whose adapter runs with `model`; empty for the bare model.
  Optional<UpdateCheckpoint> of(Optional<ModelHash> model) {
    return line.isEmpty() || !model.equals(Optional.of(line.getLast().base()))
        ? Optional.empty()
        : Optional.of(line.getLast());
  }

  Checkpoints after(UpdateCheckpoint next, Optional<ModelHash> incumbent) throws Refusal {
    Refusal.unless(
        incumbent.equals(Optional.of(next.base())),
        "This update is of a model that is not in use.");
    Optional<UpdateCheckpoint> current = of(incumbent);
    Optional<Digest> inUse = current.flatMap(UpdateCheckpoint::adapter);
    Refusal.unless(inUse.equals(next.former()), "This update does not follow the one in use.");
    List<UpdateCheckpoint> own = current.isPresent() ? line : List.of();
    if (next.number() > number) {
      Refusal.unless(next.adapter().isPresent(), "A new update has an adapter.");
      List<UpdateCheckpoint> longer = new ArrayList<>(own);
      longer.add(next);
      return new Checkpoints(
          longer.size() > LINE_MAX ? longer.subList(1, longer.size()) : longer, next.number());
    }
    Refusal.unless(
        current.filter(last -> last.number() == next.number()).isPresent(),
        "Only the newest update is undone.");
    List<UpdateCheckpoint> shorter = own.subList(0, own.size() - 1);
    Optional<Digest> before = shorter.isEmpty() ? Optional.empty() : shorter.getLast().adapter();
    Refusal.unless(
        before.equals(next.adapter()), "An update that is undone leaves the one before it.");
    return new Checkpoints(shorter, number);
  }
}
