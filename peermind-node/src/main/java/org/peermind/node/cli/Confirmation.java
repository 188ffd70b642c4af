// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.Console;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Asks the person at the terminal whether to go on; no is the answer unless yes is said.
final class Confirmation {
  /// Where a line is read after a question.
  @FunctionalInterface
  interface Asking {
    /// What was typed, or null at the end of the input.
    @Nullable String line(String question);
  }

  private Confirmation() {}

  /// Whether the person says yes.
  ///
  /// @throws CommandFailed when nobody is there to be asked
  static boolean given(String question) throws CommandFailed {
    return given(terminal(), question);
  }

  static boolean given(Optional<Asking> asking, String question) throws CommandFailed {
    if (asking.isEmpty()) {
      throw new CommandFailed(
          ExitCode.WRONG_USAGE,
          "Nobody can be asked here, and nothing was changed; --yes says yes beforehand.");
    }
    String answer = asking.get().line(question + " [y/N] ");
    String word = answer == null ? "" : answer.strip().toLowerCase(Locale.ROOT);
    return word.equals("y") || word.equals("yes");
  }

  @SuppressWarnings("SystemConsoleNull") // Null where input or output is redirected, on JDK 25.
  private static Optional<Asking> terminal() {
    return Optional.ofNullable(System.console())
        .filter(Console::isTerminal)
        .map(console -> question -> console.readLine("%s", question));
  }
}
