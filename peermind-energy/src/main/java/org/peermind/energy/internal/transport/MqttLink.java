// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.format.AnswerFormat;
import org.peermind.energy.internal.transport.MqttTopics.Message;
import org.peermind.energy.internal.transport.Transport.Surroundings;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsReader;

/// The link to one device behind a broker. While it is asked it keeps one connection; when that
/// ends, all that was received is forgotten, and the next try follows a pause that doubles from one
/// second to one minute.
final class MqttLink implements DeviceLink {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration REFUSED_PAUSE = Duration.ofMinutes(1);

  private final Settings settings;
  private final Surroundings surroundings;
  private final MqttTopics topics = new MqttTopics();
  private final GrowingPause pause;
  private final String clientId =
      "peermind-" + Integer.toHexString(new SecureRandom().nextInt() | 0x8000_0000);
  private final Map<String, Instant> published = new HashMap<>();
  private final Set<String> completed = new HashSet<>();
  private List<String> subscribed = List.of();
  private @Nullable MqttConnection connection;
  private boolean closed;

  /// @param tls null for none
  /// @param keep how old a topic's last message may be
  /// @param patience for the first message
  record Settings(
      String host,
      int port,
      boolean version5,
      @Nullable SSLContext tls,
      @Nullable String user,
      HttpSecret password,
      Duration keep,
      Duration patience) {}

  MqttLink(Settings settings, Surroundings surroundings) {
    this.settings = settings;
    this.surroundings = surroundings;
    this.pause =
        new GrowingPause(surroundings.time(), Duration.ofSeconds(1), Duration.ofMinutes(1));
  }

  @Override
  public Answer ask(SettingsReader section) throws EnergyAdapterException, InterruptedException {
    MqttRequest request = MqttRequest.of(section);
    long deadline = System.nanoTime() + settings.patience().toNanos();
    try {
      MqttConnection open = connected(request, deadline);
      return answer(request, open, deadline);
    } catch (IOException failure) {
      drop();
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      pause.failed();
      if (failure instanceof MqttConnection.Refused) {
        pause.atLeast(REFUSED_PAUSE);
      }
      throw failed(clause(failure));
    }
  }

  private MqttConnection connected(MqttRequest request, long deadline)
      throws IOException, EnergyAdapterException {
    MqttConnection open = current();
    if (open != null && open.ended()) {
      drop();
      pause.failed();
      throw failed("the connection ended; it is tried again in 1 s");
    }
    if (open != null && subscribed.containsAll(request.filters())) {
      return open;
    }
    if (!pause.left().isZero()) {
      throw failed("it is tried again in %d s".formatted(pause.left().toSeconds() + 1));
    }
    List<String> filters = new ArrayList<>(subscribed);
    request.filters().stream().filter(f -> !filters.contains(f)).forEach(filters::add);
    drop();
    String password = settings.password().read();
    MqttConnection fresh = new MqttConnection(settings, topics, surroundings.time());
    adopt(fresh);
    fresh.open(clientId, password, filters, deadline);
    subscribed = filters;
    return fresh;
  }

  private Answer answer(MqttRequest request, MqttConnection open, long deadline)
      throws IOException, EnergyAdapterException, InterruptedException {
    while (true) {
      if (open.ended() || isClosed()) {
        throw new EOFException("the connection ended");
      }
      publish(request, open);
      Instant now = surroundings.time().instant();
      Map<String, Message> found = topics.since(now.minus(settings.keep()), request::wants);
      boolean live = found.values().stream().anyMatch(message -> !message.retained());
      long left = deadline - System.nanoTime();
      if (topics.overfull()) {
        drop();
        throw failed("more comes than fits 512 KiB; ask for fewer topics");
      }
      if (!found.isEmpty() && (left <= 0 || (live && complete(request)))) {
        pause.over();
        return new Answer(text(found), oldest(found, now));
      }
      if (left <= 0) {
        throw failed("nothing comes on " + String.join(", ", request.topics()));
      }
      // At most 100 ms, so that a publishing that is due, a lost message or the end is not missed.
      topics.await(Math.min(left, 100_000_000));
    }
  }

  private boolean complete(MqttRequest request) {
    String filter = request.complete();
    if (filter == null || completed.contains(filter)) {
      return true;
    }
    if (topics.since(Instant.MIN, topic -> MqttRequest.matches(filter, topic)).isEmpty()) {
      return false;
    }
    completed.add(filter);
    return true;
  }

  private void publish(MqttRequest request, MqttConnection open) throws IOException {
    Instant now = surroundings.time().instant();
    for (Map.Entry<String, String> message : request.publish().entrySet()) {
      for (String topic : topics.filled(message.getKey(), request.topics())) {
        Instant last = published.get(topic);
        if (last == null || !now.isBefore(last.plus(request.every()))) {
          open.publish(topic, message.getValue());
          published.put(topic, now);
        }
      }
    }
  }

  /// Retained messages do not make an answer fresh, and their receipt says nothing of their age.
  private static Instant oldest(Map<String, Message> found, Instant now) {
    return found.values().stream()
        .filter(message -> !message.retained())
        .map(Message::at)
        .min(Instant::compareTo)
        .orElse(now);
  }

  private String text(Map<String, Message> found) throws EnergyAdapterException {
    Map<String, Object> all = new LinkedHashMap<>();
    found.forEach(
        (topic, message) -> {
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("payload", message.payload());
          one.put("at", message.at().toString());
          if (message.retained()) {
            one.put("retained", true);
          }
          all.put(topic, one);
        });
    try {
      String text = JSON.writeValueAsString(all);
      if (text.length() > AnswerFormat.ANSWER_CHARACTERS_MAX) {
        throw failed("more comes than fits 1 MiB; ask for fewer topics");
      }
      return text;
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("A map of texts is always JSON", impossible);
    }
  }

  private static String clause(IOException failure) {
    return switch (failure) {
      case MqttConnection.Refused refused -> String.valueOf(refused.getMessage());
      case SocketTimeoutException _ -> "it does not answer in time";
      case UnknownHostException _ -> "its name is not known";
      case ConnectException _ -> "the connection is refused";
      case SSLException insecure -> tls(insecure);
      case EOFException _ -> "the connection ended";
      default -> "the connection is broken";
    };
  }

  private static String tls(SSLException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof PinnedTrust.Refused refused) {
        return String.valueOf(refused.getMessage()).replaceFirst("\\.$", "");
      }
    }
    return "its certificate is not trusted, or it does not speak TLS";
  }

  private EnergyAdapterException failed(String clause) {
    return new EnergyAdapterException(
        "The MQTT broker at %s:%d gives no reading: %s."
            .formatted(
                settings.host(), settings.port(), isClosed() ? "the link is closed" : clause));
  }

  private synchronized void adopt(MqttConnection fresh) throws IOException {
    if (closed) {
      throw new IOException("the link is closed");
    }
    connection = fresh;
  }

  private synchronized @Nullable MqttConnection current() {
    return connection;
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private void drop() {
    MqttConnection open;
    synchronized (this) {
      open = connection;
      connection = null;
    }
    if (open != null) {
      open.close();
    }
    topics.clear();
    published.clear();
    completed.clear();
    subscribed = List.of();
  }

  @Override
  public Duration rest() {
    return pause.left();
  }

  @Override
  public void close() {
    MqttConnection open;
    synchronized (this) {
      closed = true;
      open = connection;
    }
    if (open != null) {
      open.close();
    }
  }
}
