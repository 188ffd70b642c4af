// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import com.google.protobuf.ByteString;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalDouble;
import org.peermind.protocol.wire.GreenReceiptPayload;

/// What one inferer's part of an answer cost, as that inferer signed it (design section 6, step 7).
///
/// @param session of the ticket, so that a receipt counts for one answer only
/// @param promptTokens of the prompt
/// @param completionTokens computed by this inferer
/// @param wattHours the answer's share of what the engine drew; empty when nobody knows
/// @param method how `wattHours` was found
/// @param renewableShare 0 to 1 of that energy; empty when nobody knows
/// @param source of the power, in one word
/// @param trustLevel 0 for what is declared or simulated, 1 for what a meter read
/// @param quality of the reading that it rests on, in one word
/// @param declared whether some of the power was stated by its owner and not measured
public record GreenReceipt(
    Id16 session,
    ModelHash model,
    int promptTokens,
    int completionTokens,
    OptionalDouble wattHours,
    Method method,
    OptionalDouble renewableShare,
    String source,
    PlaceCell place,
    int trustLevel,
    String quality,
    boolean declared,
    Instant at) {
  public static final int TRUST_LEVEL_MAX = 4;

  private static final String TYPE = "green-receipt";
  private static final int WORD_CHARACTERS_MAX = 40;
  private static final double WATT_HOURS_MAX = 1e6;

  /// How the energy was found.
  public enum Method {
    /// By a meter of the engine's machine.
    MEASURED,
    /// From what the owner says that the engine draws.
    DECLARED_DRAW,
    /// From a model of the machine.
    ESTIMATED,
    /// Not at all.
    UNKNOWN;

    /// The word on the wire.
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Method of(String text) throws ProtocolException {
      for (Method method : values()) {
        if (method.text().equals(text)) {
          return method;
        }
      }
      throw new ProtocolException("the method is not known");
    }
  }

  /// @throws IllegalArgumentException when a value is out of its range, or the energy is known
  ///   without a method or the other way round
  public GreenReceipt {
    if (promptTokens < 0 || completionTokens < 0) {
      throw new IllegalArgumentException("tokens are negative");
    }
    if (wattHours.isPresent()
        && !(wattHours.getAsDouble() >= 0 && wattHours.getAsDouble() <= WATT_HOURS_MAX)) {
      throw new IllegalArgumentException("watt hours are out of range");
    }
    if (wattHours.isPresent() == (method == Method.UNKNOWN)) {
      throw new IllegalArgumentException("energy and method do not fit");
    }
    if (renewableShare.isPresent()
        && !(renewableShare.getAsDouble() >= 0 && renewableShare.getAsDouble() <= 1)) {
      throw new IllegalArgumentException("the renewable share is out of range");
    }
    if (trustLevel < 0 || trustLevel > TRUST_LEVEL_MAX) {
      throw new IllegalArgumentException("the trust level is out of range");
    }
  }

  public SignedEnvelope sign(IdentityKey infererKey) {
    GreenReceiptPayload.Builder payload =
        GreenReceiptPayload.newBuilder()
            .setSession(ByteString.copyFrom(session.toBytes()))
            .setModelSha256(ByteString.copyFrom(model.toBytes()))
            .setPromptTokens(promptTokens)
            .setCompletionTokens(completionTokens)
            .setMethod(method.text())
            .setSource(source)
            .setPlaceCell(place.geohash())
            .setTrustLevel(trustLevel)
            .setQuality(quality)
            .setDeclared(declared)
            .setAtMs(at.toEpochMilli());
    wattHours.ifPresent(payload::setWattHours);
    renewableShare.ifPresent(payload::setRenewableShare);
    return SignedEnvelope.seal(infererKey, TYPE, payload.build().toByteArray());
  }

  /// Verifies the signature of `inferer` and reads the receipt; whether it is for the answer that
  /// it came with is the reader's to check.
  public static GreenReceipt open(SignedEnvelope envelope, NodeId inferer)
      throws ProtocolException {
    if (!envelope.signer().equals(inferer)) {
      throw new ProtocolException("a receipt is not signed by the inferer it came from");
    }
    return Payloads.open(envelope, TYPE, GreenReceiptPayload.parser(), GreenReceipt::decode);
  }

  private static GreenReceipt decode(GreenReceiptPayload payload) throws ProtocolException {
    return new GreenReceipt(
        Id16.ofBytes(payload.getSession().toByteArray()),
        ModelHash.ofBytes(payload.getModelSha256().toByteArray()),
        payload.getPromptTokens(),
        payload.getCompletionTokens(),
        payload.hasWattHours() ? OptionalDouble.of(payload.getWattHours()) : OptionalDouble.empty(),
        Method.of(payload.getMethod()),
        payload.hasRenewableShare()
            ? OptionalDouble.of(payload.getRenewableShare())
            : OptionalDouble.empty(),
        Payloads.text(payload.getSource(), WORD_CHARACTERS_MAX, "the source"),
        new PlaceCell(payload.getPlaceCell()),
        payload.getTrustLevel(),
        Payloads.text(payload.getQuality(), WORD_CHARACTERS_MAX, "the quality"),
        payload.getDeclared(),
        Payloads.instant(payload.getAtMs()));
  }
}
