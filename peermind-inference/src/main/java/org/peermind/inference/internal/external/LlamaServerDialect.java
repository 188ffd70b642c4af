// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.internal.external.ServerException.Kind;

/// llama.cpp's server. As a router it loads and unloads models in processes of its own; with one
/// model it unloads by `--sleep-idle-seconds` or at its end. `/props?model=` makes a router load
/// the model (seen with v0.5.0), so it is asked for loaded models only.
final class LlamaServerDialect extends OpenAiDialect {
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  private final boolean router;

  LlamaServerDialect(String build, boolean router) {
    super("llama-server " + build + (router ? " as router" : ""));
    this.router = router;
  }

  @Override
  public boolean isHealthy(ServerLink link) throws InterruptedException {
    return link.answers("/health", PATIENCE);
  }

  @Override
  public void load(ServerLink link, String model, Duration patience)
      throws ServerException, InterruptedException {
    if (router) {
      requireModel(link, model);
      if (presence(link, model) != Presence.LOADED) {
        link.post("/models/load", ServerJson.object().put("model", model), PATIENCE);
      }
    }
    // A server with one model serves it whatever name a request has.
    for (long left = patience.dividedBy(LOOK_EVERY); left > 0; left--) {
      if (isReady(link, model)) {
        return;
      }
      Thread.sleep(LOOK_EVERY);
    }
    throw new ServerException(
        Kind.SILENT,
        "The server %s did not load %s in %s."
            .formatted(link.base(), model, ServerLink.words(patience)));
  }

  /// A server that sleeps wakes with the first question, so it is ready too.
  private boolean isReady(ServerLink link, String model)
      throws ServerException, InterruptedException {
    if (!router) {
      return link.answers("/health", PATIENCE);
    }
    JsonNode status = status(link, model);
    if (status.path("failed").asBoolean()) {
      throw new ServerException(
          Kind.FAULT, "The router at %s could not load %s.".formatted(link.base(), model));
    }
    return status.path("value").asText("").equals("loaded");
  }

  private JsonNode status(ServerLink link, String model)
      throws ServerException, InterruptedException {
    for (JsonNode each : link.get("/models", PATIENCE).path("data")) {
      if (each.path("id").asText("").equals(model)) {
        return each.path("status");
      }
    }
    throw new ServerException(
        Kind.NOT_FOUND, "The router at %s has no model %s.".formatted(link.base(), model));
  }

  @Override
  public OptionalInt contextTokens(ServerLink link, String model)
      throws ServerException, InterruptedException {
    String query = router ? "?model=" + encoded(model) : "";
    JsonNode props = link.get("/props" + query, PATIENCE);
    return positive(props.path("default_generation_settings").path("n_ctx"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public boolean unload(ServerLink link, String model)
      throws ServerException, InterruptedException {
    if (!router) {
      return false;
    }
    if (presence(link, model) != Presence.GONE) {
      link.post("/models/unload", ServerJson.object().put("model", model), PATIENCE);
    }
    return true;
  }

  @Override
  public Presence presence(ServerLink link, String model)
      throws ServerException, InterruptedException {
    if (router) {
      return switch (status(link, model).path("value").asText("")) {
        case "unloaded", "sleeping" -> Presence.GONE;
        default -> Presence.LOADED;
      };
    }
    JsonNode sleeping = link.get("/props", PATIENCE).path("is_sleeping");
    return sleeping.asBoolean() ? Presence.GONE : Presence.LOADED;
  }

  /// Another user's prompt must not be found in the cache by the time that an answer takes.
  @Override
  public void complete(ObjectNode body, GenerationRequest request) {
    body.put("cache_prompt", false)
        .put("top_k", request.sampling().topK())
        .put("min_p", request.sampling().minP());
  }

  @Override
  public EngineFeatures features() {
    return formsAndTools();
  }

  @Override
  public String unloadAdvice() {
    return "start llama-server with --sleep-idle-seconds, as a router, or by model.start-command";
  }

  @Override
  public List<String> models(ServerLink link) throws ServerException, InterruptedException {
    return texts(link.get("/models", PATIENCE).path("data"), "id");
  }
}
