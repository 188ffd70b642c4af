// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.round;

import java.time.Instant;
import org.peermind.protocol.NodeId;

/// What a member of a round does next.
public sealed interface MemberStep {
  /// It may enrol, until then.
  record Enrol(Instant until) implements MemberStep {}

  /// It trains and commits itself to its update, until then.
  record Train(Instant until) implements MemberStep {}

  /// It gives the update that it is bound to, until then.
  record Upload(Instant until) implements MemberStep {}

  /// It tries the new adapter, until then.
  record Evaluate(Instant until) implements MemberStep {}

  /// Nothing, until others have done their part.
  record Wait(Instant until) implements MemberStep {}

  /// Nothing any more: the round is over, or it goes on without this node.
  record Done() implements MemberStep {}

  /// The next step of `self` at `now`. What is past its time is not tried: it would be refused.
  static MemberStep of(Round round, NodeId self, Instant now) {
    Instant until = round.until();
    boolean isLate = !now.isBefore(until);
    boolean isEnrolled = round.enrolled().containsKey(self);
    return switch (round.step()) {
      case ENROLLING -> isEnrolled || isLate ? new Wait(until) : new Enrol(until);
      case TRAINING -> {
        if (!isEnrolled) {
          yield new Done();
        }
        yield round.commits().containsKey(self) || isLate ? new Wait(until) : new Train(until);
      }
      case UPLOADING -> {
        if (!isEnrolled) {
          yield new Done();
        }
        boolean isOwing = round.commits().containsKey(self) && !round.updates().containsKey(self);
        yield isOwing && !isLate ? new Upload(until) : new Wait(until);
      }
      case EVALUATING -> {
        if (!isEnrolled) {
          yield new Done();
        }
        yield round.evaluations().containsKey(self) || isLate
            ? new Wait(until)
            : new Evaluate(until);
      }
      case CLOSED -> new Done();
    };
  }
}
