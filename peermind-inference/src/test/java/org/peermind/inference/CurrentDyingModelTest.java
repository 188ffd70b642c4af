// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import org.junit.jupiter.api.Tag;

/// The same deaths with llama.cpp 0.5.0.
@Tag("interop")
class CurrentDyingModelTest extends DyingModelTest {
  @Override
  NativesAtHand natives() {
    return NativesAtHand.CURRENT;
  }
}
