// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.random.RandomGenerator;
import org.peermind.node.api.http.BodyMalformed;
import org.peermind.node.api.http.BodyTooLarge;
import org.peermind.node.api.http.ClientGone;
import org.peermind.node.api.http.HelidonHttpPort;
import org.peermind.node.api.http.HttpExchange;
import org.peermind.node.api.http.HttpPort;
import org.peermind.node.api.http.HttpPortSettings;
import org.peermind.node.query.Answers;
import org.peermind.node.query.ConversationKeys;

/// The node's HTTP API, listening.
public final class ApiServer implements AutoCloseable {
  private static final int CONNECTIONS_MAX = 1_024;

  /// Beyond the grace of the answers: time to write their last words.
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final ApiSettings settings;
  private final NodePages pages;
  private final InstantSource clock;
  private final ApiEvents events;
  private final RequestGuard guard;
  private final ModelsPage models;
  private final ChatCompletions chat;
  private final Responses responses;
  private final TextCompletions completions;
  private final EmbeddingsPage embeddings;
  private final OwnerPages owner;
  private final RunningAnswers running = new RunningAnswers();
  private final Semaphore requests;
  private final HttpPort port;
  private volatile boolean stopping;

  private ApiServer(
      ApiSettings settings,
      Answers answers,
      NodePages pages,
      InstantSource clock,
      RandomGenerator random,
      ApiEvents events)
      throws IOException {
    this.settings = settings;
    this.pages = pages;
    this.clock = clock;
    this.events = events;
    this.guard = new RequestGuard(settings);
    this.models = new ModelsPage(answers, clock.instant());
    this.requests = new Semaphore(settings.limits().concurrentRequestsMax());
    AnswerPage page =
        new AnswerPage(
            settings.limits(),
            answers,
            clock,
            random,
            running,
            bug -> reportBug(Route.Page.CHAT, bug));
    Conversations conversations =
        new Conversations(ConversationKeys.random(random), settings.key());
    this.chat = new ChatCompletions(settings.limits(), page, conversations);
    this.responses = new Responses(settings.limits(), page, conversations);
    this.completions = new TextCompletions(settings.limits(), page);
    this.embeddings = new EmbeddingsPage(settings.limits(), answers);
    this.owner = new OwnerPages(pages.owner());
    this.port = HelidonHttpPort.open(portSettings(settings), this::handle);
  }

  /// Starts to listen.
  ///
  /// @param random makes the ids of answers and the secret of conversations; used from many
  ///   threads, so a `SecureRandom`
  /// @throws ApiNotStarted when the port is taken or not ours to take
  public static ApiServer start(
      ApiSettings settings,
      Answers answers,
      NodePages pages,
      InstantSource clock,
      RandomGenerator random,
      ApiEvents events)
      throws ApiNotStarted {
    try {
      return new ApiServer(settings, answers, pages, clock, random, events);
    } catch (BindException taken) {
      throw new ApiNotStarted(
          ("The API cannot listen on %s port %d, because another program does or the address is not"
                  + " this machine's: set api.listen to a free port (0 takes any).")
              .formatted(settings.address().getHostAddress(), settings.port()),
          taken);
    } catch (IOException failed) {
      throw new ApiNotStarted(
          "The API cannot listen on %s port %d (%s): check api.listen."
              .formatted(settings.address().getHostAddress(), settings.port(), failed.getMessage()),
          failed);
    }
  }

  private static HttpPortSettings portSettings(ApiSettings settings) {
    ApiLimits limits = settings.limits();
    return new HttpPortSettings(
        new InetSocketAddress(settings.address(), settings.port()),
        limits.bodyBytesMax(),
        CONNECTIONS_MAX,
        limits.readDeadline(),
        limits.idleTimeout(),
        limits.writeDeadline(),
        limits.drainGrace().plus(LAST_WORDS),
        ApiServer::unreadable);
  }

  /// The body of an answer to a request that never reached a page.
  private static byte[] unreadable(int status, String sentence) {
    ApiError error =
        status == 413 ? tooLarge(sentence) : ApiError.invalid(status, "invalid_request", sentence);
    return ApiJson.error(error).getBytes(StandardCharsets.UTF_8);
  }

  private static ApiError tooLarge(String sentence) {
    return ApiError.invalid(413, "request_too_large", sentence);
  }

  /// The port that clients connect to.
  public int port() {
    return port.port();
  }

  /// What OpenAI clients call the base URL, such as `http://127.0.0.1:4478/v1`.
  public URI baseUri() {
    String host = settings.address().getHostAddress();
    String shown = host.contains(":") ? "[" + host + "]" : host;
    return URI.create("http://" + shown + ":" + port() + "/v1");
  }

