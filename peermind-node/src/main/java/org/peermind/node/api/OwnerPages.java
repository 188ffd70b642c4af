// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.peermind.node.api.http.HttpExchange;

/// Finds the owner's page that a request is for.
final class OwnerPages {
  private static final int BODY_BYTES_MAX = 64 * 1024;
  private static final int QUERY_CHARACTERS_MAX = 2_048;

  /// Apart from the answers' bound: an owner must be able to steer a node that is busy.
  private static final int AT_ONCE_MAX = 16;

  private final List<OwnerPage> pages;
  private final Semaphore permits = new Semaphore(AT_ONCE_MAX);

  OwnerPages(List<OwnerPage> pages) {
    this.pages = List.copyOf(pages);
  }

  /// @param path after `/peermind/`
  void handle(String path, HttpExchange exchange, ApiReply reply)
      throws IOException, InterruptedException {
    List<OwnerPage> there = pages.stream().filter(page -> page.path().equals(path)).toList();
    if (there.isEmpty()) {
      reply.error(
          ApiError.invalid(
              404, "not_found", "This node has no such page; see docs/configuration.md."));
      return;
    }
    String method = exchange.method().equals("HEAD") ? "GET" : exchange.method();
    Optional<OwnerPage> page =
        there.stream().filter(one -> one.method().equals(method)).findFirst();
    if (page.isEmpty()) {
      String allowed = there.getFirst().method();
      reply.error(
          ApiError.invalid(405, "method_not_allowed", "This page answers %s.".formatted(allowed)),
          Map.of("Allow", allowed));
      return;
    }
    if (!permits.tryAcquire()) {
      reply.error(ApiError.busy(AT_ONCE_MAX));
      return;
    }
    try {
      JsonNode body = method.equals("POST") ? body(exchange) : OwnerPage.noBody();
      OwnerPage.Request request = new OwnerPage.Request(query(exchange.query()), body);
      OwnerPage.Reply answer = page.get().answering().answer(request);
      reply.body(answer.status(), answer.contentType(), answer.text(), Map.of());
    } catch (OwnerPage.Refused refused) {
      reply.error(
          ApiError.invalid(refused.status(), refused.code(), String.valueOf(refused.getMessage())));
    } catch (RequestRefused malformed) {
      reply.error(malformed.error());
    } finally {
      permits.release();
    }
  }

  /// A form of a web page cannot send this type, so that none can steer a node.
  private static JsonNode body(HttpExchange exchange)
      throws IOException, RequestRefused, OwnerPage.Refused {
    String contentType = exchange.header("Content-Type").orElse("");
    if (!contentType.split(";", 2)[0].trim().equalsIgnoreCase("application/json")) {
      throw new OwnerPage.Refused(
          415, "unsupported_media_type", "Send the request as Content-Type: application/json.");
    }
    return JsonFields.parse(exchange.body(BODY_BYTES_MAX)).object();
  }

  private static Map<String, String> query(String raw) throws OwnerPage.Refused {
    if (raw.length() > QUERY_CHARACTERS_MAX) {
      throw new OwnerPage.Refused(
          400, "invalid_request", "What follows the question mark is too long.");
    }
    Map<String, String> query = new HashMap<>();
    try {
      for (String pair : raw.split("&", -1)) {
        String[] parts = pair.split("=", 2);
        if (!parts[0].isEmpty()) {
          query.putIfAbsent(decoded(parts[0]), parts.length < 2 ? "" : decoded(parts[1]));
        }
      }
    } catch (IllegalArgumentException malformed) {
      throw new OwnerPage.Refused(
          400, "invalid_request", "What follows the question mark is malformed.");
    }
    return query;
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
