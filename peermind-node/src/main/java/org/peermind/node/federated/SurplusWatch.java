// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.util.Optional;

/// Whether this node may train now; asked before each step.
public interface SurplusWatch {
  /// Why not, in a sentence for the owner; empty when it may.
  Optional<String> whyNot();

  default boolean isThere() {
    return whyNot().isEmpty();
  }
}
