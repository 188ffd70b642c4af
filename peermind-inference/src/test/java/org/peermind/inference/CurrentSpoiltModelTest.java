// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import org.junit.jupiter.api.Tag;

/// The same files before llama.cpp 0.5.0.
@Tag("interop")
class CurrentSpoiltModelTest extends SpoiltModelTest {
  @Override
  NativesAtHand natives() {
    return NativesAtHand.CURRENT;
  }
}
