// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import org.junit.jupiter.api.Tag;
import org.peermind.inference.NativesAtHand;

/// The same plan against llama.cpp 0.5.0.
@Tag("interop")
class CurrentMeasuredMemoryTest extends MeasuredMemoryTest {
  @Override
  NativesAtHand natives() {
    return NativesAtHand.CURRENT;
  }
}