  /// Stops listening, lets running answers end within the grace of the settings, ends the rest with
  /// an error event, and frees the port.
  @Override
  public void close() {
    stopping = true;
    Thread unbinding = Thread.ofVirtual().name("api-stop").start(port::close);
    running.drain(settings.limits().drainGrace());
    try {
      unbinding.join();
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(HttpExchange exchange) throws IOException, InterruptedException {
    Instant began = clock.instant();
    Route route = Route.of(exchange.path());
    ApiReply reply = new ApiReply(exchange, guard.crossOriginHeaders(exchange));
    try {
      admit(route, exchange, reply);
    } catch (BodyTooLarge tooLarge) {
      reply.error(tooLarge(tooLarge.getMessage() + "."));
    } catch (BodyMalformed malformed) {
      reply.error(
          ApiError.invalid(400, "invalid_request", "The chunks of the body are malformed."));
    } catch (ClientGone gone) {
      events.clientLeft(route.page().name());
      throw gone;
    } catch (RuntimeException bug) {
      reportBug(route.page(), bug);
      if (reply.status() != 0) {
        throw new ClientGone();
      }
      reply.error(ApiError.bug());
    } finally {
      events.requestEnded(
          route.page().name(), reply.status(), Duration.between(began, clock.instant()));
    }
  }

  private void admit(Route route, HttpExchange exchange, ApiReply reply)
      throws IOException, InterruptedException {
    boolean preflight = RequestGuard.isPreflight(exchange);
    Optional<ApiError> refusal = guard.refusal(exchange, route.page().keyNeeded() && !preflight);
    if (refusal.isPresent()) {
      reply.error(
          refusal.get(),
          refusal.get().status() == 401 ? Map.of("WWW-Authenticate", "Bearer") : Map.of());
    } else if (stopping) {
      reply.error(ApiError.stopping());
    } else if (route.page() == Route.Page.UNKNOWN) {
      reply.error(
          ApiError.invalid(404, "not_found", "There is no such page; see / for what there is."));
    } else if (preflight) {
      reply.empty(
          204,
          Map.of(
              "Access-Control-Allow-Methods", "GET, POST",
              "Access-Control-Allow-Headers", "Authorization, Content-Type, X-Stainless-Lang",
              "Access-Control-Max-Age", "600"));
    } else if (!route.page().allows(exchange.method())) {
      reply.error(
          ApiError.invalid(
              405, "method_not_allowed", "This page answers %s.".formatted(route.page().method())),
          Map.of("Allow", route.page().method()));
    } else if (!route.page().bounded()) {
      serve(route, exchange, reply);
    } else if (requests.tryAcquire()) {
      try {
        serve(route, exchange, reply);
      } finally {
        requests.release();
      }
    } else {
      reply.error(ApiError.busy(settings.limits().concurrentRequestsMax()));
    }
  }

  private void serve(Route route, HttpExchange exchange, ApiReply reply)
      throws IOException, InterruptedException {
    switch (route.page()) {
      case HOME -> HomePage.show(reply);
      case HEALTH -> health(reply);
      case METRICS ->
          reply.body(
              200, "text/plain; version=0.0.4; charset=utf-8", pages.metrics().get(), Map.of());
      case STATUS -> reply.json(200, pages.statusJson().get());
      case MODELS -> models.list(reply);
      case MODEL -> models.one(route.argument(), reply);
      case CHAT -> posted(exchange, reply, chat::handle);
      case RESPONSES -> posted(exchange, reply, responses::handle);
      case COMPLETIONS -> posted(exchange, reply, completions::handle);
      case EMBEDDINGS -> posted(exchange, reply, embeddings::handle);
      case OWNER -> owner.handle(route.argument(), exchange, reply);
      case UNKNOWN -> throw new IllegalStateException("an unknown page was refused before");
    }
  }

  /// A page that takes a JSON body.
  @FunctionalInterface
  private interface JsonPage {
    void handle(HttpExchange exchange, ApiReply reply) throws IOException, InterruptedException;
  }

  private static void posted(HttpExchange exchange, ApiReply reply, JsonPage page)
      throws IOException, InterruptedException {
    String contentType = exchange.header("Content-Type").orElse("");
    String mediaType = contentType.split(";", 2)[0].trim();
    if (mediaType.equalsIgnoreCase("application/json")) {
      page.handle(exchange, reply);
    } else {
      reply.error(
          ApiError.invalid(
              415,
              "unsupported_media_type",
              "Send the request as Content-Type: application/json."));
    }
  }

  private void health(ApiReply reply) throws IOException {
    Health health = pages.health().get();
    if (health.healthy()) {
      reply.json(200, "{\"status\":\"ok\"}");
    } else {
      reply.json(
          503, "{\"status\":\"unavailable\",\"reason\":" + ApiJson.quoted(health.reason()) + "}");
    }
  }

  private void reportBug(Route.Page page, Throwable bug) {
    StackTraceElement[] frames = bug.getStackTrace();
    events.failedUnexpectedly(
        page.name(),
        bug.getClass().getName(),
        frames.length == 0 ? "unknown" : frames[0].toString());
  }
}
