// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// The order in which a role may learn of one peer.
final class TransportOrder {
  private TransportOrder() {}

  /// Attached and detached take turns, beginning with attached.
  static void alternates(List<? extends String> events) {
    for (int i = 0; i < events.size(); i++) {
      assertThat(events.get(i)).startsWith(i % 2 == 0 ? "attached" : "detached");
    }
  }
}
