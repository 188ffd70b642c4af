// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.StringJoiner;
import org.peermind.protocol.Activation;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.Role;

/// The commands of the referee's golden scripts. Options are words of the form `name=value`.
final class RefereeConversation {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);

  private static final Duration INTERVAL = Duration.ofSeconds(30);

  private final Map<String, Sketch> lastSketches = new HashMap<>();
  private Stage stage = new Stage(RefereeSettings.defaults());

  String run(String commands) {
    StringJoiner printed = new StringJoiner("\n");
    for (String command : commands.lines().toList()) {
      String text = runOne(command);
      if (!text.isEmpty()) {
        printed.add(text);
      }
    }
    return printed.toString();
  }

  private String runOne(String command) {
    List<String> words = Arrays.asList(command.split(" "));
    Map<String, String> options = new HashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        options.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return switch (words.getFirst()) {
      case "referee" -> {
        RefereeSettings settings =
            RefereeSettings.defaults()
                .withSlotsPerInferer(Integer.parseInt(options.getOrDefault("slots", "8")))
                .withFairness(
                    Integer.parseInt(options.getOrDefault("tokens", "200000")),
                    Integer.parseInt(options.getOrDefault("queue", "1000")));
        stage = new Stage(settings);
        stage.now = at(options.getOrDefault("at", "12:00"));
        yield print(stage.tick());
      }
      case "attach" -> {
        PlaceCell cell = new PlaceCell(options.getOrDefault("cell", "u33"));
        Duration skew = Duration.parse(options.getOrDefault("skew", "PT0S"));
        Role[] roles =
            switch (words.get(2)) {
              case "user" -> new Role[] {Role.LIGHT_USER};
              case "inferer" -> new Role[] {Role.INFERER};
              default -> new Role[] {Role.INFERER, Role.LIGHT_USER};
            };
        yield print(stage.attach(words.get(1), cell, skew, roles));
      }
      case "detach" -> print(stage.detach(words.get(1)));
      case "report" -> {
        Sketch sketch = sketch(words.get(2), options);
        lastSketches.put(words.get(1), sketch);
        yield print(stage.report(words.get(1), sketch));
      }
      case "repeat" -> repeat(words.get(1), Duration.parse("PT" + words.get(2)));
      case "ask" -> ask(words.get(1), words.get(2), options);
      case "accept" -> print(stage.accept(words.get(1), words.get(2)));
      case "decline" ->
          print(
              stage.decline(
                  words.get(1), words.get(2), String.join(" ", words.subList(3, words.size()))));
      case "end" ->
          print(
              options.containsKey("tokens")
                  ? stage.end(
                      words.get(1),
                      words.get(2),
                      Integer.parseInt(options.getOrDefault("tokens", "")))
                  : stage.end(words.get(1), words.get(2)));
      case "cancel" -> print(stage.cancel(words.get(1), words.get(2)));
      case "yield" -> print(stage.handOver(words.get(1), words.get(2)));
      case "after" -> print(stage.after(Duration.parse("PT" + words.get(1))));
      case "status" -> status();
      default -> throw new IllegalArgumentException("No such command: " + command);
    };
  }

  /// Lets time go by while an inferer repeats its last report every 30 s.
  private String repeat(String inferer, Duration duration) {
    Sketch sketch = lastSketches.getOrDefault(inferer, new Sketch());
    List<RefereeEffect> effects = new ArrayList<>();
    Instant until = stage.now.plus(duration);
    while (stage.now.isBefore(until)) {
      Duration left = Duration.between(stage.now, until);
      effects.addAll(stage.after(left.compareTo(INTERVAL) < 0 ? left : INTERVAL));
      effects.addAll(stage.report(inferer, sketch));
    }
    return print(effects);
  }

  private static Instant at(String time) {
    return Stage.START.atZone(ZoneOffset.UTC).with(LocalTime.parse(time)).toInstant();
  }

  private Sketch sketch(String activation, Map<String, String> options) {
    Sketch sketch = new Sketch();
    sketch.activation(Activation.valueOf(activation.toUpperCase(Locale.ROOT)));
    String watts = options.getOrDefault("watts", "900");
    sketch.headroom(
        watts.equals("unknown")
            ? OptionalDouble.empty()
            : OptionalDouble.of(Double.parseDouble(watts)));
    sketch.source(options.getOrDefault("source", "pv"));
    if (options.containsKey("battery")) {
      sketch.battery(Double.parseDouble(options.getOrDefault("battery", "")));
    }
    if (options.containsKey("next")) {
      Instant next = at(options.getOrDefault("next", ""));
      sketch.nextPower(next.isBefore(stage.now) ? next.plus(Duration.ofDays(1)) : next);
    }
    String[] slots = options.getOrDefault("slots", "2/2").split("/", 2);
    sketch.slots(Integer.parseInt(slots[0]), Integer.parseInt(slots[1]));
    sketch.clockAhead(Duration.parse(options.getOrDefault("clock", "PT0S")));
    if (options.getOrDefault("home", "here").equals("other")) {
      sketch.homedAt(Stage.OTHER_REFEREE);
    }
    sketch.reason = options.getOrDefault("because", "").replace('_', ' ');
    return sketch;
  }

  private String ask(String user, String request, Map<String, String> options) {
    String[] excluded =
        options.containsKey("without")
            ? options.getOrDefault("without", "").split(",", -1)
            : new String[0];
    return print(
        stage.give(
            stage.request(
                user,
                request,
                options.getOrDefault("model", "demo"),
                Duration.parse(options.getOrDefault("deadline", "PT0S")),
                Optional.ofNullable(options.get("job")),
                Integer.parseInt(options.getOrDefault("tokens", "100")),
                new Stage.Wishes(
                    Optional.ofNullable(options.get("prefer")).map(stage::node),
                    options.containsKey("deadline"),
                    Optional.ofNullable(options.get("lease")).map(this::lease)),
                excluded)));
  }

  /// A lease written as `inferer/until`.
  private RefereeInput.Lease lease(String text) {
    String[] parts = text.split("/", 2);
    return new RefereeInput.Lease(stage.node(parts[0]), at(parts[1]));
  }

  private String status() {
    NetworkSnapshot snapshot = stage.core.snapshot(stage.now);
    StringJoiner lines = new StringJoiner("\n");
    snapshot.nodes().stream()
        .sorted((one, other) -> stage.name(one.node()).compareTo(stage.name(other.node())))
        .map(
            row ->
                "%s %s %d/%d %s"
                    .formatted(
                        stage.name(row.node()),
                        row.presence(),
                        row.slotsFree(),
                        row.slots(),
                        row.reason())
                    .stripTrailing())
        .forEach(lines::add);
    lines.add(
        "%d assigned, %d refused, %d sessions, %d users on %d slots%s"
            .formatted(
                snapshot.answersAssigned(),
                snapshot.answersRefused(),
                snapshot.sessions(),
                snapshot.usersAdmitted(),
                snapshot.userSlots(),
                snapshot.requestsQueued() == 0
                    ? ""
                    : ", %d waiting".formatted(snapshot.requestsQueued())));
    return lines.toString();
  }

  private String print(List<RefereeEffect> effects) {
    StringJoiner lines = new StringJoiner("\n");
    for (RefereeEffect effect : effects) {
      lines.add(print(effect));
    }
    return lines.toString();
  }

  private String print(RefereeEffect effect) {
    return switch (effect) {
      case RefereeEffect.SendOffer it ->
          "-> %s: take %s until %s? (%d prompt bytes, %d tokens)"
              .formatted(
                  stage.name(it.inferer()),
                  stage.name(it.offer()),
                  TIME.format(it.expires()),
                  it.promptBytes(),
                  it.tokensMax());
      case RefereeEffect.WithdrawOffer it ->
          "-> %s: %s is withdrawn".formatted(stage.name(it.inferer()), stage.name(it.offer()));
      case RefereeEffect.Queued it ->
          "-> %s: %s is number %d, about %d s to go"
              .formatted(
                  stage.name(it.user()),
                  stage.name(it.request()),
                  it.position(),
                  it.expectedWait().toSeconds());
      case RefereeEffect.Assign it ->
          "-> %s and %s: %s for %s of %s, nonce %s, until %s%s"
              .formatted(
                  stage.name(it.inferer()),
                  stage.name(it.user()),
                  stage.name(it.ticket()),
                  stage.name(it.request()),
                  stage.name(it.job()),
                  stage.name(it.nonce()),
                  TIME.format(it.expires()),
                  it.lease()
                      .map(
                          lease ->
                              ", user slot of %s until %s"
                                  .formatted(
                                      stage.name(lease.inferer()), TIME.format(lease.until())))
                      .orElse(""));
      case RefereeEffect.Refuse it ->
          "-> %s: no %s for %s. %s Again in %d s."
              .formatted(
                  stage.name(it.user()),
                  it.code(),
                  stage.name(it.request()),
                  it.sentence(),
                  it.retryAfterSeconds());
      case RefereeEffect.SessionOpened it ->
          "relay %s: %s <-> %s"
              .formatted(stage.name(it.session()), stage.name(it.user()), stage.name(it.inferer()));
      case RefereeEffect.SessionClosed it -> "relay no more " + stage.name(it.session());
      case RefereeEffect.PeerGone it ->
          "-> %s: the other side of %s is gone"
              .formatted(stage.name(it.to()), stage.name(it.session()));
      case RefereeEffect.ReportRefused it ->
          "drop %s: %s".formatted(stage.name(it.node()), it.reason());
    };
  }
}
