// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.IntConsumer;

/// An ordinary program on the user's machine that speaks to a node's API.
final class ChatClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String EVENT_PREFIX = "data: ";

  private final String base;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /// @param base such as `http://127.0.0.1:4478`
  ChatClient(String base) {
    this.base = base;
  }

  /// An answer of the API that did not stream.
  record Reply(int status, String body, Optional<String> retryAfter) {
    JsonNode json() {
      return read(body);
    }
  }

  /// A streamed answer as it arrived.
  ///
  /// @param chunks that held text
  /// @param done whether `[DONE]` came last
  /// @param longestGap between two chunks with text
  /// @param error the error object, when the answer was refused or broke off
  /// @param model that the last chunk names
  record Streamed(
      int status,
      String text,
      int chunks,
      boolean done,
      Duration longestGap,
      String finishReason,
      Optional<JsonNode> error,
      String model) {}

  /// What is asked; greedy, so that the answer is always the same.
  static ObjectNode question(String content, int tokensMax) {
    ObjectNode body = JSON.createObjectNode();
    body.put("model", TestNetwork.MODEL);
    body.put("temperature", 0);
    body.put("max_tokens", tokensMax);
    body.putArray("messages").addObject().put("role", "user").put("content", content);
    return body;
  }

  Reply ask(String content, int tokensMax) {
    return post("/v1/chat/completions", question(content, tokensMax).toString());
  }

  /// Asks and reads the answer as it comes.
  ///
  /// @param onChunk told how many chunks with text there are so far
  Streamed stream(String content, int tokensMax, IntConsumer onChunk) {
    return stream(question(content, tokensMax), onChunk);
  }

  /// Asks with this body and reads the answer as it comes.
  Streamed stream(ObjectNode body, IntConsumer onChunk) {
    HttpRequest request =
        posting("/v1/chat/completions", body.deepCopy().put("stream", true).toString());
    try {
      HttpResponse<InputStream> response =
          http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        return response.statusCode() == 200
            ? read(lines, onChunk)
            : new Streamed(
                response.statusCode(),
                "",
                0,
                false,
                Duration.ZERO,
                "",
                Optional.of(JSON.readTree(lines).path("error")),
                "");
      }
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
      throw new AssertionError("The answer was not waited for", hurry);
    }
  }

  private static Streamed read(BufferedReader lines, IntConsumer onChunk) throws IOException {
    StringBuilder text = new StringBuilder();
    String finish = "";
    boolean done = false;
    Optional<JsonNode> error = Optional.empty();
    String model = "";
    int chunks = 0;
    long last = System.nanoTime();
    long gapNanos = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!line.startsWith(EVENT_PREFIX)) {
        continue;
      }
      String event = line.substring(EVENT_PREFIX.length());
      if (event.equals("[DONE]")) {
        done = true;
        continue;
      }
      JsonNode chunk = JSON.readTree(event);
      if (chunk.has("error")) {
        error = Optional.of(chunk.path("error"));
      }
      model = chunk.path("model").asText(model);
      JsonNode choice = chunk.path("choices").path(0);
      finish = choice.path("finish_reason").asText(finish);
      String more = choice.path("delta").path("content").asText("");
      if (!more.isEmpty()) {
        text.append(more);
        long now = System.nanoTime();
        gapNanos = chunks == 0 ? 0 : Math.max(gapNanos, now - last);
        last = now;
        onChunk.accept(++chunks);
      }
    }
    return new Streamed(
        200, text.toString(), chunks, done, Duration.ofNanos(gapNanos), finish, error, model);
  }

  String base() {
    return base;
  }

  JsonNode status() {
    return get("/status").json();
  }

  Reply get(String path) {
    return send(HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE).build());
  }

  Reply post(String path, String body) {
    return send(posting(path, body));
  }

  private HttpRequest posting(String path, String body) {
    return HttpRequest.newBuilder(URI.create(base + path))
        .timeout(PATIENCE)
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private Reply send(HttpRequest request) {
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      return new Reply(
          response.statusCode(), response.body(), response.headers().firstValue("Retry-After"));
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
      throw new AssertionError("The answer was not waited for", hurry);
    }
  }

  private static JsonNode read(String body) {
    try {
      return JSON.readTree(body);
    } catch (IOException notJson) {
      throw new AssertionError("no JSON: " + body, notJson);
    }
  }
}
