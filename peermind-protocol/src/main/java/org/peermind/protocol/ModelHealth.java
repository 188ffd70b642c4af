// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import org.peermind.protocol.wire.ModelHealthPayload;

/// How a model did at one inferer in one window, signed by that inferer. Figures only: nothing of
/// any question or answer.
///
/// @param answers that ended well
/// @param failures answers that ended by a fault of the engine or the model
/// @param ttftP95Millis of the time to the first token; empty without answers
/// @param microWhPer1kTokens millionths of a watt-hour; empty means unknown
/// @param canaries questions with a known answer that the inferer asked its own engine
/// @param crashes of the engine while it ran this model
public record ModelHealth(
    NetworkName network,
    ModelHash model,
    Instant from,
    Duration window,
    int answers,
    int failures,
    OptionalLong ttftP95Millis,
    OptionalLong microWhPer1kTokens,
    int canaries,
    int canariesRight,
    int crashes) {
  private static final String TYPE = "model-health";
  private static final long WINDOW_MILLIS_MAX = Duration.ofHours(1).toMillis();
  private static final int COUNT_MAX = 1_000_000;
  private static final long FIGURE_MAX = 1L << 40;

  public ModelHealth {
    check(window.toMillis() >= 1 && window.toMillis() <= WINDOW_MILLIS_MAX, "the window");
    check(answers >= 0 && answers <= COUNT_MAX, "the number of answers");
    check(failures >= 0 && failures <= COUNT_MAX, "the number of failures");
    check(canaries >= 0 && canaries <= COUNT_MAX, "the number of canaries");
    check(canariesRight >= 0 && canariesRight <= canaries, "the number of right canaries");
    check(crashes >= 0 && crashes <= COUNT_MAX, "the number of crashes");
    check(within(ttftP95Millis), "the time to the first token");
    check(within(microWhPer1kTokens), "the energy per token");
  }

  private static boolean within(OptionalLong figure) {
    return figure.isEmpty() || (figure.getAsLong() >= 0 && figure.getAsLong() <= FIGURE_MAX);
  }

  private static void check(boolean holds, String name) {
    if (!holds) {
      throw new IllegalArgumentException(name + " is out of range");
    }
  }

  public SignedEnvelope sign(IdentityKey key) {
    ModelHealthPayload.Builder payload =
        ModelHealthPayload.newBuilder()
            .setNetwork(network.text())
            .setModel(ByteString.copyFrom(model.toBytes()))
            .setFromMs(from.toEpochMilli())
            .setWindowMs((int) window.toMillis())
            .setAnswers(answers)
            .setFailures(failures)
            .setCanaries(canaries)
            .setCanariesRight(canariesRight)
            .setCrashes(crashes);
    ttftP95Millis.ifPresent(payload::setTtftP95Ms);
    microWhPer1kTokens.ifPresent(payload::setMicroWhPer1KTokens);
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads a record; whose it is says [SignedEnvelope#signer()].
  public static ModelHealth open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, ModelHealthPayload.parser(), ModelHealth::decode);
  }

  private static ModelHealth decode(ModelHealthPayload payload) throws ProtocolException {
    return new ModelHealth(
        new NetworkName(payload.getNetwork()),
        ModelHash.ofBytes(payload.getModel().toByteArray()),
        Payloads.instant(payload.getFromMs()),
        Duration.ofMillis(Integer.toUnsignedLong(payload.getWindowMs())),
        payload.getAnswers(),
        payload.getFailures(),
        payload.hasTtftP95Ms() ? OptionalLong.of(payload.getTtftP95Ms()) : OptionalLong.empty(),
        payload.hasMicroWhPer1KTokens()
            ? OptionalLong.of(payload.getMicroWhPer1KTokens())
            : OptionalLong.empty(),
        payload.getCanaries(),
        payload.getCanariesRight(),
        payload.getCrashes());
  }
}
