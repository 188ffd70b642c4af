// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.LessonPayload;

/// What every member does with its own data.
///
/// @param steps of the inner optimiser
/// @param rateNano its learning rate, in thousand-millionths
/// @param decayMicro its decoupled weight decay, in millionths
public record Lesson(
    int steps,
    int sequencesPerStep,
    int sequenceTokensMax,
    int rateNano,
    int decayMicro,
    int warmupSteps) {
  /// Most steps of one round.
  public static final int STEPS_MAX = 100_000;

  private static final int SEQUENCES_MAX = 4_096;
  private static final int TOKENS_MAX = 4_096;

  public Lesson {
    Fields.within(steps, 1, STEPS_MAX, "the number of steps");
    Fields.within(sequencesPerStep, 1, SEQUENCES_MAX, "the number of sequences in a step");
    Fields.within(sequenceTokensMax, 2, TOKENS_MAX, "the length of a sequence");
    Fields.within(rateNano, 1, 1_000_000_000, "the learning rate");
    Fields.within(decayMicro, 0, 1_000_000, "the weight decay");
    Fields.within(warmupSteps, 0, steps, "the number of steps that warm up");
  }

  LessonPayload encode() {
    return LessonPayload.newBuilder()
        .setSteps(steps)
        .setSequencesPerStep(sequencesPerStep)
        .setSequenceTokensMax(sequenceTokensMax)
        .setRateNano(rateNano)
        .setDecayMicro(decayMicro)
        .setWarmupSteps(warmupSteps)
        .build();
  }

  static Lesson decode(LessonPayload payload) throws ProtocolException {
    return new Lesson(
        payload.getSteps(),
        payload.getSequencesPerStep(),
        payload.getSequenceTokensMax(),
        payload.getRateNano(),
        payload.getDecayMicro(),
        payload.getWarmupSteps());
  }
}
