// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.peermind.energy.spi.SettingsReader;

/// Devices with an HTTP interface.
///
/// Keys of a connection: `host`, `port`, `tls`; `auth` (none, basic, digest, bearer, cookie,
/// header) with `user`, `password` or `password-file`, `token` or `token-file`, `header` (the
/// token's, for auth: header), `login` and `login-fields` (path and further members, for auth:
/// cookie); `headers` and `query` of every request; `advice` (what the owner can do about a
/// status).
///
/// Keys of a request: `get` or `post` (a path), `query`, `headers`, `body` (text, or a section that
/// becomes JSON).
final class HttpTransport implements Transport {
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}");
  private static final String NO_HOST = "host.invalid";

  @Override
  public String name() {
    return "http";
  }

  @Override
  public void check(SettingsReader request) {
    var _ = HttpAsk.of(request);
  }

  @Override
  public DeviceLink open(SettingsReader connection, Surroundings surroundings) {
    boolean tls = connection.flag("tls", false);
    String host = host(connection);
    long port = connection.whole("port", tls ? 443 : 80);
    if (port < 1 || port > 65_535) {
      connection.problem("port", "must lie within 1 and 65535");
      port = 80;
    }
    String bracketed = host.contains(":") ? "[" + host + "]" : host;
    String place = bracketed + ":" + port;
    HttpSignIn signIn = signIn(connection, surroundings.home());
    HttpLink.Target target =
        new HttpLink.Target(
            (tls ? "https://" : "http://") + place,
            place,
            HttpAsk.headers(connection),
            HttpAsk.texts(connection, "query"),
            advice(connection));
    HttpExchange exchange =
        new HttpExchange(
            place,
            surroundings.patience(),
            tls ? PinnedTrust.context(host, (int) port, surroundings.home()) : null);
    return new HttpLink(target, signIn, exchange, surroundings.time());
  }

  private static String host(SettingsReader connection) {
    String host = connection.text("host", "");
    String bare =
        host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    if (!HOST.matcher(bare).matches()) {
      connection.problem(
          "host", "must be the device's name or address, without http:// and without a port");
      return NO_HOST;
    }
    return bare;
  }

  private static HttpSignIn signIn(SettingsReader connection, Path home) {
    String auth = connection.text("auth", "none");
    String user = connection.text("user", "");
    HttpSecret password = secret(connection, "password", home);
    HttpSecret token = secret(connection, "token", home);
    String header = connection.text("header", "Authorization");
    String login = connection.text("login", "/");
    Map<String, String> fields = HttpAsk.texts(connection, "login-fields");
    return switch (auth) {
      case "none" -> new HttpSignIn.Nobody();
      case "basic" -> new HttpSignIn.Basic(user, password);
      case "digest" -> new HttpSignIn.Digest(user, password);
      case "bearer" -> new HttpSignIn.Token("Authorization", "Bearer ", needed(connection, token));
      case "header" -> new HttpSignIn.Token(header, "", needed(connection, token));
      case "cookie" -> {
        if (!login.startsWith("/")) {
          connection.problem("login", "must be the path of the login, beginning with /");
        }
        yield new HttpSignIn.Cookies(login, fields, user, needed(connection, password));
      }
      default -> {
        connection.problem("auth", "must be none, basic, digest, bearer, cookie or header");
        yield new HttpSignIn.Nobody();
      }
    };
  }

  private static HttpSecret needed(SettingsReader connection, HttpSecret secret) {
    if (!secret.given()) {
      connection.problem(
          secret.name(), "or %s-file must be given for this device".formatted(secret.name()));
    }
    return secret;
  }

  static HttpSecret secret(SettingsReader connection, String key, Path home) {
    String value = connection.text(key).orElse(null);
    Path file = connection.text(key + "-file").map(home::resolve).orElse(null);
    if (value != null && file != null) {
      connection.problem(key, "and %s-file exclude each other".formatted(key));
    }
    if (value != null && !key.equals("password") && !HttpAsk.printable(value, 1)) {
      connection.problem(key, "may hold printable ASCII characters only");
    }
    return new HttpSecret(key, value, file);
  }

  private static Map<Integer, String> advice(SettingsReader connection) {
    Map<Integer, String> advice = new HashMap<>();
    HttpAsk.texts(connection, "advice")
        .forEach(
            (status, clause) -> {
              if (status.matches("[1-5][0-9]{2}")) {
                advice.put(Integer.parseInt(status), clause);
              } else {
                connection.problem("advice", "is by status, such as 404");
              }
            });
    return advice;
  }
}
