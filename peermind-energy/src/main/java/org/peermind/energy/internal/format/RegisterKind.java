// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.format;

import java.util.Locale;
import java.util.Optional;

/// The two tables of 16-bit registers that a Modbus device has.
public enum RegisterKind {
  /// Read with function 3.
  HOLDING(3),
  /// Read with function 4.
  INPUT(4);

  private final int function;

  RegisterKind(int function) {
    this.function = function;
  }

  public int function() {
    return function;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<RegisterKind> of(String word) {
    for (RegisterKind kind : values()) {
      if (kind.word().equals(word) || Integer.toString(kind.function).equals(word)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }
}
