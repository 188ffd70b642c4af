// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.peermind.node.api.ScriptedAnswers.done;
import static org.peermind.node.api.ScriptedAnswers.text;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.peermind.inference.Prompt;
import org.peermind.testkit.VirtualClock;

@Timeout(30)
final class ApiServerTest {
  private static final String ASK =
      "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
  private static final String KEY = "k-0123456789abcdef";

  private final ScriptedAnswers answers =
      new ScriptedAnswers()
          .answer("m", text("yes"), done())
          .answer("stories/small", text("once"), done());
  private ApiServer server;

  @BeforeEach
  void start() throws Exception {
    server = ApiFixture.start(answers);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private RawClient.Response send(String request) throws IOException {
    try (RawClient client = new RawClient(server.port())) {
      return client.send(request).response();
    }
  }

  private static String get(String path, String headers) {
    return "GET " + path + " HTTP/1.1\r\n" + headers + "\r\n";
  }

  @Test
  void listsModels() throws Exception {
    RawClient.Response response = RawClient.get(server.port(), "/v1/models");

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.body())
        .isEqualTo(
            "{\"object\":\"list\",\"data\":["
                + "{\"id\":\"peermind\",\"object\":\"model\",\"created\":1795348800,"
                + "\"owned_by\":\"peermind\"},"
                + "{\"id\":\"m\",\"object\":\"model\",\"created\":1795348800,\"owned_by\":\"peermind\"},"
                + "{\"id\":\"stories/small\",\"object\":\"model\",\"created\":1795348800,"
                + "\"owned_by\":\"peermind\"}]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/models/stories%2Fsmall",
        "/v1/models/stories/small",
        "/v1/models/0000000000000000000000000000000000000000000000000000000000000002"
      })
  void showsOneModel_byNameOrHash(String path) throws Exception {
    assertThat(RawClient.get(server.port(), path).body()).contains("\"id\":\"stories/small\"");
  }

  @Test
  void saysModelNotFound_whenNobodyServesIt() throws Exception {
    RawClient.Response response = RawClient.get(server.port(), "/v1/models/gpt-9");

    assertThat(response.status()).isEqualTo(404);
    assertThat(response.body()).contains("\"code\":\"model_not_found\"");
  }

