// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A test that reads as a conversation: commands, each followed by `----` and what it must print.
///
/// Blocks are separated by blank lines; lines that begin with `#` between blocks are remarks. Run
/// with `-Dscripts.update=true`, a script is rewritten with what its commands print now, to be
/// reviewed as a diff.
public final class GoldenScript {
  private static final String UPDATE_PROPERTY = "scripts.update";
  private static final String SEPARATOR = "----";

  private GoldenScript() {}

  /// Carries out one command and returns what it prints; the last line break does not matter.
  @FunctionalInterface
  public interface Interpreter {
    String run(String command) throws Exception;
  }

  /// Runs all commands of a script in order.
  ///
  /// @param script in UTF-8, for example `src/test/resources/night.script` in the module
  /// @throws AssertionError when a command prints something else than the script says
  public static void replay(Path script, Interpreter interpreter) throws Exception {
    replay(script, interpreter, Boolean.getBoolean(UPDATE_PROPERTY));
  }

  static void replay(Path script, Interpreter interpreter, boolean update) throws Exception {
    List<String> lines = Files.readAllLines(script);
    List<String> actual = new ArrayList<>();
    int commands = 0;
    int i = 0;
    while (i < lines.size()) {
      if (lines.get(i).isBlank() || lines.get(i).startsWith("#")) {
        actual.add(lines.get(i++));
        continue;
      }
      int begin = i;
      while (i < lines.size() && !lines.get(i).equals(SEPARATOR)) {
        i++;
      }
      if (i == lines.size()) {
        throw new IOException(
            "%s: the command in line %d has no %s.".formatted(script, begin + 1, SEPARATOR));
      }
      String command = String.join("\n", lines.subList(begin, i));
      int expectedBegin = ++i;
      while (i < lines.size() && !lines.get(i).isBlank()) {
        i++;
      }
      List<String> expected = lines.subList(expectedBegin, i);
      List<String> printed = interpreter.run(command).lines().toList();
      if (!update && !printed.equals(expected)) {
        throw new AssertionError(
            "%s, line %d: %s%nmust print%n  %s%nbut prints%n  %s"
                .formatted(
                    script,
                    begin + 1,
                    command,
                    String.join("\n  ", expected),
                    String.join("\n  ", printed)));
      }
      actual.addAll(lines.subList(begin, expectedBegin));
      actual.addAll(printed);
      commands++;
    }
    if (commands == 0) {
      throw new IOException("%s holds no command.".formatted(script));
    }
    if (update) {
      Files.write(script, actual);
    }
  }
}
