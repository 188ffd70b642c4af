// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.EnergyAdapterException;

/// How a link shows who it is. Used by one thread at a time.
sealed interface HttpSignIn {
  int COOKIES_MAX = 20;
  ObjectMapper MAPPER = new ObjectMapper();

  /// Headers that sign one request; empty when the owner gave no password or token.
  Map<String, String> headers(String method, String target) throws EnergyAdapterException;

  /// Whether a request that was refused (401 or 403) is worth a second try: a new challenge of the
  /// device was learnt, or a login made.
  boolean again(HttpResponse<byte[]> refused, Login login)
      throws EnergyAdapterException, InterruptedException;

  /// What is sent with requests, to see that the owner changed it; never shown.
  String secret() throws EnergyAdapterException;

  /// What an owner can do about a refusal: a clause.
  String advice(Instant now) throws EnergyAdapterException;

  /// Sends the request of a login.
  @FunctionalInterface
  interface Login {
    HttpResponse<byte[]> post(String path, String body)
        throws EnergyAdapterException, InterruptedException;
  }

  /// Nobody in particular.
  record Nobody() implements HttpSignIn {
    @Override
    public Map<String, String> headers(String method, String target) {
      return Map.of();
    }

    @Override
    public boolean again(HttpResponse<byte[]> refused, Login login) {
      return false;
    }

    @Override
    public String secret() {
      return "";
    }

    @Override
    public String advice(Instant now) {
      return "it wants to know who asks: set auth and a user and password, or a token";
    }
  }

  /// User and password in every request (RFC 7617).
  record Basic(String user, HttpSecret password) implements HttpSignIn {
    @Override
    public Map<String, String> headers(String method, String target) throws EnergyAdapterException {
      if (!password.given()) {
        return Map.of();
      }
      byte[] both = (user + ":" + password.read()).getBytes(StandardCharsets.UTF_8);
      return Map.of("Authorization", "Basic " + Base64.getEncoder().encodeToString(both));
    }

    @Override
    public boolean again(HttpResponse<byte[]> refused, Login login) {
      return false;
    }

    @Override
    public String secret() throws EnergyAdapterException {
      return password.read();
    }

    @Override
    public String advice(Instant now) {
      return passwordAdvice(password);
    }
  }

  /// A token in a header of its own, `Authorization: Bearer` as a rule (RFC 6750).
  record Token(String header, String before, HttpSecret token) implements HttpSignIn {
    @Override
    public Map<String, String> headers(String method, String target) throws EnergyAdapterException {
      return Map.of(header, before + token.read());
    }

    @Override
    public boolean again(HttpResponse<byte[]> refused, Login login) {
      return false;
    }

    @Override
    public String secret() throws EnergyAdapterException {
      return token.read();
    }

    @Override
    public String advice(Instant now) throws EnergyAdapterException {
      Optional<Instant> end = end(token.read());
      String renew =
          token.file() == null
              ? "get a new one and set token"
              : "get a new one and write it into the file " + token.file();
      if (end.isPresent() && !now.isBefore(end.get())) {
        return "the token expired at %s; %s".formatted(end.get(), renew);
      }
      return "it does not accept the token, which may have expired; " + renew;
    }

    /// When a JSON web token ends (RFC 7519 section 4.1.4); empty for other tokens.
    private static Optional<Instant> end(String token) {
      String[] parts = token.split("\\.", -1);
      if (parts.length != 3) {
        return Optional.empty();
      }
      try {
        JsonNode claims = MAPPER.readTree(Base64.getUrlDecoder().decode(parts[1]));
        JsonNode end = claims.path("exp");
        return end.canConvertToLong() && end.longValue() < 1L << 40
            ? Optional.of(Instant.ofEpochSecond(end.longValue()))
            : Optional.empty();
      } catch (IOException | IllegalArgumentException noClaims) {
        return Optional.empty();
      }
    }
  }

