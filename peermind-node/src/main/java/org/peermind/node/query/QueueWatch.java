// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import org.peermind.node.query.AnswerEvent.Queued;

/// Told where a question stands while it waits for a free inferer; called on the thread that asks
/// or reads the answer, so it must not block.
@FunctionalInterface
public interface QueueWatch {
  /// Nobody looks.
  QueueWatch NONE = _ -> {};

  void queued(Queued at);
}
