// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.natives;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/// What the library prints, some of which a model file chooses.
class NativeLogTest {
  private static final int INFO = 2;

  @Test
  void takesNoNameOfAModelForANumber() {
    NativeLog log = new NativeLog();
    log.listen();
    say(log, "load_tensors:   CPU model buffer size =   10.50 MiB");
    say(log, "general.name = the model buffer size = 1.2.3 MiB");
    say(log, "general.name = the KV buffer size = ... MiB");

    assertThat(log.bytes(NativeLog.Buffer.MODEL)).isEqualTo(21L << 19);
    assertThat(log.bytes(NativeLog.Buffer.KV)).isZero();
  }

  private static void say(NativeLog log, String line) {
    try (Arena arena = Arena.ofConfined()) {
      log.onLog(INFO, arena.allocateFrom(line), MemorySegment.NULL);
    }
  }
}
