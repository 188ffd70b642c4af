// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.time.Duration;
import java.util.Optional;

/// The slots in which this node answers users, as far as an evaluation has to do with them: it
/// measures speed while nobody is answered, if there is such a moment.
public interface QuietSlots {
  /// Takes all slots as soon as none is in use, so that no answer begins.
  ///
  /// @param patience how long to wait for that
  /// @return empty when some were in use all the time; the caller then measures beside them
  Optional<Hold> takeAll(Duration patience) throws InterruptedException;

  /// Whether somebody is being answered now.
  boolean isBusy();

  /// All slots, until it is closed. Closing it again does nothing.
  interface Hold extends AutoCloseable {
    @Override
    void close();
  }

  /// Of a node that answers nobody.
  static QuietSlots unused() {
    return new QuietSlots() {
      @Override
      public Optional<Hold> takeAll(Duration patience) {
        return Optional.of(() -> {});
      }

      @Override
      public boolean isBusy() {
        return false;
      }
    };
  }
}
