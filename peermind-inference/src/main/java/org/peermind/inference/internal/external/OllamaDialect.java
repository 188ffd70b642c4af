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

/// Ollama (docs/api.md of its repository): a request without a prompt loads, with `keep_alive` 0 it
/// unloads, and `/api/ps` lists what is in memory.
final class OllamaDialect extends OpenAiDialect {
  /// After a request through the OpenAI path Ollama counts anew from its own setting, 5 minutes by
  /// default; the same here, so that a node that died leaves nothing behind for long.
  private static final String KEEP_ALIVE = "5m";

  OllamaDialect(String version) {
    super("ollama " + version);
  }

  @Override
  public boolean isHealthy(ServerLink link) throws InterruptedException {
    return link.answers("/api/version", PATIENCE);
  }

  @Override
  public List<String> models(ServerLink link) throws ServerException, InterruptedException {
    return texts(link.get("/api/tags", PATIENCE).path("models"), "name");
  }

  @Override
  boolean isSame(String offered, String wanted) {
    return tagged(offered).equals(tagged(wanted));
  }

  private static String tagged(String name) {
    return name.lastIndexOf(':') > name.lastIndexOf('/') ? name : name + ":latest";
  }

  @Override
  public void load(ServerLink link, String model, Duration patience)
      throws ServerException, InterruptedException {
    requireModel(link, model);
    link.post("/api/generate", order(model).put("keep_alive", KEEP_ALIVE), patience);
  }

  private static ObjectNode order(String model) {
    return ServerJson.object().put("model", model).put("stream", false);
  }

  @Override
  public OptionalInt contextTokens(ServerLink link, String model)
      throws ServerException, InterruptedException {
    return positive(running(link, model).path("context_length"));
  }

  @Override
  public boolean unload(ServerLink link, String model)
      throws ServerException, InterruptedException {
    link.post("/api/generate", order(model).put("keep_alive", 0), PATIENCE);
    return true;
  }

  @Override
  public Presence presence(ServerLink link, String model)
      throws ServerException, InterruptedException {
    return running(link, model).isMissingNode() ? Presence.GONE : Presence.LOADED;
  }

  private JsonNode running(ServerLink link, String model)
      throws ServerException, InterruptedException {
    for (JsonNode each : link.get("/api/ps", PATIENCE).path("models")) {
      if (isSame(each.path("name").asText(""), model)
          || isSame(each.path("model").asText(""), model)) {
        return each;
      }
    }
    return MissingNode.getInstance();
  }

  @Override
  public EngineFeatures features() {
    return formsAndTools();
  }

  @Override
  public String unloadAdvice() {
    return "look at `ollama ps`";
  }
}
