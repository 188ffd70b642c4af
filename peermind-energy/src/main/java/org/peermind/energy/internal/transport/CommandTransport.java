// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.util.List;
import org.peermind.energy.spi.SettingsReader;

/// A program of the owner's that prints the answer.
///
/// Connection: `command`, a list of the program and its arguments, run without a shell in the
/// node's directory. A profile's request has no keys: what runs is the owner's alone to say.
final class CommandTransport implements Transport {
  @Override
  public String name() {
    return "command";
  }

  @Override
  public void check(SettingsReader request) {
    // There is nothing to ask but to run the owner's program.
  }

  @Override
  public DeviceLink open(SettingsReader connection, Surroundings surroundings) {
    List<String> command = connection.list("command").stream().map(Object::toString).toList();
    if (command.isEmpty() || command.getFirst().isBlank()) {
      connection.problem("command", "must be a list of the program and its arguments");
    }
    return new CommandLink(command, surroundings);
  }
}
