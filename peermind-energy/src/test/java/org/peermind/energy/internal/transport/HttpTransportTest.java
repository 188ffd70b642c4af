// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;
import org.peermind.testkit.LoopbackServer;
import org.peermind.testkit.LoopbackServer.Request;
import org.peermind.testkit.VirtualClock;

final class HttpTransportTest {
  private static final Duration SHORT = Duration.ofMillis(300);

  @TempDir Path home;

  @Test
  void asks_withThePathTheQueryAndTheHeaders() throws Exception {
    try (LoopbackServer server =
            LoopbackServer.start((_, reply) -> reply.json(200, "\uFEFF{\"power\": 1}"));
        TestLink link =
            TestLink.to(
                server,
                home,
                Map.of("query", Map.of("key", "a b"), "headers", Map.of("X-A", "1")))) {
      DeviceLink.Answer answer =
          link.ask(
              Map.of(
                  "get", "/rest/(A|B)?x=1%20",
                  "query", Map.of("query", "sum(p{a=\"b\"})+1"),
                  "headers", Map.of("X-B", "2")));

      assertThat(answer.text()).isEqualTo("{\"power\": 1}");
      assertThat(answer.receivedAt()).isEqualTo(TestLink.NOON);
      Request request = server.requests().getFirst();
      assertThat(request.line())
          .isEqualTo("GET /rest/(A%7CB)?x=1%20&query=sum%28p%7Ba%3D%22b%22%7D%29%2B1&key=a%20b");
      assertThat(request.headers()).containsEntry("x-a", "1").containsEntry("x-b", "2");
    }
  }

  @Test
  void posts_aBodyThatIsJson() throws Exception {
    try (LoopbackServer server = LoopbackServer.start((_, reply) -> reply.json(200, "{}"));
        TestLink link = TestLink.to(server, home, Map.of())) {
      link.ask(Map.of("post", "/rpc", "body", Map.of("id", 1)));

      assertThat(server.requests().getFirst().line()).isEqualTo("POST /rpc");
      assertThat(server.requests().getFirst().body()).isEqualTo("{\"id\":1}");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          404 | it does not know this path
          429 | it is asked too often
          500 | it has an error of its own
          418 | this is no answer of a device of this profile
          403 | it wants to know who asks
          """)
  void saysWhatAStatusMeans(int status, String clause) {
    try (LoopbackServer server =
            LoopbackServer.start((_, reply) -> reply.json(status, "<html>no</html>"));
        TestLink link = TestLink.to(server, home, Map.of())) {
      assertThatThrownBy(() -> link.get("/"))
          .isInstanceOf(EnergyAdapterException.class)
          .hasMessageContaining("answers with status " + status + ": " + clause)
          .hasMessageEndingWith(".");
    }
  }

  @Test
  void saysWhatTheProfileAdvises_forAStatus() {
    try (LoopbackServer server = LoopbackServer.start((_, reply) -> reply.json(404, ""));
        TestLink link =
            TestLink.to(server, home, Map.of("advice", Map.of("404", "switch the Solar API on")))) {
      assertThatThrownBy(() -> link.get("/")).hasMessageEndingWith(": switch the Solar API on.");
    }
  }

  @Test
  void gives_upOnAnAnswerThatDripsIn() {
    try (LoopbackServer server =
            LoopbackServer.start(
                (_, reply) -> {
                  reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{");
                  reply.awaitHangUp();
                });
        TestLink link = TestLink.to(server, home, SHORT, Map.of())) {
      assertThatThrownBy(() -> link.get("/"))
          .hasMessageContaining("did not give a whole answer within 1 s");
    }
  }

  @Test
  void refuses_anAnswerThatIsCutShort() {
    try (LoopbackServer server =
            LoopbackServer.start(
                (_, reply) -> reply.raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"a\""));
        TestLink link = TestLink.to(server, home, Map.of())) {
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("broke off its answer");
    }
  }

  @Test
  void refuses_whatIsNoHttp() {
    try (LoopbackServer server =
            LoopbackServer.start((_, reply) -> reply.raw("SSH-2.0-device\r\n\r\n"));
        TestLink link = TestLink.to(server, home, Map.of())) {
      assertThatThrownBy(() -> link.get("/")).isInstanceOf(EnergyAdapterException.class);
    }
  }

  @Test
  void refuses_aHugeAnswer() {
    byte[] chunk = ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.UTF_8);
    try (LoopbackServer server =
            LoopbackServer.start(
                (_, reply) -> {
                  reply.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                  while (true) { // until the link hangs up
                    reply.raw(chunk);
                  }
                });
        TestLink link = TestLink.to(server, home, Map.of())) {
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("more than 1 MiB");
    }
  }

  @Test
  void saysThatNothingListens_andLeavesTheDeviceAloneForAWhile() throws IOException {
    int port;
    try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = gone.getLocalPort();
    }
    LoopbackServer none = LoopbackServer.start((_, reply) -> reply.json(200, "{}"));
    none.close();
    try (TestLink link = TestLink.to(none, home, Map.of("port", port))) {
      assertThatThrownBy(() -> link.get("/"))
          .hasMessageContaining("Nothing accepts connections at 127.0.0.1:" + port);
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("Nothing accepts");
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("is asked again in");

      link.clock.advance(Duration.ofSeconds(1));
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("Nothing accepts");
      link.clock.advance(Duration.ofSeconds(1));
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("is asked again in");
      link.clock.advance(Duration.ofDays(-9));
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("is asked again in 31 s");
    }
  }

  @Test
  void saysThatANameIsUnknown() {
    try (LoopbackServer server = LoopbackServer.start((_, reply) -> reply.json(200, "{}"));
        TestLink link = TestLink.to(server, home, Map.of("host", "nowhere.invalid"))) {
      assertThatThrownBy(() -> link.get("/"))
          .hasMessageContaining("The name in nowhere.invalid:")
          .hasMessageContaining("is not known here");
    }
  }

  @Test
  void follows_aRedirectOnTheSameDevice() throws Exception {
    try (LoopbackServer server =
            LoopbackServer.start(
                (request, reply) -> {
                  if (request.target().equals("/old")) {
                    reply.raw("HTTP/1.1 302 X\r\nLocation: /new?a=1\r\nContent-Length: 0\r\n\r\n");
                  } else {
                    reply.json(200, "{\"new\": true}");
                  }
                });
        TestLink link = TestLink.to(server, home, Map.of())) {
      assertThat(link.get("/old")).contains("new");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          http://192.0.2.1/data | sends us to another host, where nothing is sent
          http://127.0.0.1@192.0.2.1/ | sends us to another host, where nothing is sent
          https://127.0.0.1/data | wants TLS; set tls: true
          /login.html | asks for a login
          /again | sends us in circles
          """)
  void saysWhereARedirectLeads_whenItIsNotFollowed(String location, String clause) {
    try (LoopbackServer server =
            LoopbackServer.start(
                (_, reply) ->
                    reply.raw(
                        "HTTP/1.1 302 X\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
                            .formatted(location)));
        TestLink link =
            TestLink.to(server, home, Map.of("auth", "bearer", "token", "very-secret"))) {
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining(clause);
    }
  }

  @Test
  void ends_aWaitWhenItIsClosedFromElsewhere() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    try (LoopbackServer server =
            LoopbackServer.start(
                (_, reply) -> {
                  asked.countDown();
                  reply.awaitHangUp();
                });
        TestLink link = TestLink.to(server, home, Map.of())) {
      FutureTask<String> question = new FutureTask<>(() -> link.get("/"));
      Thread.ofVirtual().start(question);
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      link.link.close();

      assertThatThrownBy(() -> question.get(10, TimeUnit.SECONDS))
          .hasMessageContaining("was closed");
      assertThatThrownBy(() -> link.get("/")).isInstanceOf(EnergyAdapterException.class);
    }
  }

