// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.transport;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.peermind.energy.internal.transport.HttpExchange.Unreachable;
import org.peermind.energy.spi.EnergyAdapterException;
import org.peermind.energy.spi.SettingsException;
import org.peermind.energy.spi.SettingsReader;

/// Asks one device over HTTP. A device that does not answer, or that refuses our password, is left
/// alone for a growing while, so that no account is locked and no small device overrun.
final class HttpLink implements DeviceLink {
  private static final int REDIRECTS_MAX = 3;
  private static final Duration SILENT_FIRST = Duration.ofSeconds(1);
  private static final Duration SILENT_LONGEST = Duration.ofSeconds(30);
  private static final Duration REFUSED_FIRST = Duration.ofSeconds(15);
  private static final Duration REFUSED_LONGEST = Duration.ofMinutes(15);

  private final Target device;
  private final HttpSignIn signIn;
  private final HttpExchange exchange;
  private final InstantSource time;
  private final GrowingPause silent;
  private final GrowingPause refused;
  private String refusedSecret = "";
  private String refusedSentence = "";
  private boolean failedBefore;

  /// What a link reaches.
  ///
  /// @param root such as `http://192.168.1.20:80`
  /// @param headers of every request
  /// @param query of every request
  /// @param advice for a status of the device, what its owner can do: a clause
  record Target(
      String root,
      String place,
      Map<String, String> headers,
      Map<String, String> query,
      Map<Integer, String> advice) {
    Target {
      headers = Map.copyOf(headers);
      query = Map.copyOf(query);
      advice = Map.copyOf(advice);
    }

    @Override
    public String toString() {
      return root;
    }
  }

  HttpLink(Target device, HttpSignIn signIn, HttpExchange exchange, InstantSource time) {
    this.device = device;
    this.signIn = signIn;
    this.exchange = exchange;
    this.time = time;
    this.silent = new GrowingPause(time, SILENT_FIRST, SILENT_LONGEST);
    this.refused = new GrowingPause(time, REFUSED_FIRST, REFUSED_LONGEST);
  }

  @Override
  public Answer ask(SettingsReader request) throws EnergyAdapterException, InterruptedException {
    HttpAsk ask = read(request).with(device.query());
    if (silent.left().isPositive()) {
      throw new EnergyAdapterException(
          "%s did not answer and is asked again in %d s."
              .formatted(device.place(), silent.left().toSeconds() + 1));
    }
    if (refused.left().isPositive() && refusedSecret.equals(signIn.secret())) {
      throw new EnergyAdapterException(refusedSentence);
    }
    try {
      HttpResponse<byte[]> answer = answer(ask);
      heard();
      return new Answer(text(answer), time.instant());
    } catch (Unreachable nothing) {
      if (failedBefore) {
        silent.failed();
      }
      failedBefore = true; // a single lost answer is asked for again at the next poll
      throw nothing.forOwner();
    }
  }

  private void heard() {
    failedBefore = false;
    silent.over();
    refused.over();
  }

  private static HttpAsk read(SettingsReader request) throws EnergyAdapterException {
    HttpAsk ask = HttpAsk.of(request);
    try {
      request.finish();
    } catch (SettingsException wrong) {
      throw new EnergyAdapterException(wrong.problems().getFirst(), wrong);
    }
    return ask;
  }

  private HttpResponse<byte[]> answer(HttpAsk ask)
      throws EnergyAdapterException, Unreachable, InterruptedException {
    long deadline = exchange.deadlineNanos();
    HttpResponse<byte[]> answer = followed(ask, deadline);
    if (answer.statusCode() == 401 || answer.statusCode() == 403) {
      if (signIn.again(answer, (path, body) -> login(path, body, deadline))) {
        answer = followed(ask, deadline);
      }
    }
    if (answer.statusCode() != 200) {
      throw refusal(answer);
    }
    return answer;
  }

  private HttpResponse<byte[]> login(String path, String body, long deadline)
      throws EnergyAdapterException, InterruptedException {
    HttpAsk ask = new HttpAsk("POST", path, Map.of("Content-Type", "application/json"), body);
    try {
      return send(ask, Map.of(), deadline);
    } catch (Unreachable nothing) {
      throw nothing.forOwner();
    }
  }

  private HttpResponse<byte[]> followed(HttpAsk first, long deadline)
      throws EnergyAdapterException, Unreachable, InterruptedException {
    HttpAsk ask = first;
    for (int redirects = 0; ; redirects++) {
      HttpResponse<byte[]> answer = send(ask, signIn.headers(ask.method(), ask.target()), deadline);
      if (answer.statusCode() / 100 != 3) {
        return answer;
      }
      if (redirects == REDIRECTS_MAX) {
        throw new EnergyAdapterException(
            "%s sends us in circles; check that the profile fits the device."
                .formatted(device.place()));
      }
      ask = ask.at(redirect(answer));
    }
  }

