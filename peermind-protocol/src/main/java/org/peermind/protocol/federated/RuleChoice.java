// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.federated;

import java.util.List;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.governance.Fields;
import org.peermind.protocol.wire.RulePayload;

/// How updates become one; parameters that a rule does not have are 0.
///
/// @param byzantine of Krum and Multi-Krum: how many liars it withstands
/// @param chosen of Multi-Krum: how many updates it averages
/// @param trimPermille of the trimmed and the mixed trimmed mean: share cut off at each end
/// @param radiusUnits of centred clipping, in units of the encoding
/// @param iterations of the geometric median and centred clipping
public record RuleChoice(
    Kind kind, int byzantine, int chosen, int trimPermille, long radiusUnits, int iterations) {
  private static final long RADIUS_MAX = 1L << 40;
  private static final int ITERATIONS_MAX = 1_000;

  /// The rules; new constants go to the end.
  public enum Kind {
    WEIGHTED_MEAN,
    TRIMMED_MEAN,
    COORDINATE_MEDIAN,
    KRUM,
    MULTI_KRUM,
    GEOMETRIC_MEDIAN,
    CENTRED_CLIPPING,
    MIXED_TRIMMED_MEAN
  }

  public RuleChoice {
    Fields.within(byzantine, 0, RoundDescriptor.MEMBERS_MAX, "the number of liars");
    Fields.within(
        chosen,
        kind == Kind.MULTI_KRUM ? 1 : 0,
        RoundDescriptor.MEMBERS_MAX,
        "the number of chosen updates");
    Fields.within(trimPermille, 0, 499, "the trimmed share in thousandths");
    Fields.within(radiusUnits, kind == Kind.CENTRED_CLIPPING ? 1 : 0, RADIUS_MAX, "the radius");
    boolean iterates = kind == Kind.CENTRED_CLIPPING || kind == Kind.GEOMETRIC_MEDIAN;
    Fields.within(iterations, iterates ? 1 : 0, ITERATIONS_MAX, "the number of iterations");
  }

  RulePayload encode() {
    return RulePayload.newBuilder()
        .setKind(Fields.code(kind))
        .setByzantine(byzantine)
        .setChosen(chosen)
        .setTrimPermille(trimPermille)
        .setRadiusUnits(radiusUnits)
        .setIterations(iterations)
        .build();
  }

  static RuleChoice decode(RulePayload payload) throws ProtocolException {
    return new RuleChoice(
        Fields.choice(List.of(Kind.values()), payload.getKind(), "a rule"),
        payload.getByzantine(),
        payload.getChosen(),
        payload.getTrimPermille(),
        payload.getRadiusUnits(),
        payload.getIterations());
  }
}
