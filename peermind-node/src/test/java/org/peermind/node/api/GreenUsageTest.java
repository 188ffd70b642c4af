// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.peermind.node.query.AnswerEvent;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.protocol.GreenReceipt;
import org.peermind.protocol.GreenReceipt.Method;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.PlaceCell;
import org.peermind.protocol.SignedEnvelope;

class GreenUsageTest {
  private static final IdentityKey KEY = IdentityKey.generate(new SecureRandom());
  private static final GreenReceipt PERTH =
      receipt(OptionalDouble.of(3), OptionalDouble.of(1), "pv", "qd6", 1);
  private static final GreenReceipt GRANADA =
      receipt(OptionalDouble.of(1), OptionalDouble.of(0.5), "battery", "ezj", 0);

  private static GreenReceipt receipt(
      OptionalDouble wattHours, OptionalDouble share, String source, String place, int trustLevel) {
    return new GreenReceipt(
        new Id16(1, 2),
        new ModelHash("%064x".formatted(1)),
        7,
        5,
        wattHours,
        wattHours.isPresent() ? Method.DECLARED_DRAW : Method.UNKNOWN,
        share,
        source,
        new PlaceCell(place),
        trustLevel,
        "ok",
        trustLevel == 0,
        Instant.parse("2026-06-21T10:00:00Z"));
  }

  private static JsonNode usage(int continuations, GreenReceipt... receipts) throws Exception {
    return usage(continuations, receipts.length > continuations, receipts);
  }

  private static JsonNode usage(
      int continuations, boolean everyPartSigned, GreenReceipt... receipts) throws Exception {
    List<SignedEnvelope> signed = Stream.of(receipts).map(each -> each.sign(KEY)).toList();
    AnswerEvent.Done done =
        new AnswerEvent.Done(
            FinishReason.STOP, 7, 0, 5, 0, continuations, List.of(), signed, everyPartSigned);
    return new ObjectMapper().readTree(GreenUsage.json(done));
  }

  @Test
  void addsUpWhatEveryInfererSigned() throws Exception {
    JsonNode usage = usage(1, PERTH, GRANADA);

    assertThat(usage.path("watt_hours").asDouble()).isEqualTo(4);
    assertThat(usage.path("renewable_share").asDouble()).isEqualTo(0.875);
    assertThat(usage.path("source").asText()).isEqualTo("battery+pv");
    assertThat(usage.path("place").asText()).isEqualTo("ezj+qd6");
    assertThat(usage.path("trust_level").asInt()).isZero();
    assertThat(usage.path("method").asText()).isEqualTo("declared-draw");
    assertThat(usage.path("continuations").asInt()).isEqualTo(1);
    assertThat(usage.path("complete").asBoolean()).isTrue();
  }

  @Test
  void carriesReceiptsThatAnybodyCanVerify() throws Exception {
    String receipt = usage(0, PERTH).path("receipts").path(0).asText();

    assertThat(
            GreenReceipt.open(
                SignedEnvelope.ofBytes(Base64.getDecoder().decode(receipt)), KEY.id()))
        .isEqualTo(PERTH);
  }

  @Test
  void knowsNoFigure_whenAnInfererWasKilled() throws Exception {
    JsonNode usage = usage(1, PERTH);

    assertThat(usage.path("complete").asBoolean()).isFalse();
    assertThat(usage.path("watt_hours").asText()).isEqualTo("unknown");
    assertThat(usage.path("renewable_share").asText()).isEqualTo("unknown");
    assertThat(usage.path("receipts")).hasSize(1);
  }

  @Test
  void knowsNoEnergy_whenOneOfThemDoesNot() throws Exception {
    JsonNode usage =
        usage(1, PERTH, receipt(OptionalDouble.empty(), OptionalDouble.of(0), "pv", "qd6", 1));

    assertThat(usage.path("watt_hours").asText()).isEqualTo("unknown");
    assertThat(usage.path("renewable_share").asDouble()).isEqualTo(0.5);
  }

  @Test
  void isComplete_whenAnInfererThatBroughtNothingDidNotSign() throws Exception {
    JsonNode usage = usage(1, true, PERTH);

    assertThat(usage.path("complete").asBoolean()).isTrue();
    assertThat(usage.path("watt_hours").asDouble()).isEqualTo(3);
  }

  @Test
  void saysUnknown_whenNobodySigned() throws Exception {
    JsonNode usage = usage(0);

    assertThat(usage.path("watt_hours").asText()).isEqualTo("unknown");
    assertThat(usage.path("source").asText()).isEqualTo("unknown");
    assertThat(usage.path("complete").asBoolean()).isFalse();
    assertThat(usage.path("receipts")).isEmpty();
  }
}
