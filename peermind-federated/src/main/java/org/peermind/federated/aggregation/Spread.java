// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.aggregation;

import java.util.function.IntConsumer;

/// Does independent pieces of work, in any order and on as many threads as its maker likes; the
/// result does not depend on it.
@FunctionalInterface
public interface Spread {
  /// One after the other, on the caller's thread.
  Spread SEQUENTIAL =
      (pieces, work) -> {
        for (int piece = 0; piece < pieces; piece++) {
          work.accept(piece);
        }
      };

  /// Calls `work` with each number from 0 to below `pieces` and returns when all have ended.
  void each(int pieces, IntConsumer work);
}
