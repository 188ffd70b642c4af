// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.LoopbackServer;
import org.peermind.testkit.LoopbackServer.Reply;

/// How each kind of server is recognised, loaded and unloaded (origin: documented; the servers here
/// are written from their public documentation, llama-server's also from what v0.5.0 answered).
class ServerDialectsTest {
  /// What a server answers, by the request's line; what is missing is its way of saying 404.
  private static final class Script implements AutoCloseable {
    private final Map<String, String> answers = new ConcurrentHashMap<>();
    private final Map<String, Map<String, String>> changes = new ConcurrentHashMap<>();
    private final LoopbackServer server =
        LoopbackServer.start((request, reply) -> answer(request.line(), reply));
    private int unknownStatus = 404;

    Script says(String line, String document) {
      answers.put(line, document);
      return this;
    }

    /// After this request another one is answered so.
    Script then(String line, String otherLine, String document) {
      answers.put(line, "{}");
      changes.put(line, Map.of(otherLine, document));
      return this;
    }

    Script saysUnknownWith(int status) {
      unknownStatus = status;
      return this;
    }

    private void answer(String line, Reply reply) throws IOException {
      String document = answers.get(line);
      answers.putAll(changes.getOrDefault(line, Map.of()));
      reply.json(
          document == null ? unknownStatus : 200,
          document == null ? "{\"error\":\"Unexpected endpoint\"}" : document);
    }

    List<String> lines() {
      return ExternalEngineTest.lines(server.requests());
    }

    ExternalEngine engine() {
      return ExternalEngineTest.engine(server.url(), "m");
    }

    @Override
    public void close() {
      server.close();
    }
  }

  @Test
  void vllmWakesUpAndSleeps() throws Exception {
    try (Script vllm =
            new Script()
                .says("GET /version", "{\"version\":\"0.14.0\"}")
                .says("GET /v1/models", "{\"data\":[{\"id\":\"m\",\"max_model_len\":4096}]}")
                .says("GET /is_sleeping", "{\"is_sleeping\":true}")
                .then("POST /wake_up", "GET /is_sleeping", "{\"is_sleeping\":false}")
                .then("POST /sleep?level=1", "GET /is_sleeping", "{\"is_sleeping\":true}");
        ExternalEngine engine = vllm.engine()) {
      LoadedModel model = load(engine);
      assertThat(model.info().description()).isEqualTo("m at vllm 0.14.0");
      assertThat(vllm.lines()).contains("POST /wake_up");
      model.close();
      assertThat(vllm.lines()).endsWith("POST /sleep?level=1", "GET /is_sleeping");
      assertThat(engine.heldMemory()).isEmpty();
    }
  }

  @Test
  void vllmWithoutSleepModeHoldsTheGpu_andItIsSaid() throws Exception {
    try (Script vllm =
            new Script()
                .says("GET /version", "{\"version\":\"0.14.0\"}")
                .says("GET /v1/models", "{\"data\":[{\"id\":\"m\",\"max_model_len\":4096}]}");
        ExternalEngine engine = vllm.engine()) {
      load(engine).close();
      assertThat(engine.heldMemory())
          .get()
          .asString()
          .contains("cannot free the GPU")
          .contains("--enable-sleep-mode");
    }
  }

  @Test
  void vllmWithAShorterContextIsRefused() {
    try (Script vllm =
            new Script()
                .says("GET /version", "{\"version\":\"0.14.0\"}")
                .says("GET /v1/models", "{\"data\":[{\"id\":\"m\",\"max_model_len\":256}]}");
        ExternalEngine engine = vllm.engine()) {
      assertThatThrownBy(() -> load(engine)).hasMessageContaining("256 tokens");
    }
  }

  @Test
  void lmStudioLoadsAndUnloadsItsInstances() throws Exception {
    String unloaded = "{\"models\":[{\"key\":\"m\",\"loaded_instances\":[]}]}";
    String loaded =
        "{\"models\":[{\"key\":\"m\",\"loaded_instances\":"
            + "[{\"id\":\"m:2\",\"config\":{\"context_length\":4096}}]}]}";
    try (Script studio =
            new Script()
                .saysUnknownWith(200)
                .says("GET /api/v0/models", "{\"data\":[{\"id\":\"m\",\"state\":\"not-loaded\"}]}")
                .says("GET /v1/models", "{\"data\":[{\"id\":\"m\"}]}")
                .says("GET /api/v1/models", unloaded)
                .then("POST /api/v1/models/load", "GET /api/v1/models", loaded)
                .then("POST /api/v1/models/unload", "GET /api/v1/models", unloaded);
        ExternalEngine engine = studio.engine()) {
      LoadedModel model = load(engine);
      assertThat(model.info().description()).contains("lm-studio 0.4 or newer");
      assertThat(studio.lines()).contains("POST /api/v1/models/load");
      model.close();
      assertThat(studio.server.requests())
          .anySatisfy(request -> assertThat(request.body()).isEqualTo("{\"instance_id\":\"m:2\"}"));
      assertThat(engine.heldMemory()).isEmpty();
    }
  }

  @Test
  void anOlderLmStudioNeedsACommandToUnload() throws Exception {
    try (Script studio =
            new Script()
                .saysUnknownWith(200)
                .says(
                    "GET /api/v0/models",
                    "{\"data\":[{\"id\":\"m\",\"state\":\"loaded\",\"loaded_context_length\":4096}]}")
                .says("GET /v1/models", "{\"data\":[{\"id\":\"m\"}]}");
        ExternalEngine engine = studio.engine()) {
      load(engine).close();
      assertThat(engine.heldMemory()).get().asString().contains("lms, unload");
    }
  }

  @Test
  void aLlamaServerRouterIsAskedForPropertiesOfLoadedModelsOnly() throws Exception {
    String model = "{\"data\":[{\"id\":\"m\",\"status\":{\"value\":\"%s\"}}]}";
    try (Script router =
            new Script()
                .says("GET /props", "{\"role\":\"router\",\"default_generation_settings\":{}}")
                .says("GET /models", model.formatted("unloaded"))
                .says("GET /props?model=m", "{\"default_generation_settings\":{\"n_ctx\":4096}}")
                .then("POST /models/load", "GET /models", model.formatted("loaded"))
                .then("POST /models/unload", "GET /models", model.formatted("unloaded"));
        ExternalEngine engine = router.engine()) {
      LoadedModel loaded = load(engine);
      List<String> lines = router.lines();
      assertThat(lines.indexOf("GET /props?model=m"))
          .isGreaterThan(lines.indexOf("POST /models/load"));
      loaded.close();
      assertThat(router.lines()).endsWith("POST /models/unload", "GET /models");
      assertThat(engine.heldMemory()).isEmpty();
    }
  }

  @Test
  void aFailedLoadOfARouterIsAFailure() {
    try (Script router =
            new Script()
                .says("GET /props", "{\"role\":\"router\",\"default_generation_settings\":{}}")
                .says(
                    "GET /models",
                    "{\"data\":[{\"id\":\"m\",\"status\":{\"value\":\"unloaded\",\"failed\":true}}]}")
                .says("POST /models/load", "{}");
        ExternalEngine engine = router.engine()) {
      assertThatThrownBy(() -> load(engine)).hasMessageContaining("could not load m");
    }
  }

  private static LoadedModel load(ExternalEngine engine)
      throws EngineException, InterruptedException {
    return engine.load(ExternalEngineTest.spec(1), LoadProgress.ignored());
  }
}
