// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "ledger",
    description = "Begins and checks what the network writes down.",
    mixinStandardHelpOptions = true,
    subcommands = {
      LedgerBeginCommand.class,
      LedgerCheckCommand.class,
      LedgerVerifyCommand.class,
      LedgerProofCommand.class,
      LedgerExportCommand.class
    })
final class LedgerCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
