// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.peermind.inference.EngineException;
import org.peermind.inference.NativeStore;
import org.peermind.inference.Natives;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;

/// Where a node finds the engine's native libraries (design section 12).
public final class NodeNatives {
  private NodeNatives() {}

  /// The libraries that were installed for this node.
  public static NativeStore store(NodeHome home) {
    return new NativeStore(home.nativesDirectory());
  }

  /// Those that the node uses: of the owner's folder, installed, or bundled. The bundled one is
  /// unpacked into the home, or, while there is no home yet, into a folder that goes with this
  /// process.
  ///
  /// @throws EngineException with the first thing that keeps them from working on this machine
  public static Natives choose(NodeHome home, NodeConfig.NativeLibraries wanted)
      throws EngineException {
    if (Files.isDirectory(home.directory())) {
      return Natives.choose(
          wanted.directory(), wanted.allowUnknown(), store(home), home.runDirectory());
    }
    try {
      Path passing = Files.createTempDirectory("peermind-natives-");
      passing.toFile().deleteOnExit();
      Natives natives =
          Natives.choose(wanted.directory(), wanted.allowUnknown(), store(home), passing);
      if (natives.source() == Natives.Source.BUNDLED) {
        natives.library().toFile().deleteOnExit();
      }
      return natives;
    } catch (IOException e) {
      throw new EngineException("The bundled engine cannot be unpacked for a moment.", e);
    }
  }
}
