// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

/// What a command's exit status says (design section 14).
final class ExitCode {
  static final int DONE = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;
  static final int NO_POWER_OR_CAPACITY = 3;

  private ExitCode() {}
}
