// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Runs a program of somebody else. A missing one fails the test: a check that skips itself checks
/// nothing.
public final class ExternalTool {
  private ExternalTool() {}

  /// @param text standard output and error together
  public record Output(int exitCode, String text) {}

  public static Output run(Path directory, String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(List.of(command))
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .start();
      try {
        process.getOutputStream().close();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Output(process.waitFor(), text);
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException missing) {
      return fail(
          "%s cannot be run; the checks of -Pinterop need the Debian packages nodejs, npm and curl."
              .formatted(command[0]),
          missing);
    }
  }
}