  @ParameterizedTest
  @CsvSource({
    "/health, application/json, ok",
    "/metrics, text/plain, peermind_up 1",
    "/status, application/json, home",
    "/, text/html, Peermind node",
  })
  void servesThePagesOfTheNode(String path, String type, String part) throws Exception {
    RawClient.Response response = RawClient.get(server.port(), path);

    assertThat(response.status()).isEqualTo(200);
    assertThat(response.header("Content-Type")).startsWith(type);
    assertThat(response.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(response.body()).contains(part);
  }

  @Test
  void loadsNothingFromElsewhere_onItsOwnPage() throws Exception {
    assertThat(RawClient.get(server.port(), "/").body()).doesNotContain("http://", "https://");
  }

  @Test
  void answersHead_withoutABody() throws Exception {
    try (RawClient client = new RawClient(server.port())) {
      RawClient.Response head =
          client.send("HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n").head();
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("Content-Length")).isEqualTo("15");

      RawClient.Response next =
          client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").response();
      assertThat(next.body()).isEqualTo("{\"status\":\"ok\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void closesTheConnection_whenTheClientAsksIt(String stream) throws Exception {
    String ask = ASK.replace("{\"model\"", "{\"stream\":" + stream + ",\"model\"");
    try (RawClient client = new RawClient(server.port())) {
      RawClient.Response answer =
          client.send(RawClient.chatRequest("Connection: close\r\n", ask)).response();

      assertThat(answer.header("Connection")).isEqualTo("close");
      assertThat(answer.body()).contains("yes");
      assertThat(client.atEnd()).isTrue();
    }
  }

  @Test
  void saysUnavailable_whenTheNodeIsNotHealthy() throws Exception {
    NodePages ill =
        new NodePages(() -> Health.bad("No referee answers."), () -> "", () -> "{}", List.of());
    try (ApiServer other =
        ApiServer.start(
            ApiSettings.onLoopback(0),
            answers,
            ill,
            new VirtualClock(Instant.EPOCH),
            new Random(1),
            ApiEvents.NONE)) {
      RawClient.Response response = RawClient.get(other.port(), "/health");

      assertThat(response.status()).isEqualTo(503);
      assertThat(response.body())
          .isEqualTo("{\"status\":\"unavailable\",\"reason\":\"No referee answers.\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/nothing", "/v1/chat/completions/", "/%00", "/v1/models/%zz", "//"})
  void saysNotFoundInErrorForm_forUnknownPaths(String path) throws Exception {
    RawClient.Response response = RawClient.get(server.port(), path);

    assertThat(response.status()).isIn(400, 404);
    assertThat(response.body()).startsWith("{\"error\":{\"message\":");
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /v1/chat/completions, POST",
    "DELETE, /v1/models, GET",
    "PUT, /, GET",
    "OPTIONS, /v1/models, GET"
  })
  void saysMethodNotAllowedInErrorForm(String method, String path, String allowed)
      throws Exception {
    RawClient.Response response =
        send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");

    assertThat(response.status()).isEqualTo(405);
    assertThat(response.header("Allow")).isEqualTo(allowed);
    assertThat(response.body()).contains("\"code\":\"method_not_allowed\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n"
      })
  void saysUnsupportedMediaType_whenTheBodyIsNotJson(String header) throws Exception {
    RawClient.Response response =
        send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                + header
                + "Content-Length: "
                + ASK.length()
                + "\r\n\r\n"
                + ASK);

    assertThat(response.status()).isEqualTo(415);
    assertThat(response.body()).contains("\"code\":\"unsupported_media_type\"");
  }

  @Test
  void acceptsACharset_andAChunkedBody() throws Exception {
    RawClient.Response response =
        send(
            "POST /v1/chat/completions HTTP/1.1\r\n"
                + "Host: localhost\r\n"
                + "Content-Type: Application/JSON; charset=utf-8\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
                + Integer.toHexString(ASK.length())
                + "\r\n"
                + ASK
                + "\r\n0\r\n\r\n");

    assertThat(response.status()).isEqualTo(200);
  }

  /// A bar stands for CR LF.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1|Host: localhost|No colon||",
        "GET / HTTP/1.1|Host: localhost|Bad\u0000Name: x||",
        "GET / HTTP/7.9|Host: localhost||",
        "GET  HTTP/1.1||",
        "\u0016\u0003\u0001\u0002||",
        "GET / HTTP/1.1||",
        "GET / HTTP/1.1|Host: a|Host: b||",
        "POST /v1/chat/completions HTTP/1.1|Host: localhost|Content-Length: many||",
        "POST /x HTTP/1.1|Host: localhost|Content-Length: 2|Transfer-Encoding: chunked||{}",
        "POST /v1/chat/completions HTTP/1.1|Host: localhost|Content-Type:"
            + " application/json|Transfer-Encoding: chunked||zz|",
        "POST /v1/chat/completions HTTP/1.1|Host: localhost|Content-Type:"
            + " application/json|Transfer-Encoding: chunked||-1|",
        "POST /v1/chat/completions HTTP/1.1|Host: localhost|Content-Type:"
            + " application/json|Transfer-Encoding: chunked||1|{|0|x|",
      })
  void refusesHeaderGarbageInErrorForm(String request) throws Exception {
    RawClient.Response response = send(request.replace("|", "\r\n"));

    assertThat(response.status()).isIn(400, 505);
    assertThat(response.body()).startsWith("{\"error\":{\"message\":");
    assertThat(RawClient.get(server.port(), "/health").status()).isEqualTo(200);
  }

  @Test
  void refusesHugeHeaders() throws Exception {
    RawClient.Response response =
        send(get("/", "Host: localhost\r\nX: " + "x".repeat(100_000) + "\r\n"));

    assertThat(response.status()).isIn(400, 431);
    assertThat(response.body()).startsWith("{\"error\":");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LOCALHOST:4478",
        "127.0.0.1:4478",
        "127.8.9.1",
        "[::1]:80",
        "node.localhost"
      })
  void acceptsLoopbackNames(String host) throws Exception {
    assertThat(send(get("/health", "Host: " + host + "\r\n")).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:4478",
        "10.0.0.1"
      })
  void refusesOtherHostNames_soThatNoPageCanRebindItsName(String host) throws Exception {
    RawClient.Response response = send(get("/v1/models", "Host: " + host + "\r\n"));

    assertThat(response.status()).isEqualTo(403);
    assertThat(response.body()).contains("\"code\":\"host_not_allowed\"");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://evil.example", "null", "http://localhost:1", "http://localhost.evil"})
  void refusesPagesOfOtherOrigins(String origin) throws Exception {
    RawClient.Response response = send(RawClient.chatRequest("Origin: " + origin + "\r\n", ASK));

    assertThat(response.status()).isEqualTo(403);
    assertThat(response.body()).contains("\"code\":\"origin_not_allowed\"");
    assertThat(response.headers()).doesNotContainKey("access-control-allow-origin");
  }

  @Test
  void acceptsItsOwnPages() throws Exception {
    assertThat(send(RawClient.chatRequest("Origin: http://localhost\r\n", ASK)).status())
        .isEqualTo(200);
  }

  @Test
  void letsAllowedPagesAskAndRead() throws Exception {
    ApiSettings settings =
        new ApiSettings(
            InetAddress.getLoopbackAddress(),
            0,
            Optional.of(KEY),
            List.of("https://chat.example"),
            ApiLimits.defaults());
    try (ApiServer other = ApiFixture.start(answers, settings);
        RawClient client = new RawClient(other.port())) {
      RawClient.Response preflight =
          client
              .send(
                  """
                  OPTIONS /v1/chat/completions HTTP/1.1
                  Host: localhost
                  Origin: https://chat.example
                  Access-Control-Request-Method: POST

                  """
                      .replace("\n", "\r\n"))
              .response();
      RawClient.Response answer =
          client
              .send(
                  RawClient.chatRequest(
                      "Origin: https://chat.example\r\nAuthorization: Bearer " + KEY + "\r\n", ASK))
              .response();

      assertThat(preflight.status()).isEqualTo(204);
      assertThat(preflight.header("Access-Control-Allow-Headers")).contains("Authorization");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("https://chat.example");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', 401",
    "Bearer wrong, 401",
    "Basic k-0123456789abcdef, 401",
    "Bearer k-0123456789abcdef, 200",
    "bearer k-0123456789abcdef, 200",
  })
  void asksForTheKey_whenOneIsSet(String authorization, int status) throws Exception {
    ApiSettings settings =
        new ApiSettings(
            InetAddress.getLoopbackAddress(), 0, Optional.of(KEY), List.of(), ApiLimits.defaults());
    try (ApiServer other = ApiFixture.start(answers, settings);
        RawClient client = new RawClient(other.port())) {
      String header = authorization.isEmpty() ? "" : "Authorization: " + authorization + "\r\n";
      RawClient.Response response = client.send(RawClient.chatRequest(header, ASK)).response();

      assertThat(response.status()).isEqualTo(status);
      assertThat(RawClient.get(other.port(), "/health").status()).isEqualTo(200);
      assertThat(RawClient.get(other.port(), "/metrics").status()).isEqualTo(401);
    }
  }

  @Test
  void refusesToListenForOthers_withoutAKey() throws Exception {
    InetAddress everywhere = InetAddress.getByName("0.0.0.0");

    assertThatThrownBy(
            () ->
                new ApiSettings(
                    everywhere, 4478, Optional.empty(), List.of(), ApiLimits.defaults()))
        .hasMessageContaining("api.key");
    assertThatThrownBy(
            () ->
                new ApiSettings(
                    everywhere, 4478, Optional.of("short"), List.of(), ApiLimits.defaults()))
        .hasMessageContaining("api.key");
    assertThat(ApiSettings.onLoopback(0).withLimits(ApiLimits.defaults()).toString())
        .doesNotContain("key");
  }

  @Test
  void namesTheKeyToChange_whenThePortIsTaken() {
    assertThatThrownBy(() -> ApiFixture.start(answers, ApiSettings.onLoopback(server.port())))
        .isInstanceOf(ApiNotStarted.class)
        .hasMessageContaining("api.listen")
        .hasMessageContaining(Integer.toString(server.port()));
  }

  @Test
  void freesItsPort_whenClosed() throws Exception {
    int port = server.port();
    server.close();

    try (ApiServer again = ApiFixture.start(answers, ApiSettings.onLoopback(port))) {
      assertThat(again.baseUri()).hasToString("http://127.0.0.1:" + port + "/v1");
      assertThat(RawClient.get(port, "/health").status()).isEqualTo(200);
    }
  }

  @Test
  void tellsEventsWhatHappened_andNeverThePrompt() throws Exception {
    List<String> heard = new CopyOnWriteArrayList<>();
    ApiEvents events =
        new ApiEvents() {
          @Override
          public void requestEnded(String route, int status, Duration took) {
            heard.add(route + " " + status);
          }

          @Override
          public void clientLeft(String route) {
            heard.add(route + " left");
          }

          @Override
          public void failedUnexpectedly(String route, String exceptionClass, String at) {
            heard.add(route + " " + exceptionClass);
          }
        };
    ScriptedAnswers buggy =
        new ScriptedAnswers()
            .answerAfter(
                "m",
                query -> {
                  throw new IllegalStateException(
                      ((Prompt.Chat) query.prompt()).messages().getFirst().content());
                });
    List<Integer> statuses = new ArrayList<>();
    try (ApiServer other =
        ApiServer.start(
            ApiSettings.onLoopback(0),
            buggy,
            ApiFixture.PAGES,
            new VirtualClock(Instant.EPOCH),
            new Random(1),
            events)) {
      statuses.add(RawClient.chat(other.port(), ASK.replace("hi", "canary-55")).status());
      statuses.add(RawClient.get(other.port(), "/canary-55").status());
    }

    assertThat(statuses).containsExactly(503, 404);
    // Two connections: which exchange is told first is not promised.
    assertThat(heard)
        .containsExactlyInAnyOrder(
            "CHAT java.lang.IllegalStateException", "CHAT 503", "UNKNOWN 404");
  }
}
