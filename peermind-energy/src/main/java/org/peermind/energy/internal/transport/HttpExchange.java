// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.spi.EnergyAdapterException;

/// Sends requests to one device and collects whole answers: HTTP/1.1, no proxy, no redirects, at
/// most 1 MiB, and all of it within a deadline, so that an answer that only drips in ends, too.
final class HttpExchange implements AutoCloseable {
  private static final int BODY_BYTES_MAX = 1 << 20;

  private final HttpClient client;
  private final String place;
  private final Duration patience;
  private volatile boolean closed;

  /// @param place host and port, for messages
  /// @param tls null for plain HTTP
  HttpExchange(String place, Duration patience, @Nullable SSLContext tls) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .proxy(HttpClient.Builder.NO_PROXY)
            .connectTimeout(patience);
    if (tls != null) {
      builder.sslContext(tls);
    }
    this.client = builder.build();
    this.place = place;
    this.patience = patience;
  }

  /// The deadline of an exchange that begins now, for [#send].
  long deadlineNanos() {
    return System.nanoTime() + patience.toNanos();
  }

  /// @param deadlineNanos of the whole exchange, of which this request may be a part
  /// @throws Unreachable when there is no whole answer in time
  HttpResponse<byte[]> send(HttpRequest request, long deadlineNanos)
      throws Unreachable, InterruptedException {
    long left = deadlineNanos - System.nanoTime();
    if (left <= 0) {
      throw late();
    }
    CompletableFuture<HttpResponse<byte[]>> answer =
        client.sendAsync(
            request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), BODY_BYTES_MAX));
    try {
      return answer.get(left, TimeUnit.NANOSECONDS);
    } catch (TimeoutException slow) {
      answer.cancel(true);
      throw late();
    } catch (InterruptedException stopped) {
      answer.cancel(true);
      throw stopped;
    } catch (ExecutionException failed) {
      throw new Unreachable(
          sentence(failed.getCause() == null ? failed : failed.getCause()), failed);
    }
  }

  private Unreachable late() {
    return new Unreachable(
        "%s did not give a whole answer within %s s; see that it is switched on and in reach."
            .formatted(place, Math.max(1, patience.toSeconds())),
        null);
  }

  private String sentence(Throwable failed) {
    if (closed) {
      return "The connection to %s was closed.".formatted(place);
    }
    if (find(failed, PinnedTrust.Refused.class) instanceof PinnedTrust.Refused refused) {
      return String.valueOf(refused.getMessage());
    }
    if (find(failed, UnresolvedAddressException.class) != null
        || find(failed, UnknownHostException.class) != null) {
      return "The name in %s is not known here; check host, or give the device's address."
          .formatted(place);
    }
    if (find(failed, HttpConnectTimeoutException.class) != null) {
      return late().sentence();
    }
    if (find(failed, SSLException.class) != null) {
      return "%s does not answer with TLS as we know it; set tls: false if it speaks plain HTTP."
          .formatted(place);
    }
    if (find(failed, ConnectException.class) != null) {
      return "Nothing accepts connections at %s; check host and port and that the device is on."
          .formatted(place);
    }
    if (String.valueOf(failed.getMessage()).contains("capacity")) {
      return "%s answers with more than 1 MiB; it is hardly the device of this profile."
          .formatted(place);
    }
    return "%s broke off its answer.".formatted(place);
  }

  private static @Nullable Throwable find(Throwable failed, Class<? extends Throwable> type) {
    Throwable cause = failed;
    for (int depth = 0; cause != null && depth < 20; depth++) {
      if (type.isInstance(cause)) {
        return cause;
      }
      cause = cause.getCause();
    }
    return null;
  }

  /// Ends every wait. Safe from any thread.
  @Override
  public void close() {
    closed = true;
    client.shutdownNow();
  }

  /// There is no whole answer.
  static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1;
    private final String sentence;

    Unreachable(String sentence, @Nullable Throwable cause) {
      super(sentence, cause);
      this.sentence = sentence;
    }

    String sentence() {
      return sentence;
    }

    EnergyAdapterException forOwner() {
      return new EnergyAdapterException(sentence, this);
    }
  }
}
