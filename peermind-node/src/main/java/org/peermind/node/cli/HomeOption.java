// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.nio.file.Path;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.Configuration;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import picocli.CommandLine.Option;

/// Which node on this machine a command is about.
final class HomeOption {
  @Option(
      names = "--home",
      paramLabel = "DIR",
      description = "The node's directory; default $PEERMIND_HOME or ~/.peermind.")
  private Path home;

  NodeHome home() {
    if (home != null) {
      return new NodeHome(home.toAbsolutePath());
    }
    String environment = System.getenv("PEERMIND_HOME");
    return new NodeHome(
        environment == null || environment.isBlank()
            ? Path.of(System.getProperty("user.home"), ".peermind")
            : Path.of(environment).toAbsolutePath());
  }

  NodeConfig config() throws ConfigException {
    return NodeConfig.of(Configuration.read(home().configFile(), System.getenv()));
  }
}
