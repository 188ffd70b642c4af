// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.testkit.VirtualClock;

/// The owner's pages as any program reaches them: they are the node's steering wheel.
@Timeout(30)
final class OwnerPagesTest {
  private static final List<OwnerPage> PAGES =
      List.of(
          new OwnerPage(
              "GET",
              "ledger/size",
              request -> OwnerPage.Reply.text("size " + request.number("from", 0, 9).orElse(7))),
          new OwnerPage(
              "POST", "ledger/begin", request -> OwnerPage.Reply.json(request.body().path("a"))),
          new OwnerPage(
              "POST",
              "ledger/stop",
              _ -> {
                throw new OwnerPage.Refused(409, "ledger_exists", "There is one already.");
              }));

  private ApiServer server;

  @BeforeEach
  void start() throws Exception {
    server =
        ApiServer.start(
            ApiSettings.onLoopback(0),
            new ScriptedAnswers(),
            new NodePages(Health::good, () -> "", () -> "{}", PAGES),
            new VirtualClock(Instant.parse("2026-11-22T12:00:00Z")),
            new Random(1),
            ApiEvents.NONE);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private RawClient.Response send(String head, String body) throws IOException {
    try (RawClient client = new RawClient(server.port())) {
      return client
          .send(
              head + "\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
          .response();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/peermind/ledger/size, 200, size 7",
    "/peermind/ledger/size?from=3, 200, size 3",
    "/peermind/ledger/size?other=%20&from=9, 200, size 9",
    "/peermind/ledger/size?from=10, 400, from is a whole number from 0 to 9.",
    "/peermind/ledger/size?from=-1, 400, from is a whole number",
    "/peermind/ledger/size?from=%zz, 400, invalid_request",
    "/peermind/ledger/none, 404, no such page",
    "/peermind/, 404, no such page",
    "/peermind/ledger/begin, 405, This page answers POST.",
  })
  void answersReading(String path, int status, String part) throws Exception {
    RawClient.Response response = RawClient.get(server.port(), path);

    assertThat(response.status()).isEqualTo(status);
    assertThat(response.body()).contains(part);
  }

  @Test
  void handsOverTheBody_andTellsARefusal() throws Exception {
    assertThat(RawClient.post(server.port(), "/peermind/ledger/begin", "{\"a\":[1]}").body())
        .isEqualTo("[1]");

    RawClient.Response refused = RawClient.post(server.port(), "/peermind/ledger/stop", "{}");

    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.body())
        .contains("There is one already.", "\"code\":\"ledger_exists\"", "invalid_request_error");
  }

  @Test
  void takesNoForm_andNoOtherPagesOrders() throws Exception {
    String post = "POST /peermind/ledger/begin HTTP/1.1\r\n";

    assertThat(send(post + "Content-Type: text/plain", "{}").status()).isEqualTo(415);
    assertThat(
            send(post + "Content-Type: application/json\r\nOrigin: https://evil.example", "{}")
                .status())
        .isEqualTo(403);
    assertThat(send(post + "Content-Type: application/json", "[]").status()).isEqualTo(400);
    assertThat(send("PUT /peermind/ledger/begin HTTP/1.1\r\nX-A: b", "{}").status()).isEqualTo(405);
  }
}
