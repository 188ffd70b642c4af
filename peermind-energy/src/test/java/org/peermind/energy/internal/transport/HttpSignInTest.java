// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.peermind.testkit.LoopbackServer;
import org.peermind.testkit.LoopbackServer.Reply;
import org.peermind.testkit.LoopbackServer.Request;

/// The ways to sign in, against a server that checks them.
final class HttpSignInTest {
  private static final String BEARER = "Bearer ";

  @TempDir Path home;

  @Test
  void sendsUserAndPassword_withEveryRequest() throws Exception {
    try (LoopbackServer server = LoopbackServer.start((_, reply) -> reply.json(200, "{}"));
        TestLink link =
            TestLink.to(
                server, home, Map.of("auth", "basic", "user", "x", "password", "p\u00e4ss"))) {
      link.get("/");

      String sent = server.requests().getFirst().headers().getOrDefault("authorization", "");
      assertThat(sent).startsWith("Basic ");
      assertThat(Base64.getDecoder().decode(sent.substring(6)))
          .isEqualTo("x:p\u00e4ss".getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void sendsNothing_withoutAPassword() {
    for (String auth : List.of("basic", "digest")) {
      try (LoopbackServer server =
              LoopbackServer.start((_, reply) -> reply.raw(challenge("realm=\"a\", nonce=\"b\"")));
          TestLink link = TestLink.to(server, home, Map.of("auth", auth, "user", "admin"))) {
        assertThatThrownBy(() -> link.get("/"))
            .hasMessageContaining("it wants a password: set user and password or password-file");
        assertThat(server.requests()).hasSize(1);
        assertThat(server.requests().getFirst().headers()).doesNotContainKey("authorization");
      }
    }
  }

  private static String challenge(String digest) {
    return String.join(
        "\r\n",
        "HTTP/1.1 401 X",
        "Content-Length: 0",
        "WWW-Authenticate: Digest " + digest,
        "",
        "");
  }

  /// RFC 7616 section 3.9.1 gives both answers for these values.
  @ParameterizedTest
  @CsvSource({
    "SHA-256,753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    "MD5,8ca523f5e9506fed4657c9700eebdbec"
  })
  void answersTheChallengesOfTheStandard(String algorithm, String response) {
    DigestChallenge challenge =
        DigestChallenge.strongest(
                List.of(
                    "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=%s,"
                            .formatted(algorithm)
                        + " nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\","
                        + " opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""))
            .orElseThrow();

    assertThat(
            challenge.answer(
                "Mufasa",
                "Circle of Life",
                "GET",
                "/dir/index.html",
                1,
                "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"))
        .contains("response=\"%s\"".formatted(response))
        .contains("nc=00000001, cnonce=", "opaque=\"FQhe", "qop=auth");
  }

  @Test
  void takesTheStrongestChallenge_ofSeveral() {
    assertThat(
            DigestChallenge.strongest(
                List.of(
                    "Basic realm=\"a, Digest nonce=\", Digest realm=\"m\", nonce=\"1\"",
                    "Digest realm=\"s\\\"x\", nonce=\"2\", algorithm=SHA-256, qop=\"auth\"",
                    "Digest realm=\"t\", nonce=\"3\", algorithm=SHA-512-256",
                    "Digest realm=\"u\", nonce=\"4\", algorithm=SHA-256, qop=\"auth-int\"")))
        .hasValueSatisfying(challenge -> assertThat(challenge.realm()).isEqualTo("s\"x"));
    assertThat(DigestChallenge.strongest(List.of("Basic realm=\"a\"", "Digest", "\"", "")))
        .isEmpty();
    assertThat(DigestChallenge.strongest(List.of("Digest nonce=\"" + "\\".repeat(8000)))).isEmpty();
  }

  @Test
  void answersADigestChallenge_andKeepsItsNonce() throws Exception {
    try (LoopbackServer server = LoopbackServer.start(HttpSignInTest::digest);
        TestLink link =
            TestLink.to(
                server, home, Map.of("auth", "digest", "user", "admin", "password", "pw"))) {
      assertThat(link.get("/rpc/Shelly.GetStatus?a=1")).isEqualTo("{}");
      assertThat(link.get("/rpc/Shelly.GetStatus?a=1")).isEqualTo("{}");

      assertThat(server.requests()).hasSize(3);
      assertThat(server.requests().getLast().headers().get("authorization"))
          .contains("nc=00000002");
    }
  }

  /// A device that knows the password `pw` of `admin`, in SHA-256.
  private static void digest(Request request, Reply reply) throws IOException {
    DigestChallenge challenge =
        DigestChallenge.strongest(
                List.of("Digest realm=\"shelly\", nonce=\"60dc2\", qop=auth, algorithm=SHA-256"))
            .orElseThrow();
    String sent = request.headers().getOrDefault("authorization", "");
    String count = sent.replaceFirst(".*nc=([0-9a-f]{8}).*", "$1");
    String nonce = sent.replaceFirst(".*cnonce=\"([0-9a-f]{32})\".*", "$1");
    if (!sent.isEmpty()
        && sent.equals(
            challenge.answer(
                "admin",
                "pw",
                request.method(),
                request.target(),
                Integer.parseInt(count, 16),
                nonce))) {
      reply.json(200, "{}");
    } else {
      reply.raw(challenge("qop=\"auth\", realm=\"shelly\", nonce=\"60dc2\", algorithm=SHA-256"));
    }
  }

  @Test
  void leavesADeviceAlone_thatRefusesThePassword() throws Exception {
    Path file = home.resolve("secret.txt");
    Files.writeString(file, "wrong\n");
    try (LoopbackServer server = LoopbackServer.start(HttpSignInTest::digest);
        TestLink link =
            TestLink.to(
                server,
                home,
                Map.of("auth", "digest", "user", "admin", "password-file", "secret.txt"))) {
      for (int i = 0; i < 5; i++) {
        assertThatThrownBy(() -> link.get("/"))
            .hasMessageContaining("does not accept the user and the password")
            .hasMessageContaining(file.toString())
            .hasMessageNotContaining("wrong");
      }
      assertThat(server.requests()).hasSize(2);

      link.clock.advance(Duration.ofSeconds(15));
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("does not accept");
      int after = server.requests().size();
      link.clock.advance(Duration.ofSeconds(15));
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("does not accept");
      assertThat(server.requests()).hasSize(after);

      Files.writeString(file, "pw");
      assertThat(link.get("/")).isEqualTo("{}");
    }
  }

  @Test
  void sendsATokenFromAFile_andSaysWhenItExpired() throws Exception {
    Path file = home.resolve("token");
    String claims =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString("{\"exp\":1781870399}".getBytes(StandardCharsets.UTF_8));
    Files.writeString(file, "header." + claims + ".signature\n");
    try (LoopbackServer server =
            LoopbackServer.start(
                (request, reply) -> {
                  boolean good = (BEARER + "fresh").equals(request.headers().get("authorization"));
                  reply.json(good ? 200 : 401, "{}");
                });
        TestLink link =
            TestLink.to(server, home, Map.of("auth", "bearer", "token-file", "token"))) {
      assertThatThrownBy(() -> link.get("/"))
          .hasMessageContaining("the token expired at 2026-06-19T11:59:59Z; get a new one")
          .hasMessageContaining(file.toString())
          .hasMessageNotContaining(claims);

      Files.writeString(file, "fresh");
      assertThat(link.get("/")).isEqualTo("{}");

      Files.delete(file);
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("cannot be read");
      Files.writeString(file, "two\nlines");
      assertThatThrownBy(() -> link.get("/")).hasMessageContaining("on one line");
    }
  }

  @Test
  void sendsATokenInTheHeaderThatTheDeviceWants() throws Exception {
    try (LoopbackServer server = LoopbackServer.start((_, reply) -> reply.json(200, "{}"));
        TestLink link =
            TestLink.to(
                server, home, Map.of("auth", "header", "header", "Auth-Token", "token", "t-1"))) {
      link.get("/");

      assertThat(server.requests().getFirst().headers()).containsEntry("auth-token", "t-1");
    }
  }

  private static final Map<String, Object> LOGIN =
      Map.of(
          "auth", "cookie",
          "login", "/api/login/Basic",
          "login-fields", Map.of("email", "me@example.org"),
          "user", "customer",
          "password", "pw");

  @Test
  void logsIn_andAgainWhenTheCookieIsForgotten() throws Exception {
    try (LoopbackServer server = LoopbackServer.start(HttpSignInTest::cookies);
        TestLink link = TestLink.to(server, home, LOGIN)) {
      assertThat(link.get("/api/meters/aggregates")).isEqualTo("{}");
      assertThat(link.get("/api/meters/aggregates")).isEqualTo("{}");
      assertThat(server.requests()).hasSize(4);
      assertThat(server.requests().get(1).body())
          .contains("\"email\":\"me@example.org\"", "\"username\":\"customer\"");

      assertThat(link.get("/forget")).isEqualTo("{}");
      assertThat(link.get("/api/meters/aggregates")).isEqualTo("{}");
    }
  }

  private static void cookies(Request request, Reply reply) throws IOException {
    if (request.target().equals("/api/login/Basic")) {
      boolean right = request.body().contains("\"password\":\"pw\"");
      reply.raw(
          "HTTP/1.1 %d X\r\nSet-Cookie: AuthCookie=abc; Path=/; Secure; HttpOnly\r\n"
                  .formatted(right ? 200 : 401)
              + "Set-Cookie: UserRecord=def; Path=/\r\nContent-Length: 2\r\n\r\n{}");
    } else {
      boolean known = "AuthCookie=abc; UserRecord=def".equals(request.headers().get("cookie"));
      reply.json(known ? 200 : 403, "{}");
    }
  }

  @Test
  void usesTheTokenOfALogin_thatGivesNoCookies() throws Exception {
    try (LoopbackServer server =
            LoopbackServer.start(
                (request, reply) -> {
                  if (request.method().equals("POST")) {
                    reply.json(200, "{\"token\": \"t-2\"}");
                  } else {
                    boolean good = (BEARER + "t-2").equals(request.headers().get("authorization"));
                    reply.json(good ? 200 : 401, "{}");
                  }
                });
        TestLink link = TestLink.to(server, home, LOGIN)) {
      assertThat(link.get("/")).isEqualTo("{}");
    }
  }

  @Test
  void stopsLoggingIn_whenTheDeviceTakesTheLoginAndStillRefuses() {
    try (LoopbackServer server =
            LoopbackServer.start(
                (request, reply) -> {
                  if (request.method().equals("POST")) {
                    reply.json(200, "{\"token\": \"t-3\"}");
                  } else {
                    reply.json(401, "{}");
                  }
                });
        TestLink link = TestLink.to(server, home, LOGIN)) {
      for (int minute = 0; minute < 60; minute++) {
        assertThatThrownBy(() -> link.get("/")).hasMessageContaining("status 401");
        link.clock.advance(Duration.ofMinutes(1));
      }
      // Pauses of 15, 30, 60, 120, 240, 480, 900, 900 s: nine logins in an hour at most.
      assertThat(server.requests().stream().filter(r -> r.method().equals("POST")))
          .hasSizeBetween(5, 10);
    }
  }
}