  @Test
  void ends_aWaitWhenTheThreadIsInterrupted() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch hungUp = new CountDownLatch(1);
    try (LoopbackServer server =
            LoopbackServer.start(
                (_, reply) -> {
                  asked.countDown();
                  reply.awaitHangUp();
                  hungUp.countDown();
                });
        TestLink link = TestLink.to(server, home, Map.of())) {
      FutureTask<String> question = new FutureTask<>(() -> link.get("/"));
      Thread thread = Thread.ofVirtual().start(question);
      assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
      thread.interrupt();

      assertThatThrownBy(() -> question.get(10, TimeUnit.SECONDS))
          .hasCauseInstanceOf(InterruptedException.class);
      assertThat(hungUp.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void notesWhatIsWrongWithAConnection() {
    SettingsReader connection =
        SettingsReader.of(
            "device",
            Map.of(
                "host", "http://192.168.1.2",
                "port", 99_999,
                "auth", "bearer",
                "headers", Map.of("Host", "x", "X-A", "a\r\nB: c"),
                "colour", "red"));
    new HttpTransport()
        .open(connection, new Transport.Surroundings(new VirtualClock(TestLink.NOON), SHORT, home))
        .close();

    assertThatThrownBy(connection::finish)
        .hasMessageContaining("device.host must be the device's name or address")
        .hasMessageContaining("device.port must lie within")
        .hasMessageContaining("device.token or token-file must be given")
        .hasMessageContaining("device.headers cannot hold a header of this name: Host")
        .hasMessageContaining("device.headers.X-A may hold printable ASCII characters only")
        .hasMessageContaining("Unknown key 'colour'");
  }

  @Test
  void notesWhatIsWrongWithARequest() {
    for (Map<String, Object> wrong :
        List.<Map<String, Object>>of(
            Map.of(),
            Map.of("get", "status"),
            Map.of("get", "/", "post", "/"),
            Map.of("get", "/", "body", "x"),
            Map.of("get", "/", "path", "x"),
            Map.of("get", "/", "query", Map.of("a", List.of(1))))) {
      SettingsReader request = SettingsReader.of("request", wrong);
      new HttpTransport().check(request);
      assertThatThrownBy(request::finish).as("%s", wrong).hasMessageContaining("request");
    }
  }
}
