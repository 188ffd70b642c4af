// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.util.Optional;

/// What this program calls itself to people and peers.
public final class Software {
  private Software() {}

  /// The version of the build, or `development` outside a jar.
  public static String version() {
    return Optional.ofNullable(Software.class.getPackage().getImplementationVersion())
        .orElse("development");
  }
}
