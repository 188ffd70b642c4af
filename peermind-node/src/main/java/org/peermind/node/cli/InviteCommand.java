// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.Settings;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.Invitation.OtherReferee;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Role;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind invite`: one line that a friend pastes into `peermind join`.
@Command(
    name = "invite",
    description = "Prints an invitation to the network of this referee.",
    mixinStandardHelpOptions = true)
final class InviteCommand implements Callable<Integer> {
  private static final Duration VALID_MOST = Duration.ofDays(365);

  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Option(
      names = "--valid",
      paramLabel = "SPAN",
      description = "How long it may be used, for example 12h; default 7d.")
  private String valid = "7d";

  @Option(
      names = "--address",
      paramLabel = "HOST:PORT",
      description = "The referee's address as the friend reaches it.")
  private @Nullable String address;

  @Override
  public Integer call() throws ConfigException, CommandFailed {
    NodeConfig config = home.config();
    if (config.peer().isEmpty() || !config.roles().contains(Role.REFEREE)) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "Only a referee invites; run `peermind invite` at the node with the role referee.");
    }
    Duration span = Settings.parseDuration("--valid", valid);
    if (!span.isPositive() || span.compareTo(VALID_MOST) > 0) {
      throw new CommandFailed(
          ExitCode.WRONG_USAGE, "--valid is to be more than nothing and at most 365d.");
    }
    NodeConfig.HostPort reached =
        address == null
            ? config.peer().get().publicAddress()
            : NodeConfig.HostPort.parse("--address", address);
    if (!reached.isReachable()) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "Say how others reach this referee: --address HOST:PORT, or peer.public-address in "
              + home.home().configFile()
              + ".");
    }
    IdentityKey key = home.home().identity();
    Invitation invitation =
        new Invitation(
            config.network(),
            key.id(),
            List.of(reached.toString()),
            Instant.now().plus(span),
            others(config, key.id()));
    spec.commandLine().getOut().println(Invitation.toLine(invitation.sign(key)));
    return ExitCode.DONE;
  }

  /// The other referees that this one trusts, so that one line makes a node know them all.
  private static List<OtherReferee> others(NodeConfig config, NodeId self) {
    return config.referees().stream()
        .filter(referee -> !referee.node().equals(self) && referee.address().isReachable())
        .limit(Invitation.OTHERS_MAX)
        .map(referee -> new OtherReferee(referee.node(), referee.address().toString()))
        .toList();
  }
}