  /// Where the device wants us to ask instead: only ever the same device, as passwords and tokens
  /// come along.
  private String redirect(HttpResponse<byte[]> answer) throws EnergyAdapterException {
    Optional<String> location = answer.headers().firstValue("location");
    URI here = answer.uri();
    URI there;
    try {
      there = here.resolve(location.orElse(""));
    } catch (IllegalArgumentException malformed) {
      there = here;
    }
    String path = there.getRawPath() == null ? "/" : there.getRawPath();
    String words = path.toLowerCase(Locale.ROOT);
    if (words.contains("login") || words.contains("signin") || words.contains("auth")) {
      throw new EnergyAdapterException(
          "%s asks for a login; set auth, and user and password or a token."
              .formatted(device.place()));
    }
    String root = "%s://%s".formatted(there.getScheme(), there.getRawAuthority());
    if (location.isEmpty()) {
      throw new EnergyAdapterException(
          "%s sends us elsewhere without saying where (status %d)."
              .formatted(device.place(), answer.statusCode()));
    }
    if (!root.equals("%s://%s".formatted(here.getScheme(), here.getRawAuthority()))) {
      boolean tls =
          "https".equals(there.getScheme())
              && "http".equals(here.getScheme())
              && here.getHost().equalsIgnoreCase(there.getHost());
      throw new EnergyAdapterException(
          tls
              ? "%s wants TLS; set tls: true and its port.".formatted(device.place())
              : "%s sends us to another host, where nothing is sent; set host to the device itself."
                  .formatted(device.place()));
    }
    return there.getRawQuery() == null ? path : path + "?" + there.getRawQuery();
  }

  private HttpResponse<byte[]> send(HttpAsk ask, Map<String, String> signed, long deadline)
      throws EnergyAdapterException, Unreachable, InterruptedException {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("Accept", "application/json, */*;q=0.5");
    headers.put("User-Agent", "peermind");
    if (ask.body() != null) {
      headers.put("Content-Type", "application/json");
    }
    headers.putAll(device.headers());
    headers.putAll(ask.headers());
    headers.putAll(signed);
    HttpRequest request;
    try {
      HttpRequest.Builder builder =
          HttpRequest.newBuilder(URI.create(device.root() + ask.target()));
      headers.forEach(builder::setHeader);
      request = builder.method(ask.method(), body(ask.body())).build();
    } catch (IllegalArgumentException malformed) { // its message may hold a token
      throw new EnergyAdapterException(
          "%s cannot be asked; check the profile's request and its options for odd characters."
              .formatted(device.place()));
    }
    return exchange.send(request, deadline);
  }

  private static HttpRequest.BodyPublisher body(@Nullable String body) {
    return body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
  }

  private EnergyAdapterException refusal(HttpResponse<byte[]> answer)
      throws EnergyAdapterException {
    int status = answer.statusCode();
    failedBefore = false;
    silent.over();
    String advice = device.advice().get(status);
    String clause =
        switch (status) {
          case 401, 403 -> advice == null ? signIn.advice(time.instant()) : advice;
          case 404 ->
              advice == null
                  ? "it does not know this path; check the profile and the device's firmware"
                  : advice;
          case 429 -> "it is asked too often; poll it less";
          default ->
              advice != null
                  ? advice
                  : status >= 500
                      ? "it has an error of its own; restart it if this stays"
                      : "this is no answer of a device of this profile";
        };
    String sentence = "%s answers with status %d: %s.".formatted(device.place(), status, clause);
    if (status == 429 || status == 503) {
      answer
          .headers()
          .firstValue("retry-after")
          .filter(seconds -> seconds.matches("[0-9]{1,6}"))
          .ifPresent(seconds -> silent.atLeast(Duration.ofSeconds(Long.parseLong(seconds))));
    }
    if (status == 401 || status == 403) {
      refusedSentence = sentence;
      refusedSecret = signIn.secret();
      refused.failed();
    }
    return new EnergyAdapterException(sentence);
  }

  private static String text(HttpResponse<byte[]> answer) {
    String text = new String(answer.body(), StandardCharsets.UTF_8);
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  @Override
  public Duration rest() {
    Duration forSilence = silent.left();
    Duration forRefusal = refused.left();
    return forSilence.compareTo(forRefusal) > 0 ? forSilence : forRefusal;
  }

  @Override
  public void close() {
    exchange.close();
  }
}
