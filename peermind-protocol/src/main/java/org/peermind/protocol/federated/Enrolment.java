// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import java.time.Duration;
import java.util.List;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.Payloads;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.EnrolmentPayload;

/// A member wants to train in a round.
///
/// @param weight of its update in the mean, 1, 2 or 4: coarse, so that nobody's own count of
///   examples decides
/// @param training how long it expects to need, with the power that it expects to have
public record Enrolment(Digest round, Digest previous, Method method, int weight, Duration training)
    implements RoundMessage {
  static final String TYPE = "round-enrolment";

  /// How it trains; new constants go to the end.
  public enum Method {
    /// Gradients, by the trainer.
    GRADIENT,
    /// Two forward passes a step, by the inference engine.
    FORWARD
  }

  public Enrolment {
    Fields.check(weight == 1 || weight == 2 || weight == 4, "a weight is 1, 2 or 4");
    Fields.within(training.toMillis(), 0, RoundDescriptor.MILLIS_MAX, "the time of training");
  }

  @Override
  public SignedEnvelope sign(IdentityKey key) {
    EnrolmentPayload.Builder payload =
        EnrolmentPayload.newBuilder()
            .setRound(Fields.bytes(round))
            .setPrevious(Fields.bytes(previous));
    payload.setMethod(Fields.code(method)).setWeight(weight).setTrainingMs(training.toMillis());
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads the message.
  public static Enrolment open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, EnrolmentPayload.parser(), Enrolment::decode);
  }

  private static Enrolment decode(EnrolmentPayload payload) throws ProtocolException {
    return new Enrolment(
        Fields.digest(payload.getRound()),
        Fields.digest(payload.getPrevious()),
        Fields.choice(List.of(Method.values()), payload.getMethod(), "a method"),
        payload.getWeight(),
        Duration.ofMillis(payload.getTrainingMs()));
  }
}
