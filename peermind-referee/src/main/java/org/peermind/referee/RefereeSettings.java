// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Duration;

/// What the operator of a referee may choose.
///
/// @param slotsPerInferer users admitted for each active inferer (spec section 7), 5 to 10
/// @param reportInterval how often inferers are asked to report
/// @param staleAfter age at which an inferer's last report no longer counts, at least two intervals
/// @param offerTimeout how long one inferer may take to answer an offer
/// @param ticketLifetime time in which a ticket must be used
/// @param answerDurationMax after which a session is ended
/// @param userLease how long a user keeps its slot after it last asked
/// @param acceptSimulatedPower whether reports of invented or recorded readings count
/// @param sessionsPerUserMax answers that one user may have running or asked for
/// @param sessionsMax sessions in all
/// @param tokensPerHourPerUser tokens of prompts and answers that one user may have in an hour,
///   half of them at once
/// @param queueMax requests that may wait for a slot
/// @param acceptUnverifiedModels whether inferers are offered work whose model is only declared
/// @param declaredShare what power counts that its owner declares and nothing measures, 0 to 1 of
///   it; with 0 such an inferer serves its owner only
public record RefereeSettings(
    int slotsPerInferer,
    Duration reportInterval,
    Duration staleAfter,
    Duration offerTimeout,
    Duration ticketLifetime,
    Duration answerDurationMax,
    Duration userLease,
    boolean acceptSimulatedPower,
    int sessionsPerUserMax,
    int sessionsMax,
    int tokensPerHourPerUser,
    int queueMax,
    boolean acceptUnverifiedModels,
    double declaredShare) {

  /// @throws IllegalArgumentException with one sentence that names the value and its range
  public RefereeSettings {
    checkRange("slotsPerInferer", slotsPerInferer, 5, 10);
    checkRange("reportInterval", reportInterval, Duration.ofSeconds(1), Duration.ofMinutes(5));
    checkRange("staleAfter", staleAfter, reportInterval.multipliedBy(2), Duration.ofMinutes(15));
    checkRange("offerTimeout", offerTimeout, Duration.ofMillis(100), Duration.ofSeconds(30));
    checkRange("ticketLifetime", ticketLifetime, Duration.ofSeconds(5), Duration.ofMinutes(5));
    checkRange("answerDurationMax", answerDurationMax, Duration.ofSeconds(10), Duration.ofHours(2));
    checkRange("userLease", userLease, Duration.ofSeconds(30), Duration.ofHours(2));
    checkRange("sessionsPerUserMax", sessionsPerUserMax, 1, 64);
    checkRange("sessionsMax", sessionsMax, 1, 200_000);
    checkRange("tokensPerHourPerUser", tokensPerHourPerUser, 1_000, 1_000_000_000);
    checkRange("queueMax", queueMax, 0, 5_000);
    if (!(declaredShare >= 0 && declaredShare <= 1)) {
      throw new IllegalArgumentException(
          "The referee's declaredShare must be 0 to 1, not %s.".formatted(declaredShare));
    }
  }

  /// Eight users for each inferer, reports every 30 s that count for 90 s, offers of 3 s, tickets
  /// of 30 s, answers of at most 15 min, leases of 10 min, no simulated power, no declared models,
  /// no declared power, 200,000 tokens an hour for each user, a queue of 1,000.
  public static RefereeSettings defaults() {
    return new RefereeSettings(
        8,
        Duration.ofSeconds(30),
        Duration.ofSeconds(90),
        Duration.ofSeconds(3),
        Duration.ofSeconds(30),
        Duration.ofMinutes(15),
        Duration.ofMinutes(10),
        false,
        8,
        20_000,
        200_000,
        1_000,
        false,
        0);
  }

  /// The same with another number of users for each inferer.
  public RefereeSettings withSlotsPerInferer(int slots) {
    return new RefereeSettings(
        slots,
        reportInterval,
        staleAfter,
        offerTimeout,
        ticketLifetime,
        answerDurationMax,
        userLease,
        acceptSimulatedPower,
        sessionsPerUserMax,
        sessionsMax,
        tokensPerHourPerUser,
        queueMax,
        acceptUnverifiedModels,
        declaredShare);
  }

  /// The same, with reports of simulated power counting or not.
  public RefereeSettings withSimulatedPower(boolean accepted) {
    return new RefereeSettings(
        slotsPerInferer,
        reportInterval,
        staleAfter,
        offerTimeout,
        ticketLifetime,
        answerDurationMax,
        userLease,
        accepted,
        sessionsPerUserMax,
        sessionsMax,
        tokensPerHourPerUser,
        queueMax,
        acceptUnverifiedModels,
        declaredShare);
  }

  /// The same, with declared models counting or not.
  public RefereeSettings withUnverifiedModels(boolean accepted) {
    return new RefereeSettings(
        slotsPerInferer,
        reportInterval,
        staleAfter,
        offerTimeout,
        ticketLifetime,
        answerDurationMax,
        userLease,
        acceptSimulatedPower,
        sessionsPerUserMax,
        sessionsMax,
        tokensPerHourPerUser,
        queueMax,
        accepted,
        declaredShare);
  }

  /// The same, with declared power counting by another share.
  public RefereeSettings withDeclaredShare(double share) {
    return new RefereeSettings(
        slotsPerInferer,
        reportInterval,
        staleAfter,
        offerTimeout,
        ticketLifetime,
        answerDurationMax,
        userLease,
        acceptSimulatedPower,
        sessionsPerUserMax,
        sessionsMax,
        tokensPerHourPerUser,
        queueMax,
        acceptUnverifiedModels,
        share);
  }

  /// The same with reports every `interval`, which count for three intervals.
  public RefereeSettings withReportInterval(Duration interval) {
    return new RefereeSettings(
        slotsPerInferer,
        interval,
        interval.multipliedBy(3),
        offerTimeout,
        ticketLifetime,
        answerDurationMax,
        userLease,
        acceptSimulatedPower,
        sessionsPerUserMax,
        sessionsMax,
        tokensPerHourPerUser,
        queueMax,
        acceptUnverifiedModels,
        declaredShare);
  }

  /// The same with other bounds on what one user may have in an hour and on the queue.
  public RefereeSettings withFairness(int tokensPerHour, int queueLength) {
    return new RefereeSettings(
        slotsPerInferer,
        reportInterval,
        staleAfter,
        offerTimeout,
        ticketLifetime,
        answerDurationMax,
        userLease,
        acceptSimulatedPower,
        sessionsPerUserMax,
        sessionsMax,
        tokensPerHour,
        queueLength,
        acceptUnverifiedModels,
        declaredShare);
  }

  private static void checkRange(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "The referee's %s must be %d to %d, not %d.".formatted(name, least, most, value));
    }
  }

  private static void checkRange(String name, Duration value, Duration least, Duration most) {
    if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "The referee's %s must be %s to %s, not %s."
              .formatted(name, seconds(least), seconds(most), seconds(value)));
    }
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() % 1_000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }
}
