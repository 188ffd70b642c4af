// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.peermind.protocol.federated.Enrolment;
import org.peermind.protocol.federated.RoundDescriptor;

/// How long a round trains. Each member says how long it needs with the power that it expects, so
/// the deadline knows the weather: it waits until two thirds of the members, and no fewer than the
/// round needs, expect to be done, and a quarter longer, within the bounds of the descriptor.
/// Members for whom the night comes first drop out, which is normal.
final class TrainingTime {
  private TrainingTime() {}

  static Instant until(Round round, Instant now) {
    RoundDescriptor.Timetable times = round.descriptor().timetable();
    List<Duration> needs = round.ofEnrolled(Enrolment::training).stream().sorted().toList();
    int waitedFor =
        Math.min(
            needs.size(),
            Math.max(round.descriptor().company().least(), Math.ceilDiv(2 * needs.size(), 3)));
    Duration need = waitedFor == 0 ? Duration.ZERO : needs.get(waitedFor - 1);
    Duration roomy = need.plus(need.dividedBy(4));
    Duration least = times.trainingLeast();
    Duration most = times.trainingMost();
    Duration chosen = roomy.compareTo(least) < 0 ? least : roomy.compareTo(most) > 0 ? most : roomy;
    Instant latest = times.opened().plus(times.enrolling()).plus(most);
    Instant until = now.plus(chosen);
    return until.isAfter(latest) ? latest : until;
  }
}
