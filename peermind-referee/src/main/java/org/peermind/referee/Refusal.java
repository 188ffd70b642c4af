// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.RefusalCode;

/// Why a user gets no inferer, in words, and when it may try again.
///
/// @param wantsSlot whether only a slot is wanting, so that waiting in the queue helps
record Refusal(RefusalCode code, String sentence, int retryAfterSeconds, boolean wantsSlot) {
  static final int RETRY_SECONDS_MIN = 5;
  static final int RETRY_SECONDS_MAX = 600;
  private static final int RETRY_WARMING_SECONDS = 10;
  private static final int RETRY_NO_FORECAST_SECONDS = 60;
  private static final int NAMES_SHOWN_MAX = 5;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DAY_AND_TIME =
      DateTimeFormatter.ofPattern("d MMMM HH:mm 'UTC'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  private Refusal(RefusalCode code, String sentence, int retryAfterSeconds) {
    this(code, sentence, retryAfterSeconds, false);
  }

  static Refusal lasting(RefusalCode code, String sentence) {
    return new Refusal(code, sentence, 0);
  }

  static Refusal busy(String sentence) {
    return new Refusal(RefusalCode.NO_CAPACITY, sentence, RETRY_SECONDS_MIN);
  }

  /// Inferers with power are there, and each of them is busy.
  static Refusal allBusy(String model) {
    return new Refusal(
        RefusalCode.NO_CAPACITY,
        "All inferers of %s that have power are busy.".formatted(model),
        RETRY_SECONDS_MIN,
        true);
  }

  /// Inferers with power are there, and each of them is assigned by another referee.
  static Refusal homedElsewhere(String model) {
    return busy(
        "Inferers of %s have power, but another referee of the network assigns them."
            .formatted(model));
  }

  /// Inferers with power are there, and the referee that assigned them has just gone.
  static Refusal homeGone(String model) {
    return new Refusal(
        RefusalCode.NO_CAPACITY,
        "Inferers of %s have power, and are changing to another referee.".formatted(model),
        RETRY_SECONDS_MIN,
        true);
  }

  static Refusal budgetSpent(int tokensPerHour, Duration wait) {
    return new Refusal(
        RefusalCode.BUDGET_SPENT,
        "You have used your share of %d tokens an hour.".formatted(tokensPerHour),
        seconds(wait));
  }

  static Refusal queueFull(int waiting, Duration expectedWait) {
    return new Refusal(
        RefusalCode.NO_CAPACITY,
        "%d requests wait already, and no more may.".formatted(waiting),
        seconds(expectedWait));
  }

  static Refusal waitedInVain(Duration waited, Duration expectedWait) {
    return new Refusal(
        RefusalCode.NO_CAPACITY,
        "No slot became free within %d s.".formatted(waited.toSeconds()),
        seconds(expectedWait));
  }

  static Refusal noUserSlot(int users, int inferers, Optional<Instant> nextLapse, Instant now) {
    return new Refusal(
        RefusalCode.NO_USER_SLOT,
        "The network carries %d users on %d active %s, and cannot take another one yet."
            .formatted(users, inferers, inferers == 1 ? "inferer" : "inferers"),
        secondsUntil(nextLapse, now),
        true);
  }

  static Refusal unknownModel(String model, Iterable<String> served) {
    StringBuilder names = new StringBuilder();
    int shown = 0;
    for (String name : served) {
      if (shown++ < NAMES_SHOWN_MAX) {
        names.append(names.isEmpty() ? "" : ", ").append(name);
      }
    }
    return lasting(
        RefusalCode.UNKNOWN_MODEL,
        names.isEmpty()
            ? "No inferer in the network serves %s.".formatted(model)
            : "No inferer in the network serves %s; those here serve %s.".formatted(model, names));
  }

  static Refusal contextTooLong(String model, int neededTokens, int longestTokens) {
    return lasting(
        RefusalCode.CONTEXT_TOO_LONG,
        "Question and answer need at least %d tokens, and the longest context of %s has %d."
            .formatted(neededTokens, model, longestTokens));
  }

  /// Inferers were asked, and each declined or kept silent.
  static Refusal noneTook(int asked, String lastDecline) {
    return busy(
        "%s asked and none took the answer; the last one: %s"
            .formatted(asked == 1 ? "One inferer was" : asked + " inferers were", lastDecline));
  }

  /// None of the attached inferers of a model is ready.
  ///
  /// @param oneReason why one of them is not ready, a sentence
  static Refusal noneReady(String model, List<Peer> inferers, String oneReason, Instant now) {
    boolean warming =
        inferers.stream()
            .flatMap(inferer -> inferer.report().stream())
            .anyMatch(report -> report.activation() == Activation.WARMING);
    if (warming) {
      return new Refusal(
          RefusalCode.NO_CAPACITY,
          "An inferer of %s has power and is still loading the model.".formatted(model),
          RETRY_WARMING_SECONDS);
    }
    Optional<Instant> nextPower =
        inferers.stream()
            .flatMap(inferer -> inferer.report().stream())
            .map(HeadroomReport::nextPower)
            .flatMap(Optional::stream)
            .filter(now::isBefore)
            .min(Comparator.naturalOrder());
    String sentence = "No inferer of %s has renewable power now".formatted(model);
    if (nextPower.isPresent()) {
      sentence += "; the next expects some about %s.".formatted(text(nextPower.get(), now));
    } else {
      sentence += "; one of them: " + oneReason;
    }
    return new Refusal(RefusalCode.NO_POWER, sentence, secondsUntil(nextPower, now));
  }

  private static String text(Instant instant, Instant now) {
    boolean withinADay = Duration.between(now, instant).compareTo(Duration.ofDays(1)) < 0;
    return (withinADay ? TIME : DAY_AND_TIME).format(instant);
  }

  private static int secondsUntil(Optional<Instant> instant, Instant now) {
    return instant
        .map(then -> seconds(Duration.between(now, then)))
        .orElse(RETRY_NO_FORECAST_SECONDS);
  }

  private static int seconds(Duration duration) {
    return Math.clamp(duration.plusMillis(999).toSeconds(), RETRY_SECONDS_MIN, RETRY_SECONDS_MAX);
  }
}
