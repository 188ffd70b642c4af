// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.ConfigTemplate;
import org.peermind.node.config.Invitations;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind join`: remembers the referees that an invitation names, beside those that the node
/// knows already.
@Command(
    name = "join",
    description = "Joins the network of an invitation.",
    mixinStandardHelpOptions = true)
final class JoinCommand implements Callable<Integer> {
  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "INVITATION", description = "The line that `peermind invite` printed.")
  private String line;

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      split = ",",
      description = "What a node without configuration shall do; default light-user.")
  private List<String> roles = List.of("light-user");

  @Option(
      names = "--place",
      paramLabel = "LAT,LON",
      description = "Where a node without configuration stands, in degrees.")
  private @Nullable String place;

  @Option(
      names = "--api",
      paramLabel = "HOST:PORT",
      description = "Where the API of a node without configuration listens.")
  private String api = "127.0.0.1:4478";

  @Override
  public Integer call() throws ConfigException, CommandFailed {
    NodeHome nodeHome = home.home();
    Invitation invitation;
    SignedEnvelope envelope;
    try {
      envelope = Invitation.ofLine(line);
      invitation = Invitation.open(envelope, Instant.now());
    } catch (ProtocolException refused) {
      String reason = String.valueOf(refused.getMessage());
      throw new CommandFailed(
          ExitCode.FAILED, reason.endsWith(".") ? reason : reason + ".", refused);
    }
    nodeHome.create();
    IdentityKey key = nodeHome.createIdentity(new SecureRandom());
    Invitations known = Invitations.read(nodeHome);
    if (!Files.exists(nodeHome.configFile())) {
      ConfigTemplate template =
          new ConfigTemplate(
              invitation.network().text(),
              NodeConfig.roles(roles),
              Optional.ofNullable(place),
              "0.0.0.0:4477",
              Optional.empty(),
              api,
              "demo");
      nodeHome.write(nodeHome.configFile(), template.render(List.of(invitation)));
    } else {
      ConfigTemplate.addReferees(nodeHome, key.id(), invitation);
    }
    known.add(nodeHome, line, envelope);
    spec.commandLine().getOut().println("Node " + key.id());
    spec.commandLine()
        .getOut()
        .println(
            "Joined the network %s of referee %s; next: `peermind up`."
                .formatted(invitation.network(), invitation.referee().shortText()));
    return ExitCode.DONE;
  }
}
