// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;

/// An ordinary client of the light user's API.
final class DemoClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String EVENT_PREFIX = "data: ";

  private final String api;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  DemoClient(String api) {
    this.api = api;
  }

  /// How many inferers the referee offers work to now.
  int readyInferers() throws IOException, InterruptedException {
    URI status = URI.create(api.replaceFirst("/v1$", "/status"));
    HttpResponse<String> response =
        http.send(HttpRequest.newBuilder(status).build(), HttpResponse.BodyHandlers.ofString());
    int ready = 0;
    for (JsonNode node : JSON.readTree(response.body()).path("nodes")) {
      if (node.path("presence").asText().equals("ready")) {
        ready++;
      }
    }
    return ready;
  }

  /// Asks and hands on the text as it comes.
  ///
  /// @return the error object when the answer was refused or broke off
  Optional<JsonNode> ask(String question, int tokensMax, Consumer<String> onText)
      throws IOException, InterruptedException {
    ObjectNode body = JSON.createObjectNode();
    body.put("model", "peermind-demo");
    body.put("stream", true);
    body.put("temperature", 0.3);
    body.put("max_tokens", tokensMax);
    body.putArray("messages").addObject().put("role", "user").put("content", question);
    HttpResponse<InputStream> response =
        http.send(
            HttpRequest.newBuilder(URI.create(api + "/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      if (response.statusCode() != 200) {
        return Optional.of(JSON.readTree(lines).path("error"));
      }
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith(EVENT_PREFIX + "{")) {
          continue;
        }
        JsonNode chunk = JSON.readTree(line.substring(EVENT_PREFIX.length()));
        if (chunk.has("error")) {
          return Optional.of(chunk.path("error"));
        }
        String text = chunk.path("choices").path(0).path("delta").path("content").asText("");
        if (!text.isEmpty()) {
          onText.accept(text);
        }
      }
    }
    return Optional.empty();
  }
}
