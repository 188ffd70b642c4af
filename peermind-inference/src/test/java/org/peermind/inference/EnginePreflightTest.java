// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EnginePreflightTest {
  @Test
  void namesTheInstructionsThatAnOldProcessorLacks() {
    assertThat(EnginePreflight.processorProblems("flags\t\t: fpu sse2 avx f16c\n"))
        .singleElement()
        .asString()
        .contains("avx2, bmi2, fma")
        .endsWith(".");
  }

  @Test
  void acceptsAProcessorWithAllOfThem() {
    assertThat(EnginePreflight.processorProblems("flags : avx2 fma sse f16c bmi2\n")).isEmpty();
  }
}
