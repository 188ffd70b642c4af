// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import java.util.List;

/// The configuration is wrong: one sentence per bad value, each naming its key.
public final class SettingsException extends RuntimeException {
  private final List<String> problems;

  public SettingsException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  public SettingsException(String problem) {
    this(List.of(problem));
  }

  /// One sentence per bad value, in the order in which they were found.
  public List<String> problems() {
    return problems;
  }
}
