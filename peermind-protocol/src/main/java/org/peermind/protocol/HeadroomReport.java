// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.peermind.protocol.wire.ActivationCode;
import org.peermind.protocol.wire.HeadroomReportPayload;
import org.peermind.protocol.wire.ServedModelPayload;

/// What an inferer tells its referee about its renewable power (spec section 3), signed and chained
/// by the hash of the report before.
///
/// @param sequence one more than that of the report before; starts at 1 with each attachment
/// @param previousSha256Hex of the payload before; empty text in the first
/// @param headroomMean over the averaging window; empty means unknown
/// @param coverage share of the averaging window with good samples, 0..1
/// @param batteryPercent state of charge, empty when there is no battery or it is unknown
/// @param source pv, wind, hydro, battery, grid, generator or unknown
/// @param method the energy adapter that read it
/// @param simulated whether the readings are invented or recorded rather than live
/// @param declared whether the owner stated the power and nothing measured it
/// @param unverified whether a device profile that no recorded answer has proved read it
/// @param reason why the activation is what it is, one sentence for a person
/// @param nextPower when the inferer expects power again, if it knows
/// @param nextHour the headroom expected of the next hour, if the inferer can tell
/// @param home the referee that assigns the inferer now; others only watch it
/// @param measured the readings under the claim, which a referee needs to judge it; empty when
///   there is no reading or the sender is of an older version
public record HeadroomReport(
    long sequence,
    String previousSha256Hex,
    Instant at,
    Activation activation,
    Optional<Watts> headroomMean,
    Optional<Watts> headroomMin,
    Optional<Watts> headroomDeviation,
    double coverage,
    String quality,
    OptionalDouble batteryPercent,
    String source,
    String method,
    boolean simulated,
    boolean declared,
    boolean unverified,
    int slots,
    int slotsFree,
    List<ServedModel> models,
    String reason,
    Optional<Instant> nextPower,
    Optional<ExpectedPower> nextHour,
    NodeId home,
    Optional<MeasuredPower> measured) {
  private static final String TYPE = "headroom-report";
  private static final int MODELS_MAX = 16;
  private static final int SLOTS_MAX = 1_024;
  private static final int WORD_CHARACTERS_MAX = 40;
  private static final int REASON_CHARACTERS_MAX = 300;
  private static final double WATTS_MAX = 1e9;

  public HeadroomReport {
    models = List.copyOf(models);
    if (slots < 0 || slots > SLOTS_MAX || slotsFree < 0 || slotsFree > slots) {
      throw new IllegalArgumentException("slots are out of range");
    }
    if (!(coverage >= 0 && coverage <= 1) || models.size() > MODELS_MAX || sequence < 1) {
      throw new IllegalArgumentException("coverage, models or sequence are out of range");
    }
    if (batteryPercent.isPresent()
        && !(batteryPercent.getAsDouble() >= 0 && batteryPercent.getAsDouble() <= 100)) {
      throw new IllegalArgumentException("a state of charge is within 0 and 100 %");
    }
  }

  public SignedEnvelope sign(IdentityKey key) {
    HeadroomReportPayload.Builder payload =
        HeadroomReportPayload.newBuilder()
            .setSequence(sequence)
            .setPreviousSha256(ByteString.copyFrom(HexFormat.of().parseHex(previousSha256Hex)))
            .setAtMs(at.toEpochMilli())
            .setActivation(encode(activation))
            .setCoverage(coverage)
            .setQuality(quality)
            .setSource(source)
            .setMethod(method)
            .setSimulated(simulated)
            .setDeclared(declared)
            .setUnverified(unverified)
            .setSlots(slots)
            .setSlotsFree(slotsFree)
            .setReason(reason)
            .setHome(ByteString.copyFrom(home.toBytes()));
    headroomMean.ifPresent(watts -> payload.setHeadroomMeanWatts(watts.value()));
    headroomMin.ifPresent(watts -> payload.setHeadroomMinWatts(watts.value()));
    headroomDeviation.ifPresent(watts -> payload.setHeadroomDeviationWatts(watts.value()));
    batteryPercent.ifPresent(payload::setBatteryPercent);
    nextPower.ifPresent(instant -> payload.setNextPowerMs(instant.toEpochMilli()));
    nextHour.ifPresent(
        hour -> {
          hour.p10().ifPresent(watts -> payload.setNextHourP10Watts(watts.value()));
          payload.setNextHourP50Watts(hour.p50().value());
        });
    models.forEach(model -> payload.addModels(model.encode()));
    measured.ifPresent(powers -> payload.setMeasured(powers.encode()));
    return SignedEnvelope.seal(key, TYPE, payload.build().toByteArray());
  }

  /// Verifies and reads a report; whose it is says [SignedEnvelope#signer()].
  public static HeadroomReport open(SignedEnvelope envelope) throws ProtocolException {
    return Payloads.open(envelope, TYPE, HeadroomReportPayload.parser(), HeadroomReport::decode);
  }

  private static HeadroomReport decode(HeadroomReportPayload payload) throws ProtocolException {
    int previousBytes = payload.getPreviousSha256().size();
    if (previousBytes != 0 && previousBytes != Sha256.BYTES) {
      throw new ProtocolException("the hash of the report before has a wrong length");
    }
    List<ServedModel> models = new ArrayList<>();
    for (ServedModelPayload model : payload.getModelsList()) {
      models.add(ServedModel.decode(model));
    }
    return new HeadroomReport(
        payload.getSequence(),
        HexFormat.of().formatHex(payload.getPreviousSha256().toByteArray()),
        Payloads.instant(payload.getAtMs()),
        decode(payload.getActivation()),
        watts(payload.hasHeadroomMeanWatts(), payload.getHeadroomMeanWatts()),
        watts(payload.hasHeadroomMinWatts(), payload.getHeadroomMinWatts()),
        watts(payload.hasHeadroomDeviationWatts(), payload.getHeadroomDeviationWatts()),
        payload.getCoverage(),
        Payloads.text(payload.getQuality(), WORD_CHARACTERS_MAX, "the quality"),
        payload.hasBatteryPercent()
            ? OptionalDouble.of(payload.getBatteryPercent())
            : OptionalDouble.empty(),
        Payloads.text(payload.getSource(), WORD_CHARACTERS_MAX, "the source"),
        Payloads.text(payload.getMethod(), WORD_CHARACTERS_MAX, "the method"),
        payload.getSimulated(),
        payload.getDeclared(),
        payload.getUnverified(),
        payload.getSlots(),
        payload.getSlotsFree(),
        models,
        Payloads.text(payload.getReason(), REASON_CHARACTERS_MAX, "the reason"),
        payload.hasNextPowerMs()
            ? Optional.of(Payloads.instant(payload.getNextPowerMs()))
            : Optional.empty(),
        nextHour(payload),
        NodeId.ofBytes(payload.getHome().toByteArray()),
        payload.hasMeasured()
            ? Optional.of(MeasuredPower.decode(payload.getMeasured()))
            : Optional.empty());
  }

  private static Optional<ExpectedPower> nextHour(HeadroomReportPayload payload)
      throws ProtocolException {
    Optional<Watts> p10 = watts(payload.hasNextHourP10Watts(), payload.getNextHourP10Watts());
    Optional<Watts> p50 = watts(payload.hasNextHourP50Watts(), payload.getNextHourP50Watts());
    try {
      return p50.map(watts -> new ExpectedPower(p10, watts));
    } catch (IllegalArgumentException malformed) {
      throw new ProtocolException("the power expected of the next hour is malformed", malformed);
    }
  }

  /// The hash that the next report of the same chain carries.
  public static String sha256HexOf(SignedEnvelope report) {
    return HexFormat.of().formatHex(Sha256.of(report.wire().getPayload().toByteArray()));
  }

  private static Optional<Watts> watts(boolean present, double value) throws ProtocolException {
    if (!present) {
      return Optional.empty();
    }
    if (!(Math.abs(value) <= WATTS_MAX)) {
      throw new ProtocolException("a power is out of range");
    }
    return Optional.of(new Watts(value));
  }

  public static ActivationCode encode(Activation activation) {
    return switch (activation) {
      case OFF -> ActivationCode.ACTIVATION_OFF;
      case WARMING -> ActivationCode.ACTIVATION_WARMING;
      case FULL -> ActivationCode.ACTIVATION_FULL;
      case REDUCED -> ActivationCode.ACTIVATION_REDUCED;
      case DRAINING -> ActivationCode.ACTIVATION_DRAINING;
    };
  }

  public static Activation decode(ActivationCode code) throws ProtocolException {
    return switch (code) {
      case ACTIVATION_OFF -> Activation.OFF;
      case ACTIVATION_WARMING -> Activation.WARMING;
      case ACTIVATION_FULL -> Activation.FULL;
      case ACTIVATION_REDUCED -> Activation.REDUCED;
      case ACTIVATION_DRAINING -> Activation.DRAINING;
      case UNRECOGNIZED -> throw new ProtocolException("an unknown activation is named");
    };
  }
}
