// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.external;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.ExternalServer;
import org.peermind.inference.internal.external.ServerException.Kind;

/// One server, spoken to over HTTP/1.1 with a bound on every size and wait. It follows no redirects
/// and uses no proxy, so that a prompt goes to the configured host or nowhere.
///
/// The JDK's client: on the client's side it costs what Helidon's costs (ADR 0015).
final class ServerLink implements AutoCloseable {
  private static final Duration CONNECT_MAX = Duration.ofSeconds(3);
  private static final long JSON_BYTES_MAX = 4L * 1024 * 1024;
  private static final long ERROR_BYTES_MAX = 64L * 1024;

  private final ExternalServer server;
  private final String base;
  private final HttpClient client;

  ServerLink(ExternalServer server) {
    this.server = server;
    this.base = base(server.url());
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(ProxySelector.of(null))
            .connectTimeout(CONNECT_MAX)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
  }

  /// The address without a slash at its end and without `/v1`, which people copy from elsewhere.
  private static String base(URI url) {
    return url.toString().replaceFirst("/+$", "").replaceFirst("/v1$", "");
  }

  /// Asks for a JSON document.
  JsonNode get(String path, Duration patience) throws ServerException, InterruptedException {
    return json(request(path).GET().build(), patience);
  }

  /// Orders something; an empty answer is an empty object.
  JsonNode post(String path, ObjectNode body, Duration patience)
      throws ServerException, InterruptedException {
    return json(posting(path, body), patience);
  }

  /// Whether a path answers with success, whatever the document.
  boolean answers(String path, Duration patience) throws InterruptedException {
    try {
      HttpResponse<byte[]> response =
          await(
              client.sendAsync(
                  request(path).GET().build(),
                  BodyHandlers.limiting(BodyHandlers.ofByteArray(), JSON_BYTES_MAX)),
              patience);
      return response.statusCode() / 100 == 2;
    } catch (ServerException _) {
      return false;
    }
  }

  /// Begins a streamed answer; returns when its head is there and says that events follow.
  AnswerBody stream(String path, ObjectNode body, Duration patience)
      throws ServerException, InterruptedException {
    try {
      return streamOnce(path, body, patience);
    } catch (ServerException broken) {
      // The server may have closed an idle connection at the moment in which it was used again.
      if (broken.kind() != Kind.BROKEN) {
        throw broken;
      }
      return streamOnce(path, body, patience);
    }
  }

  private AnswerBody streamOnce(String path, ObjectNode body, Duration patience)
      throws ServerException, InterruptedException {
    HttpResponse<AnswerBody> response =
        await(client.sendAsync(posting(path, body), _ -> new AnswerBody()), patience);
    AnswerBody answer = response.body();
    boolean handedOver = false;
    try {
      if (response.statusCode() / 100 != 2) {
        throw refusal(response.statusCode(), answer.whole(ERROR_BYTES_MAX, patience));
      }
      String type = response.headers().firstValue("Content-Type").orElse("");
      if (!type.toLowerCase(Locale.ROOT).startsWith("text/event-stream")) {
        throw new ServerException(
            Kind.GARBAGE, "The server does not stream: its answer is no text/event-stream.");
      }
      handedOver = true;
      return answer;
    } finally {
      if (!handedOver) {
        answer.close();
      }
    }
  }

  private HttpRequest.Builder request(String path) throws ServerException {
    HostPolicy.check(server.url().getHost(), server.allowRemote());
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
    server.key().ifPresent(key -> request.header("Authorization", "Bearer " + key.value()));
    return request;
  }

  private HttpRequest posting(String path, ObjectNode body) throws ServerException {
    return request(path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofByteArray(ServerJson.bytes(body)))
        .build();
  }

  private JsonNode json(HttpRequest request, Duration patience)
      throws ServerException, InterruptedException {
    HttpResponse<byte[]> response =
        await(
            client.sendAsync(
                request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), JSON_BYTES_MAX)),
            patience);
    if (response.statusCode() / 100 != 2) {
      throw refusal(response.statusCode(), response.body());
    }
    return response.body().length == 0 ? ServerJson.object() : ServerJson.read(response.body());
  }

  private <T> HttpResponse<T> await(CompletableFuture<HttpResponse<T>> future, Duration patience)
      throws ServerException, InterruptedException {
    boolean done = false;
    try {
      HttpResponse<T> response = future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      done = true;
      return response;
    } catch (TimeoutException late) {
      throw new ServerException(
          Kind.SILENT, "The server %s did not answer in %s.".formatted(base, words(patience)));
    } catch (ExecutionException failed) {
      throw failure(failed.getCause());
    } finally {
      if (!done) {
        future.cancel(true);
      }
    }
  }

  private ServerException failure(@Nullable Throwable cause) {
    return switch (cause) {
      case HttpConnectTimeoutException _ ->
          new ServerException(
              Kind.SILENT, "The server " + base + " takes no connection: the attempt timed out.");
      case ConnectException _, UnresolvedAddressException _ ->
          new ServerException(
              Kind.UNREACHABLE, "Nobody listens at " + base + "; is the server running?");
      case javax.net.ssl.SSLException _ ->
          new ServerException(
              Kind.BROKEN, "No trusted TLS connection to " + base + " could be made.");
      case IOException _ ->
          new ServerException(Kind.BROKEN, "The connection to " + base + " broke.");
      case null, default -> new ServerException(Kind.BROKEN, "The request to " + base + " failed.");
    };
  }

  private ServerException refusal(int status, byte[] body) {
    return switch (status) {
      case 401, 403 ->
          new ServerException(
              Kind.KEY_REFUSED,
              "The server %s refuses the key (%d); set model.api-key.".formatted(base, status));
      case 404, 405, 501 ->
          new ServerException(
              Kind.NOT_FOUND,
              "The server %s does not know the path or the model (%d).".formatted(base, status));
      case 429, 503 ->
          new ServerException(
              Kind.BUSY, "The server %s is busy or loading (%d).".formatted(base, status));
      case 400, 413, 422 ->
          ErrorBody.saysContext(body)
              ? new ServerException(
                  Kind.CONTEXT_TOO_LONG,
                  "The conversation is longer than the context that the server gives this model.")
              : new ServerException(
                  Kind.BAD_REQUEST,
                  "The server does not take this request (%d).".formatted(status));
      default ->
          status / 100 == 3
              ? new ServerException(
                  Kind.FAULT,
                  "The server %s redirects elsewhere; name the final address in model.url."
                      .formatted(base))
              : new ServerException(
                  Kind.FAULT, "The server %s failed (%d).".formatted(base, status));
    };
  }

  String base() {
    return base;
  }

  static String words(Duration duration) {
    return duration.toMillis() % 1_000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }

  /// Ends every connection at once.
  @Override
  public void close() {
    client.shutdownNow();
  }
}
