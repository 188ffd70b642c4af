// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.peermind.node.api.http.HttpExchange;

/// The answer to one request: adds the headers that all answers have and remembers the status.
final class ApiReply {
  private final HttpExchange exchange;
  private final Map<String, String> common = new HashMap<>();
  private int status;

  ApiReply(HttpExchange exchange, Map<String, String> crossOriginHeaders) {
    this.exchange = exchange;
    common.put("X-Content-Type-Options", "nosniff");
    common.put("Cache-Control", "no-store");
    common.putAll(crossOriginHeaders);
  }

  /// The status sent, 0 when none was.
  int status() {
    return status;
  }

  void json(int newStatus, String json) throws IOException {
    json(newStatus, json, Map.of());
  }

  void json(int newStatus, String json, Map<String, String> headers) throws IOException {
    body(newStatus, "application/json", json, headers);
  }

  void error(ApiError error) throws IOException {
    error(error, Map.of());
  }

  void error(ApiError error, Map<String, String> headers) throws IOException {
    Map<String, String> all = new HashMap<>(headers);
    if (error.retryAfterSeconds() > 0) {
      all.put("Retry-After", Integer.toString(error.retryAfterSeconds()));
    }
    json(error.status(), ApiJson.error(error), all);
  }

  void body(int newStatus, String contentType, String text, Map<String, String> headers)
      throws IOException {
    Map<String, String> all = start(newStatus, headers);
    all.put("Content-Type", contentType);
    exchange.answer(newStatus, all, text.getBytes(StandardCharsets.UTF_8));
  }

  void empty(int newStatus, Map<String, String> headers) throws IOException {
    exchange.answer(newStatus, start(newStatus, headers), new byte[0]);
  }

  /// Starts server-sent events. `X-Accel-Buffering` keeps an nginx in between from collecting them.
  OutputStream events() throws IOException {
    Map<String, String> all = start(200, Map.of("X-Accel-Buffering", "no"));
    all.put("Content-Type", "text/event-stream; charset=utf-8");
    return exchange.stream(200, all);
  }

  private Map<String, String> start(int newStatus, Map<String, String> headers) {
    status = newStatus;
    Map<String, String> all = new HashMap<>(common);
    all.putAll(headers);
    return all;
  }
}
