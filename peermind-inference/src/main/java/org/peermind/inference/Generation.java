// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.time.Duration;
import java.util.Optional;

/// One answer that is being generated.
public interface Generation extends AutoCloseable {
  /// Waits at most `timeout` for the next event; empty when none came. After an event that
  /// [GenerationEvent#isLast], that event is returned again and again.
  Optional<GenerationEvent> next(Duration timeout) throws InterruptedException;

  /// Asks for the end; the last event still comes.
  void cancel();

  /// Cancels unless the last event came.
  @Override
  void close();
}
