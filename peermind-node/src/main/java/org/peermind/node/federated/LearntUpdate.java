// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.OptionalLong;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.federated.training.TrainedUpdate;
import org.peermind.protocol.federated.Lesson;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.UpdateCommit;

/// What training says to the round: the change in whole numbers, no longer than the round allows.
final class LearntUpdate {
  private static final double MICRO = 1e-6;

  private LearntUpdate() {}

  /// @throws IOException in a sentence, when the change is nothing
  static Learner.Learnt of(RoundDescriptor descriptor, TrainedUpdate update) throws IOException {
    FixedPoint units = new FixedPoint(descriptor.unitBits());
    int[] numbers = FixedPoint.clip(units.encode(update.delta().values()), descriptor.clipUnits());
    boolean isEmpty = true;
    for (int number : numbers) {
      isEmpty &= number == 0;
    }
    if (isEmpty) {
      throw new IOException("Training changed nothing.");
    }
    return new Learner.Learnt(
        ByteString.copyFrom(FixedPoint.toBytes(numbers)),
        new UpdateCommit.Training(
            Math.min(update.steps(), Lesson.STEPS_MAX),
            Math.max(1, update.tokens()),
            micro(update.firstLoss()),
            micro(update.lastLoss()),
            OptionalLong.empty()));
  }

  private static long micro(double loss) {
    return Math.round(Math.max(0, loss) / MICRO);
  }

  /// The weight of an update: coarse, so that nobody's own count decides.
  ///
  /// @param bytes of text that it was trained on
  static int weight(long bytes) {
    long quarter = 1L << 18;
    return bytes < quarter ? 1 : bytes < 16 * quarter ? 2 : 4;
  }
}
