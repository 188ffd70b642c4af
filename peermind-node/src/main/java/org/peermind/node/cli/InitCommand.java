// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.Console;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.model.GgufException;
import org.peermind.model.ModelInspection;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.ConfigTemplate;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.protocol.IdentityKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind init`: a first configuration and an identity.
@Command(
    name = "init",
    description = "Writes a node's first configuration and draws its identity.",
    mixinStandardHelpOptions = true)
final class InitCommand implements Callable<Integer> {
  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Option(
      names = "--role",
      paramLabel = "ROLE",
      split = ",",
      description = "inferer, light-user or referee; may be given more than once.")
  private List<String> roles = new ArrayList<>();

  @Option(names = "--network", paramLabel = "NAME", description = "The network's name.")
  private String network = "home";

  @Option(
      names = "--place",
      paramLabel = "LAT,LON",
      description = "Where the node stands, in degrees; others learn a 150 km cell only.")
  private @Nullable String place;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "Where a referee listens; default 0.0.0.0:4477.")
  private String listen = "0.0.0.0:4477";

  @Option(
      names = "--public-address",
      paramLabel = "HOST:PORT",
      description = "The referee's address as others reach it.")
  private @Nullable String publicAddress;

  @Option(
      names = "--api",
      paramLabel = "HOST:PORT",
      description = "Where the local API listens; default 127.0.0.1:4478.")
  private String api = "127.0.0.1:4478";

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "The GGUF file that an inferer serves; default the demo model.")
  private String model = "demo";

  @Override
  public Integer call() throws ConfigException, CommandFailed {
    NodeHome nodeHome = home.home();
    if (Files.exists(nodeHome.configFile())) {
      throw new CommandFailed(
          ExitCode.FAILED,
          nodeHome.configFile() + " exists already; edit it, or choose another --home.");
    }
    if (roles.isEmpty()) {
      terminal().ifPresent(this::askFor);
    }
    ConfigTemplate template =
        new ConfigTemplate(
            network,
            NodeConfig.roles(roles.isEmpty() ? List.of("light-user") : roles),
            Optional.ofNullable(place),
            listen,
            Optional.ofNullable(publicAddress),
            api,
            model);
    String yaml = template.render(List.of());
    checkModel();
    nodeHome.create();
    IdentityKey key = nodeHome.createIdentity(new SecureRandom());
    nodeHome.write(nodeHome.configFile(), yaml);
    spec.commandLine().getOut().println("Node " + key.id());
    spec.commandLine().getOut().println("Configuration " + nodeHome.configFile());
    spec.commandLine()
        .getOut()
        .println(
            template.isReferee()
                ? "Next: `peermind up`, then `peermind invite` for your friends."
                : "Next: `peermind join` with the invitation of a referee, then `peermind up`.");
    return ExitCode.DONE;
  }

  /// A file that the node would refuse to serve is refused before anything is written.
  private void checkModel() throws CommandFailed {
    if (model.equals("demo")) {
      return;
    }
    try {
      ModelInspection.of(Path.of(model));
    } catch (GgufException refused) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(refused.getMessage()), refused);
    } catch (InvalidPathException malformed) {
      throw new CommandFailed(
          ExitCode.FAILED, "The model file " + model + " is no path of a file.", malformed);
    }
  }

  /// The terminal of a person. Error Prone holds that there always is a console since JDK 22; JDK
  /// 25 gives none when input or output is redirected.
  @SuppressWarnings("SystemConsoleNull")
  private static Optional<Console> terminal() {
    return Optional.ofNullable(System.console()).filter(Console::isTerminal);
  }

  private void askFor(Console console) {
    String answer =
        console.readLine("What does this node do: inferer, light-user, referee? [light-user] ");
    roles.add(answer == null || answer.isBlank() ? "light-user" : answer.strip());
    if (place == null) {
      String where = console.readLine("Where does it stand: LAT,LON in degrees? [guess] ");
      place = where == null || where.isBlank() ? null : where.strip();
    }
  }
}
