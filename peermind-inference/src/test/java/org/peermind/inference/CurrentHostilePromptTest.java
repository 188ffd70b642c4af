// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;
import org.junit.jupiter.api.Tag;

/// The same prompts before llama.cpp 0.5.0, and ways to split that only it knows.
@Tag("interop")
class CurrentHostilePromptTest extends HostilePromptTest {
  @Override
  NativesAtHand natives() {
    return NativesAtHand.CURRENT;
  }

  @Override
  List<String> splits() {
    return List.of("default", "deepseek-llm", "gpt-4o", "superbpe", "hunyuan-dense");
  }
}
