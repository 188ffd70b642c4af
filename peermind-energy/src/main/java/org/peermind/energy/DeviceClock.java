// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// How far a device's clock is off, learnt from its own readings, so that a device without network
/// time can be used and its old readings are still seen to be old.
///
/// Learnt is the smallest age that readings had over a minute in which the device's time advanced
/// in step with ours. A reading is judged by how much older it is than that: a reading that stands
/// still, or that lags more than it did, ages as it should. The figure follows slow drift only (100
/// millionths). A clock that is right from the first reading on is taken as right at once. One that
/// jumps forward, or back by more than a day as in a restart, is learnt anew; one that goes back by
/// less is refused until it is right, because that is what a backlog of old readings looks like.
///
/// A constant delay between device and us looks the same as a slow clock; nothing here can tell
/// them apart.
///
/// @param device the newest device time
/// @param received when it came
/// @param offset what to add to the device's time, null until it is known
/// @param inStepSince since when the device's time has advanced like ours
/// @param steps how many times it did
/// @param leastAge the smallest age since then, by the device's own time
public record DeviceClock(
    @Nullable Instant device,
    @Nullable Instant received,
    @Nullable Duration offset,
    @Nullable Instant inStepSince,
    int steps,
    Duration leastAge) {
  public static final DeviceClock UNKNOWN =
      new DeviceClock(null, null, null, null, 0, Duration.ZERO);

  private static final Duration JITTER = Duration.ofSeconds(2);
  private static final Duration SET_MIN = Duration.ofSeconds(5);
  private static final Duration LEARNING = Duration.ofSeconds(60);
  private static final Duration BACKLOG_MAX = Duration.ofDays(1);
  private static final int STEPS_MIN = 5;
  private static final long DRIFT_PARTS = 10_000;

  /// The clock after one more reading. A reading that was overtaken by a later one teaches nothing.
  ///
  /// @param ageMax an age up to which a clock that is not known yet is taken as right
  DeviceClock read(Instant deviceTime, Instant receivedAt, Duration ageMax) {
    if (received == null || device == null) {
      return begin(deviceTime, receivedAt, ageMax);
    }
    if (!receivedAt.isAfter(received)) {
      return this;
    }
    Duration age = Duration.between(deviceTime, receivedAt);
    boolean setBack = deviceTime.isBefore(device.minus(SET_MIN));
    boolean setForward = offset != null && age.compareTo(offset.minus(SET_MIN)) < 0;
    if (setBack && !relearnt(age, ageMax)) {
      return this; // it may be old data
    }
    if (setBack || setForward) {
      return begin(deviceTime, receivedAt, ageMax);
    }
    Duration advanced = Duration.between(device, deviceTime);
    Duration passed = Duration.between(received, receivedAt);
    boolean inStep = advanced.minus(passed).abs().compareTo(JITTER) <= 0;
    if (advanced.isZero() && !inStep) {
      return this; // the same reading once more; it only ages
    }
    Instant since = inStep && inStepSince != null ? inStepSince : receivedAt;
    int count = inStep ? steps + 1 : 0;
    Duration least = inStep && leastAge.compareTo(age) < 0 ? leastAge : age;
    Duration known = offset;
    if (known != null) {
      Duration drifted = inStep ? known.plus(passed.dividedBy(DRIFT_PARTS)) : known;
      known = drifted.compareTo(age) < 0 ? drifted : age;
    } else if (right(age, ageMax)) {
      known = Duration.ZERO;
    } else if (count >= STEPS_MIN && !receivedAt.isBefore(since.plus(LEARNING))) {
      known = least;
    }
    return new DeviceClock(deviceTime, receivedAt, known, since, count, least);
  }

  private static DeviceClock begin(Instant deviceTime, Instant receivedAt, Duration ageMax) {
    Duration age = Duration.between(deviceTime, receivedAt);
    Duration known = right(age, ageMax) ? Duration.ZERO : null;
    return new DeviceClock(deviceTime, receivedAt, known, receivedAt, 0, age);
  }

  /// Whether a clock that went back is believed to have been set: it is right now, it was not known
  /// yet, or it lost more time than any backlog of readings would.
  private boolean relearnt(Duration age, Duration ageMax) {
    return offset == null || right(age, ageMax) || age.minus(offset).compareTo(BACKLOG_MAX) > 0;
  }

  private static boolean right(Duration age, Duration ageMax) {
    return age.compareTo(ageMax) <= 0 && age.compareTo(SET_MIN.negated()) >= 0;
  }

  /// By how much this reading set the device's clock back, as a restart does; zero when it did not.
  Duration setBackBy(Instant deviceTime, Instant receivedAt) {
    boolean back =
        device != null
            && received != null
            && receivedAt.isAfter(received)
            && deviceTime.isBefore(device.minus(SET_MIN));
    return back ? Duration.between(deviceTime, device) : Duration.ZERO;
  }

  /// A moment of the device's clock in our time; unchanged while the offset is unknown.
  Instant ours(Instant deviceTime) {
    return offset == null ? deviceTime : deviceTime.plus(offset);
  }
}