  /// Digest authentication (RFC 7616): the first request is refused and brings the challenge.
  final class Digest implements HttpSignIn {
    private static final SecureRandom RANDOM = new SecureRandom();
    private final String user;
    private final HttpSecret password;
    private @Nullable DigestChallenge challenge;
    private int count;

    Digest(String user, HttpSecret password) {
      this.user = user;
      this.password = password;
    }

    @Override
    public Map<String, String> headers(String method, String target) throws EnergyAdapterException {
      DigestChallenge known = challenge;
      if (known == null || !password.given()) {
        return Map.of();
      }
      byte[] nonce = new byte[16];
      RANDOM.nextBytes(nonce);
      return Map.of(
          "Authorization",
          known.answer(
              user, password.read(), method, target, ++count, HexFormat.of().formatHex(nonce)));
    }

    @Override
    public boolean again(HttpResponse<byte[]> refused, Login login) {
      DigestChallenge before = challenge;
      challenge =
          refused.statusCode() == 401
              ? DigestChallenge.strongest(refused.headers().allValues("www-authenticate"))
                  .orElse(null)
              : before;
      count = 0;
      return password.given() && challenge != null && !challenge.equals(before);
    }

    @Override
    public String secret() throws EnergyAdapterException {
      return password.read();
    }

    @Override
    public String advice(Instant now) {
      return passwordAdvice(password);
    }
  }

  /// A login that gives cookies, or a token, as at a Powerwall.
  final class Cookies implements HttpSignIn {
    private final String path;
    private final Map<String, ?> fields;
    private final String user;
    private final HttpSecret password;
    private final Map<String, String> cookies = new LinkedHashMap<>();
    private @Nullable String token;

    /// @param fields further members of the login's JSON
    Cookies(String path, Map<String, ?> fields, String user, HttpSecret password) {
      this.path = path;
      this.fields = fields;
      this.user = user;
      this.password = password;
    }

    @Override
    public Map<String, String> headers(String method, String target) {
      Map<String, String> headers = new LinkedHashMap<>();
      if (!cookies.isEmpty()) {
        StringBuilder all = new StringBuilder();
        cookies.forEach(
            (name, value) ->
                all.append(all.isEmpty() ? "" : "; ").append(name).append('=').append(value));
        headers.put("Cookie", all.toString());
      } else if (token != null) {
        headers.put("Authorization", "Bearer " + token);
      }
      return headers;
    }

    @Override
    public boolean again(HttpResponse<byte[]> refused, Login login)
        throws EnergyAdapterException, InterruptedException {
      cookies.clear();
      token = null;
      Map<String, Object> members = new LinkedHashMap<>(fields);
      members.put("username", user);
      members.put("password", password.read());
      HttpResponse<byte[]> answer = login.post(path, HttpAsk.json(members));
      if (answer.statusCode() / 100 != 2) {
        return false;
      }
      answer.headers().allValues("set-cookie").forEach(this::keep);
      token = token(answer.body());
      return !cookies.isEmpty() || token != null;
    }

    private void keep(String setCookie) {
      String pair = setCookie.split(";", 2)[0].strip();
      int equals = pair.indexOf('=');
      if (equals > 0
          && cookies.size() < COOKIES_MAX
          && pair.length() <= 4096
          && HttpAsk.printable(pair, 3)) {
        cookies.put(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }

    private static @Nullable String token(byte[] body) {
      try {
        String token = MAPPER.readTree(body).path("token").asText("");
        return token.length() <= 4096 && HttpAsk.printable(token, 1) ? token : null;
      } catch (IOException noJson) {
        return null;
      }
    }

    @Override
    public String secret() throws EnergyAdapterException {
      return password.read();
    }

    @Override
    public String advice(Instant now) {
      return passwordAdvice(password);
    }
  }

  private static String passwordAdvice(HttpSecret password) {
    return password.given()
        ? "it does not accept the user and the password; check user and "
            + (password.file() == null ? "password" : "the file " + password.file())
        : "it wants a password: set user and password or password-file";
  }
}
