// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.peermind.inference.internal.external.ServerException.Kind;

/// Programs that the owner named for starting and stopping a server. No shell reads them, and what
/// they print is dropped, because a server may print prompts.
final class ServerCommand {
  private static final Duration END_MAX = Duration.ofSeconds(5);
  private static final Duration KILL_MAX = Duration.ofSeconds(2);

  private ServerCommand() {}

  private static Process launch(List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD);
    // What the owner told this node by its environment, such as a key, is not the program's.
    builder.environment().keySet().removeIf(name -> name.startsWith("PEERMIND_"));
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  /// Starts a server, which goes on running.
  static Process start(List<String> command) throws ServerException {
    try {
      return launch(command);
    } catch (IOException refused) {
      throw new ServerException(
          Kind.FAULT, "The command of model.start-command cannot be started; look at its path.");
    }
  }

  /// Runs a command to its end.
  ///
  /// @return whether it said that it succeeded, in time
  static boolean run(List<String> command, Duration patience) throws InterruptedException {
    Process process;
    try {
      process = launch(command);
    } catch (IOException notThere) {
      return false;
    }
    try {
      return process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)
          && process.exitValue() == 0;
    } finally {
      end(process);
    }
  }

  /// Ends a process and all that it started, first by asking.
  ///
  /// @return whether all of them are gone
  static boolean end(Process process) throws InterruptedException {
    List<ProcessHandle> all = process.descendants().toList();
    process.destroy();
    if (!process.waitFor(END_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
      process.destroyForcibly();
    }
    all.forEach(ProcessHandle::destroyForcibly);
    boolean gone = process.waitFor(KILL_MAX.toMillis(), TimeUnit.MILLISECONDS);
    for (ProcessHandle each : all) {
      gone &= isGone(each);
    }
    return gone;
  }

  private static boolean isGone(ProcessHandle process) throws InterruptedException {
    for (int look = 0; look < 20 && process.isAlive(); look++) {
      Thread.sleep(50);
    }
    return !process.isAlive();
  }
}
