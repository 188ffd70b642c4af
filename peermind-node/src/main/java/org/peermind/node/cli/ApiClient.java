// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.peermind.node.config.NodeConfig;

/// Speaks to the API of a running node, as any other program on the machine would.
final class ApiClient {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(20);

  /// An answer that is not streamed begins when it is complete.
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(30);

  private final String address;
  private final String authorization;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_TIMEOUT)
          .build();

  ApiClient(NodeConfig.Api api) {
    this.address = api.listen().toString();
    this.authorization = api.key().map(key -> "Bearer " + key).orElse("Bearer none");
  }

  /// Reads a JSON document.
  ///
  /// @throws CommandFailed also when the node refuses, with its own sentence
  JsonNode get(String path) throws CommandFailed, InterruptedException {
    HttpResponse<InputStream> response = send(request(path).timeout(READ_TIMEOUT).GET().build());
    JsonNode document = json(response);
    if (response.statusCode() != 200) {
      throw refused(response.statusCode(), document.path("error"));
    }
    return document;
  }

  /// What the node said when it refused, with the exit code that fits.
  static CommandFailed refused(int status, JsonNode error) {
    return new CommandFailed(
        status == 503 || status == 429 ? ExitCode.NO_POWER_OR_CAPACITY : ExitCode.FAILED,
        error.path("message").asText("The node refused with the status " + status + "."));
  }

  /// Sends a JSON document; the body of the answer is read by the caller.
  HttpResponse<InputStream> post(String path, JsonNode body)
      throws CommandFailed, InterruptedException {
    return send(
        request(path)
            .timeout(ANSWER_TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build());
  }

  static JsonNode json(HttpResponse<InputStream> response) throws CommandFailed {
    try (InputStream body = response.body()) {
      return JSON.readTree(new String(body.readAllBytes(), StandardCharsets.UTF_8));
    } catch (JsonProcessingException notJson) {
      throw new CommandFailed(
          ExitCode.FAILED, "What answers at the API's address is no Peermind node.", notJson);
    } catch (IOException broken) {
      throw new CommandFailed(ExitCode.FAILED, "The node broke off its answer.", broken);
    }
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://" + address + path))
        .header("Authorization", authorization);
  }

  private HttpResponse<InputStream> send(HttpRequest request)
      throws CommandFailed, InterruptedException {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofInputStream());
    } catch (ConnectException nobody) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "No node answers at " + address + "; start it with `peermind up`.",
          nobody);
    } catch (IOException broken) {
      throw new CommandFailed(
          ExitCode.FAILED, "The node at " + address + " did not answer.", broken);
    }
  }
}
