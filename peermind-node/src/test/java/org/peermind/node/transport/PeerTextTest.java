// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PeerTextTest {
  @Test
  void keepsWordsAndDropsWhatMovesACursor() {
    assertThat(PeerText.clean("Wrong network.")).isEqualTo("Wrong network.");
    assertThat(PeerText.clean("a\n\u001b[31mred\u202eb\r\n")).isEqualTo("a [31mred b");
    assertThat(PeerText.clean("a\u009b31mb\u2028c")).isEqualTo("a 31mb c");
    assertThat(PeerText.clean("x".repeat(10_000))).hasSize(300);
  }
}
