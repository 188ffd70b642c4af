// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.peermind.node.api.http.HttpExchange;

/// Checks who asks, before anything is read.
///
/// A page in the owner's browser can reach loopback too. Two checks keep strangers' pages out: the
/// `Host` must be a loopback name (a page that rebinds its own DNS name to 127.0.0.1 still sends
/// its own name), and an `Origin` must be this server's own or one that the owner allowed.
final class RequestGuard {
  private static final Pattern LOOPBACK_NAME =
      Pattern.compile("localhost|[a-z0-9-]+\\.localhost|127(\\.[0-9]{1,3}){3}|\\[::1]");
  private static final Pattern PORT = Pattern.compile(":[0-9]{1,5}$");
  private static final String BEARER = "Bearer ";

  private final ApiSettings settings;

  RequestGuard(ApiSettings settings) {
    this.settings = settings;
  }

  /// Why the request is refused, if it is.
  Optional<ApiError> refusal(HttpExchange exchange, boolean keyNeeded) {
    List<String> hosts = exchange.headers("Host");
    if (hosts.size() != 1) {
      return Optional.of(
          ApiError.invalid(400, "invalid_host", "The request must have one Host header."));
    }
    String host = hosts.getFirst().toLowerCase(Locale.ROOT);
    if (settings.address().isLoopbackAddress() && !isLoopbackName(host)) {
      return Optional.of(
          ApiError.invalid(
              403,
              "host_not_allowed",
              "This node answers on loopback only; ask for localhost or 127.0.0.1."));
    }
    Optional<String> origin = exchange.header("Origin");
    if (origin.isPresent() && !isOwn(origin.get(), host) && !isAllowed(origin.get())) {
      return Optional.of(
          ApiError.invalid(
              403, "origin_not_allowed", "Web pages of this origin may not use this node."));
    }
    if (keyNeeded && !hasKey(exchange)) {
      return Optional.of(
          ApiError.invalid(
              401, "invalid_api_key", "Send the node's api.key as Authorization: Bearer KEY."));
    }
    return Optional.empty();
  }

  /// Whether the request is a browser's question whether it may ask. It carries no key.
  static boolean isPreflight(HttpExchange exchange) {
    return exchange.method().equals("OPTIONS")
        && exchange.header("Origin").isPresent()
        && exchange.header("Access-Control-Request-Method").isPresent();
  }

  /// The headers that let an allowed page read the answer; none for anybody else.
  Map<String, String> crossOriginHeaders(HttpExchange exchange) {
    Optional<String> origin = exchange.header("Origin").filter(this::isAllowed);
    return origin.isEmpty()
        ? Map.of()
        : Map.of("Access-Control-Allow-Origin", origin.get(), "Vary", "Origin");
  }

  private static boolean isLoopbackName(String host) {
    return LOOPBACK_NAME.matcher(PORT.matcher(host).replaceFirst("")).matches();
  }

  private static boolean isOwn(String origin, String host) {
    String lower = origin.toLowerCase(Locale.ROOT);
    return lower.equals("http://" + host) || lower.equals("https://" + host);
  }

  private boolean isAllowed(String origin) {
    return settings.allowedOrigins().contains(origin);
  }

  /// Compares in constant time, so that the time to refuse tells nothing about the key.
  private boolean hasKey(HttpExchange exchange) {
    if (settings.key().isEmpty()) {
      return true;
    }
    String sent = exchange.header("Authorization").orElse("");
    if (!sent.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return false;
    }
    return MessageDigest.isEqual(
        sent.substring(BEARER.length()).trim().getBytes(StandardCharsets.UTF_8),
        settings.key().get().getBytes(StandardCharsets.UTF_8));
  }
}
