// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "vote",
    description = "Takes part in the votes of the network, and counts them.",
    mixinStandardHelpOptions = true,
    subcommands = {
      VoteTallyCommand.class,
      VoteVerifyCommand.class,
      VoteCommands.ListVotes.class,
      VoteCommands.Status.class,
      VoteCommands.Cast.class,
      VoteCommands.SponsorProposal.class,
      VoteCommands.VouchForNode.class,
      VoteCommands.Prefer.class,
      VoteCommands.Stop.class
    })
final class VoteCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
