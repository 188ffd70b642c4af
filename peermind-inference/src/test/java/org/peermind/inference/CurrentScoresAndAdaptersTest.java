// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import org.junit.jupiter.api.Tag;

/// The same scores and adapters on llama.cpp 0.5.0.
@Tag("interop")
class CurrentScoresAndAdaptersTest extends ScoresAndAdaptersTest {
  @Override
  NativesAtHand natives() {
    return NativesAtHand.CURRENT;
  }
}
