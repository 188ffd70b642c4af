// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.testkit.Await;
import org.peermind.testkit.LoopbackServer;
import org.peermind.testkit.LoopbackServer.Request;
import org.peermind.testkit.OllamaScript;

/// The engine against Ollama's dialect as documented: residence, answers, and the energy promise.
class ExternalEngineTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Test
  void loadsAnswersAndUnloads_andAsksOllamaWhetherItIsGone() throws Exception {
    try (OllamaScript ollama = OllamaScript.start(List.of("The ", "sun ", "shines."));
        ExternalEngine engine = engine(ollama.url(), "llama3.2")) {
      assertThat(engine.info().name()).isEqualTo("ollama 0.9.6");
      assertThat(engine.models()).containsExactly("llama3.2:latest");
      assertThat(ollama.isLoaded()).isFalse();

      LoadedModel model = engine.load(spec(2), LoadProgress.ignored());
      assertThat(ollama.isLoaded()).isTrue();
      assertThat(model.features().continuation()).isFalse();
      Transcript answer = Transcript.read(model, Transcript.request("Hello?", 50));
      assertThat(answer.text()).isEqualTo("The sun shines.");
      assertThat(answer.tokens()).isEmpty();
      assertThat(answer.finished())
          .isEqualTo(new GenerationEvent.Finished(FinishReason.STOP, 11, 3, 0));

      model.close();
      assertThat(ollama.isLoaded()).isFalse();
      assertThat(engine.heldMemory()).isEmpty();
      assertThat(lines(ollama.requests())).endsWith("POST /api/generate", "GET /api/ps");
      assertThatThrownBy(() -> model.generate(Transcript.request("More?", 5)))
          .isInstanceOf(EngineException.class);
    }
  }

  @Test
  void saysThatItCannotFreeTheGpu_whenTheModelStays() throws Exception {
    try (OllamaScript ollama = OllamaScript.start(List.of("x"));
        ExternalEngine engine = engine(ollama.url(), "llama3.2")) {
      LoadedModel model = engine.load(spec(1), LoadProgress.ignored());
      ollama.cling();
      model.close();
      assertThat(engine.heldMemory())
          .get()
          .asString()
          .contains("cannot free the GPU of " + ollama.url())
          .contains("work is no longer sent")
          .contains("ollama ps");
    }
  }

  @Test
  void namesWhatIsThere_whenTheModelIsNot() {
    try (OllamaScript ollama = OllamaScript.start(List.of("x"));
        ExternalEngine engine = engine(ollama.url(), "mistral")) {
      assertThatThrownBy(() -> engine.load(spec(1), LoadProgress.ignored()))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("has no model mistral; it has llama3.2:latest");
      assertThat(ollama.isLoaded()).isFalse();
    }
  }

  @Test
  void refusesAContextThatTheServerDoesNotGive_andUnloads() {
    try (OllamaScript ollama = OllamaScript.start(List.of("x"));
        ExternalEngine engine = engine(ollama.url(), "llama3.2")) {
      ModelSpec spec = ModelSpec.external(declared(ollama.url()), 8_192, 1);
      assertThatThrownBy(() -> engine.load(spec, LoadProgress.ignored()))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("4096 tokens, less than the 8192");
      assertThat(ollama.isLoaded()).isFalse();
    }
  }

  @Test
  void unloads_whenTheLoadIsInterruptedBySunset() throws Exception {
    AtomicBoolean unloaded = new AtomicBoolean();
    try (LoopbackServer server =
            LoopbackServer.start(
                (request, reply) -> {
                  switch (request.line()) {
                    case "GET /api/version" -> reply.json(200, "{\"version\":\"1\"}");
                    case "GET /api/tags" ->
                        reply.json(200, "{\"models\":[{\"name\":\"m:latest\"}]}");
                    case "GET /api/ps" -> reply.json(200, "{\"models\":[]}");
                    default -> {
                      if (request.body().contains("\"keep_alive\":0")) {
                        unloaded.set(true);
                        reply.json(200, "{}");
                      } else {
                        reply.awaitHangUp();
                      }
                    }
                  }
                });
        ExternalEngine engine = engine(server.url(), "m")) {
      AtomicBoolean stopped = new AtomicBoolean();
      Thread loader =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      engine.load(spec(1), LoadProgress.ignored()).close();
                    } catch (InterruptedException _) {
                      stopped.set(true);
                    } catch (EngineException wrong) {
                      throw new AssertionError(wrong);
                    }
                  });
      Await.until(
          "the load", PATIENCE, () -> lines(server.requests()).contains("POST /api/generate"));
      loader.interrupt();
      assertThat(loader.join(PATIENCE)).isTrue();
      assertThat(stopped).isTrue();
      assertThat(unloaded).isTrue();
    }
  }

  @Test
  void sendsTheKeyAndNeverShowsIt() throws Exception {
    try (LoopbackServer server = LoopbackServer.start((_, reply) -> reply.json(401, "{}"));
        ExternalEngine engine =
            ExternalEngine.of(
                new ExternalServer(
                    Optional.of(ServerKind.OPENAI),
                    server.url(),
                    "m",
                    Optional.of(new ApiKey("SECRET-7")),
                    false,
                    List.of(),
                    List.of()))) {
      assertThatThrownBy(() -> engine.load(spec(1), LoadProgress.ignored()))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("refuses the key")
          .hasMessageNotContaining("SECRET");
      assertThat(server.requests().getFirst().headers())
          .containsEntry("authorization", "Bearer SECRET-7");
      assertThat(new ApiKey("SECRET-7")).asString().doesNotContain("SECRET");
      assertThatThrownBy(() -> new ApiKey("SEC RET")).hasMessageNotContaining("SEC");
    }
  }

  @Test
  void givesOneAnswerAtATimeWhilePaced() throws Exception {
    try (OllamaScript ollama = OllamaScript.start(List.of("a", "b"));
        ExternalEngine engine = engine(ollama.url(), "llama3.2")) {
      LoadedModel model = engine.load(spec(2), LoadProgress.ignored());
      model.pace(OptionalDouble.of(5));
      List<Generation> both =
          IntStream.range(0, 2).mapToObj(number -> ask(model, "Question " + number)).toList();
      for (Generation generation : both) {
        assertThat(Transcript.read(generation).text()).isEqualTo("ab");
      }
      model.close();
    }
  }

  @Test
  void refusesWhatItLacks_insteadOfImitatingIt() throws Exception {
    try (OllamaScript ollama = OllamaScript.start(List.of("x"));
        ExternalEngine engine = engine(ollama.url(), "llama3.2")) {
      LoadedModel model = engine.load(spec(1), LoadProgress.ignored());
      GenerationRequest request = Transcript.request("Hello?", 5);
      assertThat(Transcript.read(model, request.withResumeTokens(List.of(7))).failed())
          .isEqualTo(
              new GenerationEvent.Failed(
                  FailureKind.BAD_REQUEST,
                  "The owner's server takes no token ids, so it cannot continue an answer."));
      assertThat(
              Transcript.read(model, request.withTopLogprobs(java.util.OptionalInt.of(0)))
                  .failed()
                  .kind())
          .isEqualTo(FailureKind.BAD_REQUEST);
      assertThat(lines(ollama.requests())).doesNotContain("POST /v1/chat/completions");
      model.close();
    }
  }

  @Test
  void saysThatTheStartedServerEnded() throws Exception {
    int port;
    try (LoopbackServer gone = LoopbackServer.start((_, reply) -> reply.json(404, "{}"))) {
      port = gone.url().getPort();
    }
    String java = ProcessHandle.current().info().command().orElseThrow();
    ExternalServer server =
        new ExternalServer(
            Optional.empty(),
            URI.create("http://127.0.0.1:" + port),
            "m",
            Optional.empty(),
            false,
            List.of(java, "--no-such-option=SECRET-7"),
            List.of());
    assertThat(server).asString().doesNotContain("SECRET");
    try (ExternalEngine engine = ExternalEngine.of(server)) {
      assertThatThrownBy(() -> engine.load(spec(1), LoadProgress.ignored()))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("ended with code 1")
          .hasMessageNotContaining("SECRET");
      assertThat(engine.heldMemory()).isEmpty();
    }
  }

  @Test
  void sendsNothingToHostsOutsideTheLocalNetwork() {
    try (ExternalEngine engine = engine(URI.create("http://8.8.8.8:11434"), "m")) {
      assertThatThrownBy(engine::info)
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("model.allow-remote");
    }
  }

  private static Generation ask(LoadedModel model, String question) {
    try {
      return model.generate(Transcript.request(question, 9));
    } catch (EngineException gone) {
      throw new AssertionError(gone);
    }
  }

  static ExternalEngine engine(URI url, String model) {
    return ExternalEngine.of(server(url, model), Duration.ofSeconds(5), Duration.ofSeconds(5));
  }

  static ExternalServer server(URI url, String model) {
    return new ExternalServer(
        Optional.empty(), url, model, Optional.empty(), false, List.of(), List.of());
  }

  private static org.peermind.protocol.ModelHash declared(URI url) {
    return server(url, "m").declaredHash();
  }

  static ModelSpec spec(int slots) {
    return ModelSpec.external(
        new org.peermind.protocol.ModelHash("0".repeat(64)), 512 * slots, slots);
  }

  static List<String> lines(List<Request> requests) {
    return requests.stream().map(Request::line).toList();
  }
}
