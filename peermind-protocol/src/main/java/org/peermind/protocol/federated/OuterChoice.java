// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import java.util.List;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.OuterPayload;

/// How the aggregated update moves the model. Rates are in millionths, `tauNano` in thousandths of
/// them; parameters that an optimiser does not have are 0.
///
/// @param secondMicro decay of the squares, of FedAdam
/// @param tauNano what keeps FedAdam from dividing by nothing
public record OuterChoice(
    Kind kind, int rateMicro, int momentumMicro, int secondMicro, int tauNano) {
  private static final int MICRO = 1_000_000;

  /// The optimisers; new constants go to the end.
  public enum Kind {
    PLAIN,
    NESTEROV,
    FED_ADAM
  }

  public OuterChoice {
    Fields.within(rateMicro, 1, 10 * MICRO, "the rate");
    Fields.within(momentumMicro, 0, MICRO - 1L, "the momentum");
    Fields.within(secondMicro, 0, MICRO - 1L, "the decay of squares");
    Fields.within(tauNano, kind == Kind.FED_ADAM ? 1 : 0, 1_000L * MICRO, "tau");
  }

  OuterPayload encode() {
    return OuterPayload.newBuilder()
        .setKind(Fields.code(kind))
        .setRateMicro(rateMicro)
        .setMomentumMicro(momentumMicro)
        .setSecondMicro(secondMicro)
        .setTauNano(tauNano)
        .build();
  }

  static OuterChoice decode(OuterPayload payload) throws ProtocolException {
    return new OuterChoice(
        Fields.choice(List.of(Kind.values()), payload.getKind(), "an optimiser"),
        payload.getRateMicro(),
        payload.getMomentumMicro(),
        payload.getSecondMicro(),
        payload.getTauNano());
  }
}
