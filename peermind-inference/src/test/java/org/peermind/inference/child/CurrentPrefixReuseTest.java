// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import org.junit.jupiter.api.Tag;
import org.peermind.inference.NativesAtHand;

/// The same on the current llama.cpp.
@Tag("interop")
class CurrentPrefixReuseTest extends PrefixReuseTest {
  @Override
  NativesAtHand natives() {
    return NativesAtHand.CURRENT;
  }
}
