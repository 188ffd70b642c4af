// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.util.Optional;

/// Where others fetch models from this node, once it listens for them.
final class ModelAddress {
  private volatile Optional<String> told = Optional.empty();

  void tell(String hostPort) {
    told = Optional.of(hostPort);
  }

  Optional<String> told() {
    return told;
  }
}
