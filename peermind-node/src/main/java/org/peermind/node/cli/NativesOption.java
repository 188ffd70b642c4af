// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.EngineException;
import org.peermind.inference.Natives;
import org.peermind.node.NodeNatives;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import picocli.CommandLine.Option;

/// Which native libraries a command is about.
final class NativesOption {
  @Option(
      names = "--native-dir",
      paramLabel = "DIR",
      description =
          "A folder with llama.cpp's libraries, instead of the installed or bundled ones.")
  private @Nullable Path directory;

  /// What the configuration says, unless the command line says otherwise.
  NodeConfig.NativeLibraries over(NodeConfig.NativeLibraries configured) {
    return directory == null
        ? configured
        : new NodeConfig.NativeLibraries(
            Optional.of(directory.toAbsolutePath()), configured.allowUnknown());
  }

  /// The libraries that the node would use; a node that is not set up yet has no wishes.
  Natives choose(HomeOption home) throws CommandFailed, ConfigException {
    NodeHome nodeHome = home.home();
    NodeConfig.NativeLibraries configured =
        Files.exists(nodeHome.configFile())
            ? home.config().natives()
            : new NodeConfig.NativeLibraries(Optional.empty(), false);
    try {
      return NodeNatives.choose(nodeHome, over(configured));
    } catch (EngineException unusable) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(unusable.getMessage()), unusable);
    }
  }
}
