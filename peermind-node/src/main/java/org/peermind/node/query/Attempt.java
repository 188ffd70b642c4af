// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import java.time.Duration;
import java.util.Optional;
import org.peermind.protocol.Id16;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NodeId;

/// One worker's part of an answer. One thread reads it; any thread may close it, also more than
/// once, which tells the worker to stop.
public interface Attempt extends AutoCloseable {
  /// Waits for the next event. Nothing within `stallAfter` is an [AttemptEvent.Broken] too: workers
  /// say that they are alive more often than that.
  AttemptEvent next(Duration stallAfter) throws InterruptedException;

  /// The seed that the worker samples with.
  long seed();

  ModelHash model();

  /// The answer's name at the referee; empty when no referee was needed.
  Optional<Id16> job();

  /// The inferer that works on it.
  NodeId worker();

  @Override
  void close();
}
