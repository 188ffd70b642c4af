// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import java.time.Instant;

/// Knows whether anything became free since nobody in the queue could be served any more, so that
/// the queue is gone through only then and an input costs no more for a long one.
///
/// What it does not see is seen at the next tick, which looks anyway: that the time of one of three
/// or more that are passed over is up, and that an inferer which wanted to hand an answer over has
/// ended it.
final class FreedSlots {
  private static final long LOOK_AGAIN = -1;

  private final Assigner assigner;
  private final UserSlots userSlots;
  private long seen = LOOK_AGAIN;

  /// When the first and the last of those that are passed over may be asked again.
  private Instant firstAskedAgain = Instant.MAX;

  private Instant lastAskedAgain = Instant.MIN;

  FreedSlots(Assigner assigner, UserSlots userSlots) {
    this.assigner = assigner;
    this.userSlots = userSlots;
  }

  /// Has an inferer asked by nobody for a while.
  void passOver(Peer inferer, Instant until) {
    inferer.passOverUntil(until);
    firstAskedAgain = until.isBefore(firstAskedAgain) ? until : firstAskedAgain;
    lastAskedAgain = until.isAfter(lastAskedAgain) ? until : lastAskedAgain;
  }

  /// Whether anybody in the queue may be served who could not be before.
  boolean mayServe(Instant now) {
    if (!now.isBefore(firstAskedAgain)) {
      firstAskedAgain = now.isBefore(lastAskedAgain) ? lastAskedAgain : Instant.MAX;
      lookAgain();
    }
    return assigner.hasListed() && seen != openings();
  }

  /// Nobody in the queue can be served with what is free.
  void serveNobody() {
    seen = openings();
  }

  void lookAgain() {
    seen = LOOK_AGAIN;
  }

  private long openings() {
    return assigner.openings() + userSlots.openings();
  }
}
