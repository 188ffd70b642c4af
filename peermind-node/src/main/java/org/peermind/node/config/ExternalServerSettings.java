// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.peermind.inference.ApiKey;
import org.peermind.inference.ExternalServer;
import org.peermind.inference.ServerKind;

/// Reads from the section `model` which server of the owner's runs the model, if it is not the
/// built-in engine that does.
final class ExternalServerSettings {
  private static final String NATIVE = "native";
  private static final String AUTO = "auto";

  private ExternalServerSettings() {}

  static Optional<ExternalServer> read(Settings section) throws ConfigException {
    String engine = section.text("engine", NATIVE);
    Optional<String> url = section.text("url");
    Optional<String> model = section.text("model");
    Optional<String> key = section.text("api-key");
    boolean allowRemote = section.flag("allow-remote", false);
    List<String> start = section.texts("start-command");
    List<String> stop = section.texts("stop-command");
    if (engine.equals(NATIVE)) {
      if (url.isPresent() || model.isPresent() || key.isPresent()) {
        throw new ConfigException(
            "model.url, model.model and model.api-key are for a server of your own; set"
                + " model.engine to auto or to the kind of the server.");
      }
      return Optional.empty();
    }
    Optional<ServerKind> kind = ServerKind.of(engine);
    if (kind.isEmpty() && !engine.equals(AUTO)) {
      throw new ConfigException(
          "model.engine is to be native, auto, %s, not \"%s\"."
              .formatted(
                  Arrays.stream(ServerKind.values())
                      .map(ServerKind::text)
                      .collect(Collectors.joining(", ")),
                  engine));
    }
    if (url.isEmpty() || model.isEmpty()) {
      throw new ConfigException(
          "model.engine: %s needs model.url and model.model, the model's name at the server."
              .formatted(engine));
    }
    try {
      return Optional.of(
          new ExternalServer(
              kind,
              new URI(url.get()),
              model.get(),
              key.map(ApiKey::new),
              allowRemote,
              start,
              stop));
    } catch (URISyntaxException | IllegalArgumentException malformed) {
      // A malformed address is not quoted, for it may hold a key.
      throw new ConfigException(
          malformed instanceof IllegalArgumentException told
              ? "model: " + told.getMessage() + "."
              : "model.url is to be an address like http://127.0.0.1:11434.",
          malformed);
    }
  }
}
