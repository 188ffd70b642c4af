// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Instant;
import org.peermind.protocol.SignedEnvelope;

/// An entry of the ledger as the rules see it. Its time is the ledger's, which is the only time
/// that deadlines know.
///
/// @param index position in the ledger, from 0
/// @param at when the writer witnessed it; never before the entry before
public record Witnessed(long index, Instant at, SignedEnvelope record) {
  public Witnessed {
    if (index < 0) {
      throw new IllegalArgumentException("A position in the ledger is not negative");
    }
  }
}
