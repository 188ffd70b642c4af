// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

/// Whether the node can do its work.
///
/// @param reason one sentence when it cannot, empty when it can
public record Health(boolean healthy, String reason) {
  public static Health good() {
    return new Health(true, "");
  }

  public static Health bad(String reason) {
    return new Health(false, reason);
  }
}
