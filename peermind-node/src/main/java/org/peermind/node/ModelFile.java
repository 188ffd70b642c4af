// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;
import org.peermind.inference.ExternalServer;
import org.peermind.inference.ModelSpec;
import org.peermind.model.GgufException;
import org.peermind.model.ModelInspection;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.node.governance.PeerModels;
import org.peermind.node.role.ServedFiles;
import org.peermind.node.role.ServedModelFile;
import org.peermind.protocol.ServedModel;

/// The model that this node's configuration names, checked and hashed.
///
/// @param contextTokens of one conversation: what the owner allows, at most what the model can
/// @param kept what the node served last with its network; empty for the configured model
record ModelFile(Path path, ServedModel served, int contextTokens, Optional<ServedFiles> kept) {
  private static final String DEMO_RESOURCE = "/org/peermind/model/demo/peermind-demo.gguf";
  private static final int NAME_CHARACTERS_MAX = 64;

  static ModelFile of(NodeConfig.Engine engine, NodeHome home) throws ConfigException {
    if (engine.external().isPresent()) {
      return declared(engine, engine.external().get());
    }
    Path path = engine.file().isPresent() ? home.modelFile(engine.file().get()) : extractDemo(home);
    ModelInspection inspection;
    try {
      inspection = ModelInspection.of(path);
    } catch (GgufException refused) {
      throw new ConfigException(String.valueOf(refused.getMessage()), refused);
    }
    int context = (int) Math.min(engine.contextTokens(), inspection.contextTokens());
    String name = engine.name().or(() -> named(inspection.name())).orElse(fileName(path));
    return new ModelFile(
        path, new ServedModel(inspection.sha256(), name, context), context, Optional.empty());
  }

  /// The model of a server of the owner's: nobody here sees its file, so it is only declared.
  private static ModelFile declared(NodeConfig.Engine engine, ExternalServer server) {
    ServedModel served =
        new ServedModel(
            server.declaredHash(),
            engine.name().orElse(server.model()),
            engine.contextTokens(),
            false,
            false);
    return new ModelFile(Path.of(""), served, engine.contextTokens(), Optional.empty());
  }

  /// The model that the node changed to with its network in an earlier run, else this one, which is
  /// configured.
  ModelFile orKept(NodeConfig config, NodeHome home) {
    if (!config.participation().follow() || config.engine().external().isPresent()) {
      return this;
    }
    return new ServedModelFile(home)
        .load()
        .map(
            kept ->
                new ModelFile(
                    kept.files().model(),
                    kept.model(),
                    kept.model().contextTokens(),
                    Optional.of(kept.files())))
        .orElse(this);
  }

  /// As peers may fetch it; a model of a server of the owner's has no file here.
  Optional<PeerModels.Configured> configured(NodeConfig config) {
    return config.engine().external().isPresent()
        ? Optional.empty()
        : Optional.of(new PeerModels.Configured(served.hash(), path));
  }

  /// What the engine is to load.
  ModelSpec spec(NodeConfig.Engine engine) {
    int allTokens = contextTokens * engine.slots();
    return engine.external().isPresent()
        ? ModelSpec.external(served.hash(), allTokens, engine.slots())
        : new ModelSpec(
                path,
                kept.map(ServedFiles::sha256).orElse(served.hash()),
                allTokens,
                engine.slots(),
                engine.threads())
            .withAdapter(kept.flatMap(ServedFiles::adapter));
  }

  static Optional<String> named(String name) {
    String slug =
        name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]+", "-").replaceAll("^-+|-+$", "");
    return slug.isEmpty()
        ? Optional.empty()
        : Optional.of(slug.substring(0, Math.min(slug.length(), NAME_CHARACTERS_MAX)));
  }

  private static String fileName(Path path) {
    return String.valueOf(path.getFileName()).replaceFirst("\\.gguf$", "");
  }

  /// Unpacks the demo model beside the node's other temporary files; the engine checks its hash.
  private static Path extractDemo(NodeHome home) throws ConfigException {
    Path target = home.runDirectory().resolve("peermind-demo.gguf");
    Path part = home.runDirectory().resolve("peermind-demo.gguf.part");
    try (InputStream resource = ModelInspection.class.getResourceAsStream(DEMO_RESOURCE)) {
      if (resource == null) {
        throw new ConfigException(
            "The demo model is not in this build; set model.file to a GGUF file.");
      }
      Files.copy(resource, part, StandardCopyOption.REPLACE_EXISTING);
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
      return target;
    } catch (IOException unwritable) {
      throw new ConfigException(
          "The demo model cannot be unpacked into " + home.runDirectory() + ".", unwritable);
    }
  }
}
