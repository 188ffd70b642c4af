// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api.http;

import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.IOException;
import java.net.BindException;
import java.nio.channels.ServerSocketChannel;

/// The port on Helidon's web server: blocking handlers on virtual threads.
public final class HelidonHttpPort implements HttpPort {
  private static final int HEADER_BYTES_MAX = 16 * 1024;
  private static final int REQUEST_LINE_BYTES_MAX = 4 * 1024;
  private static final int LISTEN_QUEUE = 128;

  private final SlowClients slowClients;
  private final WebServer server;

  private HelidonHttpPort(WebServer server, SlowClients slowClients) {
    this.server = server;
    this.slowClients = slowClients;
  }

  /// Starts to listen.
  ///
  /// @throws BindException when the address is taken or not ours
  /// @throws IOException when it cannot listen for another reason
  public static HttpPort open(HttpPortSettings settings, HttpHandler handler) throws IOException {
    tryAddress(settings);
    SlowClients slowClients = new SlowClients();
    WebServer server = server(settings, handler, slowClients).start();
    if (!server.isRunning()) {
      slowClients.close();
      throw new BindException("The address was taken in this moment");
    }
    return new HelidonHttpPort(server, slowClients);
  }

  /// Helidon only logs that it cannot bind, with a stack trace; so we bind first ourselves.
  private static void tryAddress(HttpPortSettings settings) throws IOException {
    try (ServerSocketChannel probe = ServerSocketChannel.open()) {
      probe.bind(settings.address());
    }
  }

  private static WebServer server(
      HttpPortSettings settings, HttpHandler handler, SlowClients slowClients) {
    return WebServer.builder()
        .bindAddress(settings.address())
        .shutdownHook(false)
        .featuresDiscoverServices(false)
        .protocolsDiscoverServices(false)
        .addConnectionSelector(new WatchedConnections(http1(), settings, slowClients))
        // Without it Nagle's algorithm holds tokens back for 40 ms.
        .connectionOptions(options -> options.tcpNoDelay(true))
        .backlog(LISTEN_QUEUE)
        .maxTcpConnections(settings.connectionsMax())
        .maxPayloadSize(settings.bodyBytesMax())
        .shutdownGracePeriod(settings.drainGrace())
        .directHandlers(refusals(settings))
        .routing(
            HttpRouting.builder().any((request, response) -> serve(handler, request, response)))
        .build();
  }

  // The two switches go with Helidon's logging of wire data, which would put prompts into a log.
  @SuppressWarnings("removal")
  private static ServerConnectionSelector http1() {
    return Http1ConnectionSelector.builder()
        .config(
            http1 ->
                http1
                    .maxPrologueLength(REQUEST_LINE_BYTES_MAX)
                    .maxHeadersSize(HEADER_BYTES_MAX)
                    .sendKeepAliveHeader(false)
                    .receiveLog(false)
                    .sendLog(false))
        .build();
  }

  private static DirectHandlers refusals(HttpPortSettings settings) {
    DirectHandlers.Builder refusals = DirectHandlers.builder();
    for (DirectHandler.EventType event : DirectHandler.EventType.values()) {
      refusals.addHandler(
          event, (request, type, status, headers, message) -> refuse(settings, status, headers));
    }
    return refusals.build();
  }

  /// Answers a request that never reached the handler. The server's own message is left out: it may
  /// quote what the client sent.
  private static DirectHandler.TransportResponse refuse(
      HttpPortSettings settings, Status status, ServerResponseHeaders headers) {
    ClientConnection.current().endWithUnreadInput();
    String sentence =
        status.code() == Status.REQUEST_ENTITY_TOO_LARGE_413.code()
            ? "The body has more than %d bytes.".formatted(settings.bodyBytesMax())
            : "The request is not valid HTTP/1.1: %s.".formatted(status.reasonPhrase());
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .keepAlive(false)
        .entity(settings.errorBody().apply(status.code(), sentence))
        .build();
  }

  private static void serve(HttpHandler handler, ServerRequest request, ServerResponse response) {
    ClientConnection client = ClientConnection.current();
    if (request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
      // Helidon says that it closes, and then waits for another request.
      client.closeAfterAnswer();
    }
    HelidonExchange exchange = new HelidonExchange(request, response, client);
    try {
      handler.handle(exchange);
    } catch (IOException gone) {
      throw new CloseConnectionException("the client is gone", gone);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new CloseConnectionException("the port is closing", stopping);
    }
    if (exchange.mustClose()) {
      throw new CloseConnectionException("the body of the request was not read");
    }
    client.waitForRequest();
  }

  @Override
  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.stop();
    slowClients.close();
  }
}
