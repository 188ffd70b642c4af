// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.testkit.Await;

/// The external engine against a llama-server that its own authors wrote, with the demo model. Runs
/// when `-Dpeermind.llama-server=PATH` names the program.
@Tag("llama-server")
class LlamaServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int CONTEXT = 512;

  @TempDir private Path directory;
  private final List<Process> processes = new ArrayList<>();
  private Path model = Path.of("");

  @BeforeEach
  void unpackModel() throws IOException {
    model = directory.resolve("models").resolve("demo.gguf");
    Files.createDirectory(directory.resolve("models"));
    try (var resource =
        org.peermind.model.ModelInspection.class.getResourceAsStream(
            "/org/peermind/model/demo/peermind-demo.gguf")) {
      Files.copy(
          java.util.Objects.requireNonNull(resource), model, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  @AfterEach
  void endServers() {
    processes.forEach(
        process -> {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
        });
  }

  @Test
  void isRecognisedAndAnswers_andSleepsAwayTheMemory() throws Exception {
    URI url = start("--sleep-idle-seconds", "2");
    try (ExternalEngine engine = engine(url, List.of())) {
      assertThat(engine.info().name()).startsWith("llama-server b");
      LoadedModel loaded = engine.load(spec(), LoadProgress.ignored());
      Transcript answer = ask(loaded, "What is the capital of Dorrin?", 24);
      assertThat(answer.text()).isEqualTo("The capital of Dorrin is Tarsin.");
      assertThat(answer.finished().reason()).isEqualTo(FinishReason.STOP);
      assertThat(answer.finished().promptTokens()).isPositive();
      assertThat(ask(loaded, "Tell me a story about Mira.", 5).finished())
          .satisfies(
              end -> {
                assertThat(end.reason()).isEqualTo(FinishReason.LENGTH);
                assertThat(end.completionTokens()).isEqualTo(5);
              });
      assertThat(ask(loaded, "story ".repeat(2_000), 5).failed().kind())
          .isEqualTo(FailureKind.CONTEXT_TOO_LONG);
      loaded.close();
      assertThat(engine.heldMemory()).isEmpty();
    }
  }

  @Test
  void keepsAnAnswerToASchema() throws Exception {
    URI url = start();
    try (ExternalEngine engine = engine(url, List.of())) {
      LoadedModel loaded = engine.load(spec(), LoadProgress.ignored());
      GenerationRequest request =
          Transcript.request("What is the capital of Dorrin?", 60)
              .withConstraint(
                  new Constraint.JsonSchema(
                      "{\"type\":\"object\",\"properties\":{\"a\":{\"enum\":[1,2]}},"
                          + "\"required\":[\"a\"],\"additionalProperties\":false}"));
      assertThat(Transcript.read(loaded, request).text().replaceAll("\\s", ""))
          .matches("\\{\"a\":[12]}");
      loaded.close();
    }
  }

  @Test
  void saysThatItCannotFreeTheGpu_whenTheServerNeitherSleepsNorRoutes() throws Exception {
    URI url = start();
    try (ExternalEngine engine = engine(url, List.of())) {
      LoadedModel loaded = engine.load(spec(), LoadProgress.ignored());
      loaded.close();
      assertThat(engine.heldMemory()).get().asString().contains("--sleep-idle-seconds");
    }
  }

  @Test
  void aRouterEndsTheModelsProcess() throws Exception {
    int port = freePort();
    Process router =
        launch(List.of("--models-dir", directory.resolve("models").toString(), "-c", "512"), port);
    try (ExternalEngine engine = engine(url(port), List.of())) {
      Await.until("the router", PATIENCE, () -> answers(engine));
      assertThat(engine.info().name()).endsWith("as router");
      assertThat(engine.models()).containsExactly("demo");
      LoadedModel loaded = engine.load(spec(), LoadProgress.ignored());
      assertThat(router.children()).hasSize(1);
      assertThat(ask(loaded, "What is the capital of Dorrin?", 24).text()).contains("Tarsin");
      loaded.close();
      assertThat(engine.heldMemory()).isEmpty();
      Await.until("the end of the model's process", PATIENCE, () -> router.children().count() == 0);
    }
  }

  @Test
  void cancelStopsTheServersWork() throws Exception {
    URI url = start("-np", "1");
    try (ExternalEngine engine = engine(url, List.of())) {
      LoadedModel loaded = engine.load(spec(), LoadProgress.ignored());
      try (Generation generation =
          loaded.generate(Transcript.request("Tell me a story about Mira.", 400))) {
        Await.until(
            "the first word", PATIENCE, () -> next(generation) instanceof GenerationEvent.Piece);
        generation.cancel();
        assertThat(Transcript.read(generation).finished().reason())
            .isEqualTo(FinishReason.CANCELLED);
      }
      // The only slot is free again at once.
      assertThat(ask(loaded, "What is the capital of Dorrin?", 24).text()).contains("Tarsin");
      loaded.close();
    }
  }

  @Test
  void anAnswerFailsAndTheModelDies_whenTheServerIsKilledInMidAnswer() throws Exception {
    URI url = start();
    try (ExternalEngine engine = engine(url, List.of())) {
      LoadedModel loaded = engine.load(spec(), LoadProgress.ignored());
      CountDownLatch died = new CountDownLatch(1);
      loaded.onDeath(died::countDown);
      Generation generation =
          loaded.generate(
              Transcript.request("Tell me a story about Mira.", 450)
                  .withConstraint(
                      new Constraint.JsonSchema(
                          "{\"type\":\"array\",\"minItems\":400,\"items\":{\"type\":\"integer\"}}")));
      Await.until(
          "the first word", PATIENCE, () -> next(generation) instanceof GenerationEvent.Piece);
      processes.getLast().destroyForcibly();
      assertThat(Transcript.read(generation).failed().kind()).isEqualTo(FailureKind.CRASHED);
      assertThat(died.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(engine.heldMemory()).isEmpty();
    }
  }

  @Test
  void startsAndEndsTheServerItself_whenItWasToldHow() throws Exception {
    int port = freePort();
    List<String> command = new ArrayList<>(command(port));
    command.addAll(List.of("-m", model.toString(), "-c", "1024", "-np", "2"));
    try (ExternalEngine engine = engine(url(port), command)) {
      LoadedModel loaded = engine.load(spec(), LoadProgress.ignored());
      ProcessHandle server = ProcessHandle.of(loaded.childPid().orElseThrow()).orElseThrow();
      assertThat(ask(loaded, "What is the capital of Dorrin?", 24).text()).contains("Tarsin");
      loaded.close();
      assertThat(server.isAlive()).isFalse();
      assertThat(engine.heldMemory()).isEmpty();
      assertThatThrownBy(engine::info)
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("Nobody listens");
    }
  }

  private static GenerationEvent next(Generation generation) {
    try {
      return generation.next(PATIENCE).orElseThrow();
    } catch (InterruptedException stopped) {
      throw new AssertionError(stopped);
    }
  }

  private static Transcript ask(LoadedModel model, String question, int tokens) throws Exception {
    return Transcript.read(model, Transcript.request(question, tokens));
  }

  private static boolean answers(ExternalEngine engine) {
    try {
      return !engine.info().name().isEmpty();
    } catch (EngineException notYet) {
      return false;
    }
  }

  private static ModelSpec spec() {
    return ModelSpec.external(new org.peermind.protocol.ModelHash("0".repeat(64)), CONTEXT, 1);
  }

  private static ExternalEngine engine(URI url, List<String> start) {
    return ExternalEngine.of(
        new ExternalServer(
            Optional.empty(), url, "demo", Optional.empty(), false, start, List.of()));
  }

  private URI start(String... options) throws IOException {
    int port = freePort();
    List<String> arguments =
        new ArrayList<>(List.of("-m", model.toString(), "-c", String.valueOf(CONTEXT), "-np", "1"));
    arguments.addAll(List.of(options));
    launch(arguments, port);
    try (ExternalEngine engine = engine(url(port), List.of())) {
      Await.until("llama-server", PATIENCE, () -> answers(engine));
    }
    return url(port);
  }

  private Process launch(List<String> arguments, int port) throws IOException {
    List<String> command = new ArrayList<>(command(port));
    command.addAll(arguments);
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("server-" + port + ".log").toFile())
            .start();
    processes.add(process);
    return process;
  }

  private static List<String> command(int port) {
    return List.of(
        System.getProperty("peermind.llama-server"),
        "--host",
        "127.0.0.1",
        "--port",
        String.valueOf(port));
  }

  private static URI url(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
