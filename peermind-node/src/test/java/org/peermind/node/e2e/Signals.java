// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;

/// Sends signals that the JDK cannot.
final class Signals {
  private Signals() {}

  /// @param signal without `SIG`: STOP, CONT, INT, KILL
  static void send(String signal, long pid) {
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
    } catch (IOException noKill) {
      throw new UncheckedIOException(noKill);
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }
}
