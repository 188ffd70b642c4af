// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.UUID;
import org.peermind.inference.EngineFeatures;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.internal.external.ServerException.Kind;
import org.peermind.protocol.Id16;

/// vLLM. With `--enable-sleep-mode` and `VLLM_SERVER_DEV_MODE=1` its weights go to the machine's
/// main memory and its KV cache away (sleep level 1); without, it holds the GPU until it ends.
final class VllmDialect extends OpenAiDialect {
  VllmDialect(String version) {
    super("vllm " + version);
  }

  @Override
  public boolean isHealthy(ServerLink link) throws InterruptedException {
    return link.answers("/health", PATIENCE);
  }

  @Override
  public void load(ServerLink link, String model, Duration patience)
      throws ServerException, InterruptedException {
    requireModel(link, model);
    if (presence(link, model) == Presence.GONE) {
      link.post("/wake_up", ServerJson.object(), patience);
    }
  }

  @Override
  public OptionalInt contextTokens(ServerLink link, String model)
      throws ServerException, InterruptedException {
    for (JsonNode each : link.get("/v1/models", PATIENCE).path("data")) {
      if (isSame(each.path("id").asText(""), model)) {
        return positive(each.path("max_model_len"));
      }
    }
    return OptionalInt.empty();
  }

  @Override
  public boolean unload(ServerLink link, String model)
      throws ServerException, InterruptedException {
    try {
      link.post("/sleep?level=1", ServerJson.object(), PATIENCE.multipliedBy(2));
      return true;
    } catch (ServerException refused) {
      if (refused.kind() == Kind.NOT_FOUND) {
        return false;
      }
      throw refused;
    }
  }

  @Override
  public Presence presence(ServerLink link, String model)
      throws ServerException, InterruptedException {
    try {
      JsonNode sleeping = link.get("/is_sleeping", PATIENCE).path("is_sleeping");
      return !sleeping.isBoolean()
          ? Presence.UNTOLD
          : sleeping.booleanValue() ? Presence.GONE : Presence.LOADED;
    } catch (ServerException refused) {
      if (refused.kind() == Kind.NOT_FOUND) {
        return Presence.UNTOLD;
      }
      throw refused;
    }
  }

  /// The salt keeps each conversation's prefix cache from every other's.
  @Override
  public void complete(ObjectNode body, GenerationRequest request) {
    int topK = request.sampling().topK();
    body.put(
            "cache_salt",
            request.conversation().map(Id16::toString).orElse(UUID.randomUUID().toString()))
        .put("top_k", topK == 0 ? -1 : topK)
        .put("min_p", request.sampling().minP());
  }

  @Override
  public EngineFeatures features() {
    return formsAndTools();
  }

  @Override
  public String unloadAdvice() {
    return "start vLLM with --enable-sleep-mode and VLLM_SERVER_DEV_MODE=1, or by"
        + " model.start-command";
  }
}
