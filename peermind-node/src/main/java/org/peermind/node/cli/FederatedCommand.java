// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "federated",
    description = "Federated updates: how the network teaches its own model.",
    mixinStandardHelpOptions = true,
    subcommands = {
      FederatedContributeCommand.class,
      FederatedForgetCommand.class,
      FederatedCommands.Status.class,
      FederatedCommands.Rounds.class,
      FederatedCommands.Vote.class,
      FederatedCommands.Undo.class,
      FederatedSuspectsCommand.class,
      FederatedVerifyCommand.class,
      FederatedAggregateCommand.class
    })
final class FederatedCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
