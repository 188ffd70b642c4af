// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import java.util.Optional;
import org.peermind.inference.GenerationRequest.Priority;
import org.peermind.protocol.Id16;

/// Something that takes a slot and cells of the engine's memory for a while.
sealed interface Tenant permits Sequence, Job {
  int NO_SLOT = -1;

  /// The number that the node gave it.
  long id();

  /// How many cells of memory it may come to need.
  int cells();

  /// Who asks.
  Priority priority();

  /// Under what key what was computed may be used again.
  Optional<Id16> conversation();

  /// The tokens that it puts into its slot, as far as they are known.
  int[] tokens();

  /// Takes a slot, in which the first `computed` of its tokens are computed already.
  void admitted(int slot, int computed);

  /// Its slot, or [#NO_SLOT].
  int slot();

  /// When it may not go on any more, by the clock of the engine.
  long deadlineNanos();
}
