// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.List;
import java.util.function.Supplier;

/// What the node says about itself. The suppliers are called for each request, from many threads.
///
/// @param metrics in Prometheus' text form
/// @param statusJson what `peermind status` prints
/// @param owner pages below `/peermind/`
public record NodePages(
    Supplier<Health> health,
    Supplier<String> metrics,
    Supplier<String> statusJson,
    List<OwnerPage> owner) {
  public NodePages {
    owner = List.copyOf(owner);
  }
}
