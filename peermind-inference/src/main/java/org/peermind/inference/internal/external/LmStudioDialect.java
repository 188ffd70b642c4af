// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.GenerationRequest;

/// LM Studio. From 0.4 on `/api/v1` loads and unloads instances of a model; before that only
/// `/api/v0` tells what is loaded, an idle time in requests unloads, and `lms unload` does at once.
final class LmStudioDialect extends OpenAiDialect {
  private static final int IDLE_SECONDS = 300;

  private final boolean orders;

  /// @param orders whether it has `/api/v1`
  LmStudioDialect(boolean orders) {
    super(orders ? "lm-studio 0.4 or newer" : "lm-studio before 0.4");
    this.orders = orders;
  }

  @Override
  public void load(ServerLink link, String model, Duration patience)
      throws ServerException, InterruptedException {
    requireModel(link, model);
    if (orders && instances(link, model).isEmpty()) {
      link.post("/api/v1/models/load", ServerJson.object().put("model", model), patience);
    }
  }

  private List<String> instances(ServerLink link, String model)
      throws ServerException, InterruptedException {
    return texts(loaded(link, model), "id");
  }

  private JsonNode loaded(ServerLink link, String model)
      throws ServerException, InterruptedException {
    for (JsonNode each : link.get("/api/v1/models", PATIENCE).path("models")) {
      if (each.path("key").asText("").equals(model)) {
        return each.path("loaded_instances");
      }
    }
    return MissingNode.getInstance();
  }

  private JsonNode old(ServerLink link, String model) throws ServerException, InterruptedException {
    for (JsonNode each : link.get("/api/v0/models", PATIENCE).path("data")) {
      if (each.path("id").asText("").equals(model)) {
        return each;
      }
    }
    return MissingNode.getInstance();
  }

  @Override
  public OptionalInt contextTokens(ServerLink link, String model)
      throws ServerException, InterruptedException {
    return positive(
        orders
            ? loaded(link, model).path(0).path("config").path("context_length")
            : old(link, model).path("loaded_context_length"));
  }

  @Override
  public boolean unload(ServerLink link, String model)
      throws ServerException, InterruptedException {
    if (!orders) {
      return false;
    }
    for (String instance : instances(link, model)) {
      link.post(
          "/api/v1/models/unload", ServerJson.object().put("instance_id", instance), PATIENCE);
    }
    return true;
  }

  @Override
  public Presence presence(ServerLink link, String model)
      throws ServerException, InterruptedException {
    if (orders) {
      return instances(link, model).isEmpty() ? Presence.GONE : Presence.LOADED;
    }
    return switch (old(link, model).path("state").asText("")) {
      case "not-loaded" -> Presence.GONE;
      case "loaded" -> Presence.LOADED;
      default -> Presence.UNTOLD;
    };
  }

  /// A model that a request loaded goes by itself after so long without one.
  @Override
  public void complete(ObjectNode body, GenerationRequest request) {
    body.put("ttl", IDLE_SECONDS);
  }

  /// It keeps schemas, but not the form "any JSON object", so it does not claim forms.
  @Override
  public EngineFeatures features() {
    return new EngineFeatures(false, false, false, false, true, false, false, false);
  }

  @Override
  public String unloadAdvice() {
    return "update LM Studio to 0.4, or set model.stop-command to [lms, unload, NAME]";
  }
}
