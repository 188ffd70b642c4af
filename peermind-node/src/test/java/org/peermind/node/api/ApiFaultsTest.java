// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.peermind.node.api.ScriptedAnswers.after;
import static org.peermind.node.api.ScriptedAnswers.done;
import static org.peermind.node.api.ScriptedAnswers.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that leave, dawdle or send too much, and a server that stops.
@Timeout(30)
final class ApiFaultsTest {
  private static final String STREAM =
      "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
  private static final String WHOLE = STREAM.replace("\"stream\":true,", "");
  private static final int TEN_MEGABYTES = 10 * 1024 * 1024;

  private final CountDownLatch never = new CountDownLatch(1);

  @Test
  void cancelsTheAnswer_whenTheClientLeavesAStream() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers().answer("m", text("one"), after(never, text("two")));
    try (ApiServer server = ApiFixture.start(answers)) {
      try (RawClient client = new RawClient(server.port())) {
        client.sendChat(STREAM).head();
        assertThat(client.chunk()).contains("one");
      }

      assertThat(answers.wasClosed("m")).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {STREAM, "whole"})
  void cancelsTheAnswer_whenTheClientLeavesBeforeTheFirstPart(String body) throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    ScriptedAnswers answers =
        new ScriptedAnswers()
            .answer(
                "m",
                () -> {
                  asked.countDown();
                  return after(never, text("late")).run();
                });
    try (ApiServer server = ApiFixture.start(answers)) {
      try (RawClient client = new RawClient(server.port())) {
        client.sendChat(body.equals("whole") ? WHOLE : body);
        asked.await();
      }

      assertThat(answers.wasClosed("m")).isTrue();
    }
  }

  @Test
  void stopsAsking_whenTheClientLeavesBeforeAnybodyAnswers() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    ScriptedAnswers answers =
        new ScriptedAnswers()
            .answerAfter(
                "m",
                _ -> {
                  asked.countDown();
                  never.await();
                });
    try (ApiServer server = ApiFixture.start(answers)) {
      try (RawClient client = new RawClient(server.port())) {
        client.sendChat(STREAM);
        asked.await();
      }

      assertThat(answers.wasInterrupted()).isTrue();
    }
  }

  @Test
  void commentsWhileItWaits_soThatNobodyInBetweenGivesUp() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    ScriptedAnswers answers = new ScriptedAnswers().answer("m", after(gate, text("x")), done());
    try (ApiServer server = ApiFixture.start(answers, ApiFixture.impatient());
        RawClient client = new RawClient(server.port())) {
      client.sendChat(STREAM).head();

      assertThat(client.chunk()).contains("\"role\":\"assistant\"");
      assertThat(client.chunk()).isEqualTo(": waiting\n\n");
      gate.countDown();
      assertThat(client.restOfChunks())
          .contains("{\"content\":\"x\"}")
          .endsWith("data: [DONE]\n\n");
    }
  }

  @Test
  void stopsReadingTheAnswer_andThenCutsTheClient_whenTheClientReadsNothing() throws Exception {
    AtomicInteger produced = new AtomicInteger();
    String large = "x".repeat(16 * 1024);
    ScriptedAnswers.Step[] steps = new ScriptedAnswers.Step[20_000];
    Arrays.fill(
        steps,
        (ScriptedAnswers.Step)
            () -> {
              produced.incrementAndGet();
              return text(large).run();
            });
    ScriptedAnswers answers = new ScriptedAnswers().answer("m", steps);
    try (ApiServer server = ApiFixture.start(answers, ApiFixture.impatient());
        Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4 * 1024);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
      try (RawClient client = new RawClient(socket)) {
        client.sendChat(STREAM);

        assertThat(answers.wasClosed("m")).isTrue();
        assertThat(produced.get()).isLessThan(steps.length / 4);
      }
    }
  }

  @Test
  void refusesTenMegabytes_whenTheyAreAnnounced() throws Exception {
    try (ApiServer server = ApiFixture.start(new ScriptedAnswers());
        RawClient client = new RawClient(server.port())) {
      byte[] body = new byte[TEN_MEGABYTES];
      Arrays.fill(body, (byte) 'x');
      client.send(RawClient.chatHead("Content-Length: " + body.length + "\r\n"));
      client.send(body);

      assertTooLarge(client.response());
      assertThat(client.atEnd()).isTrue();
    }
  }

  @Test
  void refusesAnAnnouncedLength_beforeTheBodyComes() throws Exception {
    try (ApiServer server = ApiFixture.start(new ScriptedAnswers());
        RawClient client = new RawClient(server.port())) {
      client.send(RawClient.chatHead("Expect: 100-continue\r\nContent-Length: 10485760\r\n"));

      assertTooLarge(client.response());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8 * 1024, 2 * 1024 * 1024})
  void refusesTenMegabytes_whenTheyComeInChunks(int chunkBytes) throws Exception {
    try (ApiServer server = ApiFixture.start(new ScriptedAnswers());
        RawClient client = new RawClient(server.port())) {
      client.send(RawClient.chatHead("Transfer-Encoding: chunked\r\n"));
      byte[] chunk =
          (Integer.toHexString(chunkBytes) + "\r\n" + "x".repeat(chunkBytes) + "\r\n")
              .getBytes(StandardCharsets.US_ASCII);
      for (int sent = 0; sent < TEN_MEGABYTES; sent += chunkBytes) {
        client.send(chunk);
      }
      client.send("0\r\n\r\n");

      assertTooLarge(client.response());
    }
  }

  private static void assertTooLarge(RawClient.Response response) {
    assertThat(response.status()).isEqualTo(413);
    assertThat(response.body()).startsWith("{\"error\":{\"message\":\"The body has more than");
  }

  /// A bar stands for CR LF.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /health HTTP/1.1|Host: loc",
        "POST /v1/chat/completions HTTP/1.1|Host: localhost|Content-Type:"
            + " application/json|Content-Length: 9||{",
        ""
      })
  void cutsAClient_thatNeverFinishesItsRequest(String beginning) throws Exception {
    try (ApiServer server = ApiFixture.start(new ScriptedAnswers(), ApiFixture.impatient());
        RawClient client = new RawClient(server.port())) {
      client.send(beginning.replace("|", "\r\n"));

      assertThat(client.atEnd()).isTrue();
    }
  }

  @Test
  void refusesWithRetryAfter_whenTooManyAskAtOnce() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(2);
    ScriptedAnswers answers =
        new ScriptedAnswers()
            .answerAfter("m", _ -> asked.countDown(), after(gate, text("x")), done());
    try (ApiServer server = ApiFixture.start(answers, ApiFixture.impatient());
        RawClient first = new RawClient(server.port());
        RawClient second = new RawClient(server.port())) {
      first.sendChat(WHOLE);
      second.sendChat(WHOLE);
      asked.await();

      RawClient.Response third = RawClient.chat(server.port(), WHOLE);
      assertThat(third.status()).isEqualTo(429);
      assertThat(third.header("Retry-After")).isEqualTo("1");
      assertThat(third.body()).contains("\"code\":\"rate_limit_exceeded\"");
      assertThat(RawClient.get(server.port(), "/health").status()).isEqualTo(200);

      gate.countDown();
      assertThat(first.response().status()).isEqualTo(200);
      assertThat(second.response().status()).isEqualTo(200);
      assertThat(first.sendChat(WHOLE).response().status()).isEqualTo(200);
    }
  }

  @Test
  void answersPipelinedRequests_inOrder() throws Exception {
    ScriptedAnswers answers = new ScriptedAnswers().answer("m", text("x"), done());
    try (ApiServer server = ApiFixture.start(answers);
        RawClient client = new RawClient(server.port())) {
      String request = RawClient.chatRequest("", WHOLE);
      client.send(request + request + "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");

      assertThat(client.response().body()).contains("\"content\":\"x\"");
      assertThat(client.response().body()).contains("\"content\":\"x\"");
      assertThat(client.response().body()).contains("ok");
    }
  }

  @Test
  void keepsConnectionsForManyRequests() throws Exception {
    ScriptedAnswers answers = new ScriptedAnswers().answer("m", text("x"), done());
    try (ApiServer server = ApiFixture.start(answers);
        RawClient client = new RawClient(server.port())) {
      for (int i = 0; i < 50; i++) {
        assertThat(client.sendChat(i % 2 == 0 ? STREAM : WHOLE).response().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void answersManyClientsAtOnce_eachWithItsOwnAnswer() throws Exception {
    ScriptedAnswers answers = new ScriptedAnswers();
    IntStream.range(0, 32).forEach(i -> answers.answer("m" + i, text("from " + i + "."), done()));
    List<Thread> clients = new ArrayList<>();
    AtomicInteger right = new AtomicInteger();
    try (ApiServer server = ApiFixture.start(answers)) {
      for (int i = 0; i < 32; i++) {
        int number = i;
        clients.add(
            Thread.startVirtualThread(
                () -> {
                  try {
                    RawClient.Response response =
                        RawClient.chat(
                            server.port(), STREAM.replace("\"m\"", "\"m" + number + "\""));
                    if (response.body().contains("from " + number + ".")) {
                      right.incrementAndGet();
                    }
                  } catch (IOException failed) {
                    throw new UncheckedIOException(failed);
                  }
                }));
      }
      for (Thread client : clients) {
        client.join();
      }
    }

    assertThat(right.get()).isEqualTo(32);
  }

  @Test
  void letsRunningAnswersEnd_whenItStops() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    ScriptedAnswers answers =
        new ScriptedAnswers().answer("m", text("one"), after(gate, text("two")), done());
    ApiServer server = ApiFixture.start(answers);
    try (RawClient client = new RawClient(server.port());
        RawClient idle = new RawClient(server.port())) {
      assertThat(idle.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").response().status())
          .isEqualTo(200);
      client.sendChat(STREAM).head();
      assertThat(client.chunk()).contains("one");
      Thread stopping = Thread.startVirtualThread(server::close);

      // The idle connection ends at once, which shows that the server is stopping.
      assertThat(idle.atEnd()).isTrue();
      gate.countDown();
      assertThat(client.restOfChunks()).contains("two").endsWith("data: [DONE]\n\n");
      stopping.join();
      assertThat(client.atEnd()).isTrue();
    }
  }

  @Test
  void endsAnswersWithAnError_whenTheGraceIsOver() throws Exception {
    ScriptedAnswers answers =
        new ScriptedAnswers().answer("m", text("one"), after(never, text("two")));
    ApiServer server = ApiFixture.start(answers, ApiFixture.impatient());
    try (RawClient client = new RawClient(server.port())) {
      client.sendChat(STREAM).head();
      Thread stopping = Thread.startVirtualThread(server::close);
      String body = client.restOfChunks();
      stopping.join();

      assertThat(body).contains("\"code\":\"node_stopping\"").doesNotContain("[DONE]");
      assertThat(answers.wasClosed("m")).isTrue();
    }
  }
}
