// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Activation;
import org.peermind.protocol.GreenReceipt;
import org.peermind.protocol.GreenReceipt.Method;
import org.peermind.protocol.Id16;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.PlaceCell;
import org.peermind.testkit.VirtualClock;

class GreenReceiptsTest {
  private static final Id16 SESSION = new Id16(1, 2);

  private final IdentityKey key = Parts.key();
  private final VirtualClock clock = new VirtualClock(Parts.START);

  private GreenReceipts receipts(boolean isDrawDeclared) {
    return new GreenReceipts(
        key, new PlaceCell("ezj"), new GreenReceipts.Site(isDrawDeclared, false, false), clock);
  }

  private GreenReceipt signed(GreenReceipts receipts) throws Exception {
    receipts.decided(Parts.sunny(), 250, OptionalDouble.empty());
    try (GreenReceipts.Open open = receipts.begin(SESSION, Parts.MODEL)) {
      clock.advance(Duration.ofSeconds(36));
      return GreenReceipt.open(open.sign(7, 5).orElseThrow(), key.id());
    }
  }

  @Test
  void signsTheDeclaredDrawOfAnAnswersTime() throws Exception {
    GreenReceipt receipt = signed(receipts(true));

    assertThat(receipt.wattHours().orElseThrow()).isEqualTo(2.5, within(1e-9));
    assertThat(receipt)
        .isEqualTo(
            new GreenReceipt(
                SESSION,
                Parts.MODEL,
                7,
                5,
                receipt.wattHours(),
                Method.DECLARED_DRAW,
                OptionalDouble.of(1),
                "simulated",
                new PlaceCell("ezj"),
                0,
                "ok",
                false,
                clock.instant()));
  }

  @Test
  void inventsNoWatts_whenTheOwnerDeclaredNone() throws Exception {
    GreenReceipt receipt = signed(receipts(false));

    assertThat(receipt.wattHours()).isEmpty();
    assertThat(receipt.method()).isEqualTo(Method.UNKNOWN);
    assertThat(receipt.renewableShare()).hasValue(1);
  }

  @Test
  void signsTheMeasuredDraw_whenAMeterIsThere() throws Exception {
    GreenReceipts receipts = receipts(true);
    receipts.decided(Parts.sunny(), 250, OptionalDouble.of(100));
    try (GreenReceipts.Open open = receipts.begin(SESSION, Parts.MODEL)) {
      clock.advance(Duration.ofSeconds(36));
      GreenReceipt receipt = GreenReceipt.open(open.sign(7, 5).orElseThrow(), key.id());
      assertThat(receipt.wattHours().orElseThrow()).isEqualTo(1, within(1e-9));
      assertThat(receipt.method()).isEqualTo(Method.MEASURED);
    }
  }

  @Test
  void doesNotCallItMeasured_whenTheMeterFellSilentMeanwhile() throws Exception {
    GreenReceipts receipts = receipts(true);
    receipts.decided(Parts.sunny(), 250, OptionalDouble.of(100));
    try (GreenReceipts.Open open = receipts.begin(SESSION, Parts.MODEL)) {
      clock.advance(Duration.ofSeconds(18));
      receipts.decided(Parts.sunny(), 250, OptionalDouble.empty());
      clock.advance(Duration.ofSeconds(18));
      receipts.decided(Parts.sunny(), 250, OptionalDouble.of(100));
      GreenReceipt receipt = GreenReceipt.open(open.sign(7, 5).orElseThrow(), key.id());
      assertThat(receipt.wattHours().orElseThrow()).isEqualTo(0.5 + 1.25, within(1e-9));
      assertThat(receipt.method()).isEqualTo(Method.DECLARED_DRAW);
    }
  }

  @Test
  void labelsAnAnswer_asSoonAsSomeOfItsPowerWasDeclared() throws Exception {
    GreenReceipts receipts = receipts(true);
    receipts.decided(Parts.declared(), 250, OptionalDouble.empty());
    GreenReceipts.Open begun = receipts.begin(SESSION, Parts.MODEL);
    clock.advance(Duration.ofSeconds(5));
    receipts.decided(Parts.decision(Activation.DRAINING), 250, OptionalDouble.empty());
    clock.advance(Duration.ofSeconds(5));

    GreenReceipt spanning = GreenReceipt.open(begun.sign(7, 5).orElseThrow(), key.id());
    assertThat(spanning.declared()).isTrue();
    assertThat(spanning.trustLevel()).isZero();
    assertThat(signed(receipts).declared()).isFalse();

    receipts.decided(Parts.declared(), 250, OptionalDouble.empty());
    GreenReceipts.Open second = receipts.begin(SESSION, Parts.MODEL);
    GreenReceipt whole = GreenReceipt.open(second.sign(7, 5).orElseThrow(), key.id());
    assertThat(whole.declared()).isTrue();
    assertThat(whole.quality()).isEqualTo("declared");
    assertThat(whole.source()).isEqualTo("wind");
  }

  @Test
  void signsOnce() {
    GreenReceipts.Open open = receipts(true).begin(SESSION, Parts.MODEL);

    assertThat(open.sign(1, 1)).isPresent();
    assertThat(open.sign(1, 1)).isEmpty();
    open.close();
  }

  @Test
  void knowsNothing_beforeTheEnergyPathDecided() throws Exception {
    GreenReceipts.Open open = receipts(true).begin(SESSION, Parts.MODEL);
    GreenReceipt receipt = GreenReceipt.open(open.sign(1, 1).orElseThrow(), key.id());

    assertThat(receipt.wattHours()).isEmpty();
    assertThat(receipt.renewableShare()).isEmpty();
    assertThat(receipt.source()).isEqualTo("unknown");
  }
}
