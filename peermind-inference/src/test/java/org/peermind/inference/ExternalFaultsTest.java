// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.inference.GenerationEvent.Failed;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.testkit.Await;
import org.peermind.testkit.LoopbackServer;
import org.peermind.testkit.LoopbackServer.Reply;

/// What servers do wrong in the middle of answers, down to the bytes.
class ExternalFaultsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String SUN = "{\"choices\":[{\"delta\":{\"content\":\"sun\"}}]}";

  /// What a test's server does when it is asked a question.
  @FunctionalInterface
  private interface Fault {
    void happen(Reply reply) throws Exception;
  }

  @Test
  void failsAsCrashed_whenTheStreamIsGarbage() throws Exception {
    assertThat(
            failure(
                    reply -> {
                      reply.beginEvents();
                      reply.raw("\u0000\u0001 garbage\n\n");
                    })
                .kind())
        .isEqualTo(FailureKind.CRASHED);
  }

  @Test
  void failsAsCrashed_whenALineHasTenMegabytes() throws Exception {
    Failed failed =
        failure(
            reply -> {
              reply.beginEvents();
              String megabyte = "x".repeat(1 << 20);
              reply.raw("data: ");
              for (int count = 0; count < 10; count++) {
                reply.raw(megabyte);
              }
            });
    assertThat(failed.kind()).isEqualTo(FailureKind.CRASHED);
    assertThat(failed.sentence()).contains("more than");
  }

  @Test
  void failsAsCrashed_whenTheServerStalls_andGivesSignsOfLifeUntilThen() throws Exception {
    Transcript answer =
        answer(
            reply -> {
              reply.beginEvents();
              reply.event(SUN);
              reply.awaitHangUp();
            });
    assertThat(answer.text()).isEqualTo("sun");
    assertThat(answer.events()).contains(new GenerationEvent.Prefilled(0, 0));
    assertThat(answer.failed().kind()).isEqualTo(FailureKind.CRASHED);
    assertThat(answer.failed().sentence()).contains("sent nothing for");
  }

  @Test
  void failsAsCrashed_whenTheServerDiesInMidAnswer() throws Exception {
    Transcript answer =
        answer(
            reply -> {
              reply.beginEvents();
              reply.event(SUN);
              reply.reset();
            });
    assertThat(answer.failed().kind()).isEqualTo(FailureKind.CRASHED);
  }

  @Test
  void failsAsCrashed_whenTheStreamEndsEarly() throws Exception {
    Transcript answer =
        answer(
            reply -> {
              reply.beginEvents();
              reply.event(SUN);
            });
    assertThat(answer.failed().sentence()).contains("in the middle of the answer");
  }

  @Test
  void readsAnAnswerThatDripsByteByByteWithItsCharactersCut() throws Exception {
    Transcript answer =
        answer(
            reply -> {
              reply.beginEvents();
              String events =
                  """
                  data: {"choices":[{"delta":{"content":"Grüße 🌞"}}]}

                  data: {"choices":[{"delta":{},"finish_reason":"stop"}]}

                  """;
              for (byte each : events.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
                reply.raw(new byte[] {each});
              }
            });
    assertThat(answer.text()).isEqualTo("Grüße 🌞");
    assertThat(answer.finished().reason()).isEqualTo(FinishReason.STOP);
  }

  @ParameterizedTest
  @CsvSource({
    "500, CRASHED",
    "302, CRASHED",
    "401, CRASHED",
    "404, CRASHED",
    "429, BUSY",
    "503, BUSY",
    "400, BAD_REQUEST"
  })
  void mapsStatusesToKinds_andNeverRepeatsTheServersWords(int status, FailureKind kind)
      throws Exception {
    Failed failed =
        failure(reply -> reply.json(status, "{\"error\":{\"message\":\"PROMPT-CANARY\"}}"));
    assertThat(failed.kind()).isEqualTo(kind);
    assertThat(failed.sentence()).doesNotContain("CANARY").endsWith(".");
  }

  @Test
  void recognisesAPromptThatIsTooLong() throws Exception {
    assertThat(
            failure(
                    reply ->
                        reply.json(
                            400,
                            "{\"error\":{\"code\":400,\"type\":\"exceed_context_size_error\",\"message\":\"m\"}}"))
                .kind())
        .isEqualTo(FailureKind.CONTEXT_TOO_LONG);
  }

  @Test
  void failsAsCrashed_whenTheAnswerIsNoStream() throws Exception {
    assertThat(failure(reply -> reply.json(200, "{\"choices\":[]}")).sentence())
        .contains("does not stream");
  }

  @Test
  void cancelClosesTheConnection() throws Exception {
    CountDownLatch hungUp = new CountDownLatch(1);
    try (LoopbackServer server =
            serverThat(
                reply -> {
                  reply.beginEvents();
                  reply.event(SUN);
                  reply.awaitHangUp();
                  hungUp.countDown();
                });
        ExternalEngine engine = ExternalEngineTest.engine(server.url(), "m")) {
      LoadedModel model = engine.load(ExternalEngineTest.spec(1), LoadProgress.ignored());
      Generation generation = model.generate(Transcript.request("Hello?", 50));
      assertThat(generation.next(PATIENCE))
          .contains(new GenerationEvent.Piece(List.of(), "sun", List.of()));
      generation.cancel();
      assertThat(hungUp.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(Transcript.read(generation).finished().reason()).isEqualTo(FinishReason.CANCELLED);
      model.close();
    }
  }

  @Test
  void closingTheModelEndsItsAnswersAsUnloaded() throws Exception {
    try (LoopbackServer server =
            serverThat(
                reply -> {
                  reply.beginEvents();
                  reply.awaitHangUp();
                });
        ExternalEngine engine = ExternalEngineTest.engine(server.url(), "m")) {
      LoadedModel model = engine.load(ExternalEngineTest.spec(1), LoadProgress.ignored());
      Generation generation = model.generate(Transcript.request("Hello?", 50));
      model.close();
      assertThat(Transcript.read(generation).failed().kind()).isEqualTo(FailureKind.UNLOADED);
      assertThat(engine.heldMemory()).get().asString().contains("cannot be told to unload");
    }
  }

  @Test
  void theModelDies_whenTheServerIsGone() throws Exception {
    LoopbackServer server =
        serverThat(
            reply -> {
              reply.beginEvents();
              reply.event(SUN);
              reply.awaitHangUp();
            });
    try (server;
        ExternalEngine engine = ExternalEngineTest.engine(server.url(), "m")) {
      LoadedModel model = engine.load(ExternalEngineTest.spec(1), LoadProgress.ignored());
      CountDownLatch died = new CountDownLatch(1);
      model.onDeath(died::countDown);
      Generation generation = model.generate(Transcript.request("Hello?", 50));
      Await.until("the question", PATIENCE, () -> server.requests().size() >= 3);
      server.close();
      assertThat(Transcript.read(generation).failed().kind()).isEqualTo(FailureKind.CRASHED);
      assertThat(died.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(model.alive()).isFalse();
    }
  }

  @Test
  void theModelDies_whenTheServerNoLongerKnowsItOrTheKey() throws Exception {
    try (LoopbackServer server = serverThat(reply -> reply.json(401, "{}"));
        ExternalEngine engine = ExternalEngineTest.engine(server.url(), "m")) {
      LoadedModel model = engine.load(ExternalEngineTest.spec(1), LoadProgress.ignored());
      CountDownLatch died = new CountDownLatch(1);
      model.onDeath(died::countDown);
      assertThat(Transcript.read(model, Transcript.request("Hello?", 9)).failed().sentence())
          .contains("refuses the key");
      assertThat(died.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void givesItsLastEventAgainAndAgain_afterACancelInMidAnswer() throws Exception {
    try (LoopbackServer server =
            serverThat(
                reply -> {
                  reply.beginEvents();
                  while (true) {
                    reply.event(SUN);
                  }
                });
        ExternalEngine engine = ExternalEngineTest.engine(server.url(), "m")) {
      LoadedModel model = engine.load(ExternalEngineTest.spec(1), LoadProgress.ignored());
      Generation generation = model.generate(Transcript.request("Hello?", 1_000_000));
      assertThat(generation.next(PATIENCE)).isPresent();
      generation.cancel();
      GenerationEvent last = Transcript.read(generation).finished();
      for (int again = 0; again < 100; again++) {
        assertThat(generation.next(Duration.ZERO)).contains(last);
      }
      model.close();
    }
  }

  @Test
  void endsAtTheDeadlineOfTheRequest() throws Exception {
    try (LoopbackServer server =
            serverThat(
                reply -> {
                  reply.beginEvents();
                  reply.awaitHangUp();
                });
        ExternalEngine engine = ExternalEngineTest.engine(server.url(), "m")) {
      LoadedModel model = engine.load(ExternalEngineTest.spec(1), LoadProgress.ignored());
      Transcript answer =
          Transcript.read(
              model, Transcript.request("Hello?", 50).withDeadline(Duration.ofMillis(200)));
      assertThat(answer.failed().kind()).isEqualTo(FailureKind.DEADLINE);
      model.close();
    }
  }

  private static Failed failure(Fault fault) throws Exception {
    return answer(fault).failed();
  }

  private static Transcript answer(Fault fault) throws Exception {
    try (LoopbackServer server = serverThat(fault);
        ExternalEngine engine =
            ExternalEngine.of(
                ExternalEngineTest.server(server.url(), "m"),
                Duration.ofSeconds(5),
                Duration.ofMillis(700))) {
      LoadedModel model = engine.load(ExternalEngineTest.spec(1), LoadProgress.ignored());
      Transcript answer = Transcript.read(model, Transcript.request("Hello?", 50));
      model.close();
      return answer;
    }
  }

  /// A plain OpenAI-compatible server with this fault in its answers.
  private static LoopbackServer serverThat(Fault fault) {
    return LoopbackServer.start(
        (request, reply) -> {
          switch (request.line()) {
            case "GET /v1/models" -> reply.json(200, "{\"data\":[{\"id\":\"m\"}]}");
            case "POST /v1/chat/completions" -> {
              try {
                fault.happen(reply);
              } catch (java.io.IOException | InterruptedException passed) {
                throw passed;
              } catch (Exception wrong) {
                throw new AssertionError(wrong);
              }
            }
            default -> reply.json(404, "{}");
          }
        });
  }
}
