// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

/// The name of a network; nodes of different names refuse each other.
public record NetworkName(String text) {
  private static final String PATTERN = "[a-z0-9][a-z0-9-]{0,31}";

  /// @throws IllegalArgumentException unless the name has 1-32 characters of a-z, 0-9 and "-"
  public NetworkName {
    if (!text.matches(PATTERN)) {
      throw new IllegalArgumentException(
          "a network name has 1 to 32 characters of a-z, 0-9 and \"-\"");
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
