// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.VirtualClock;

class HpkeKeyRingTest {
  private final VirtualClock clock = new VirtualClock(Instant.parse("2026-06-21T12:00:00Z"));
  private final HpkeKeyRing ring = new HpkeKeyRing(clock);

  @Test
  void keepsItsKey_forADay() {
    HpkePublicKey first = ring.publicKey();
    clock.advance(HpkeKeyRing.ROTATION.minusMillis(1));

    assertThat(ring.publicKey()).isEqualTo(first);
    assertThat(ring.usable()).hasSize(1);
  }

  @Test
  void opensQuestionsToYesterdaysKey_andToNoOlderOne() {
    HpkePublicKey first = ring.publicKey();
    clock.advance(HpkeKeyRing.ROTATION);
    HpkePublicKey second = ring.publicKey();

    assertThat(second).isNotEqualTo(first);
    assertThat(ring.usable()).extracting(HpkeKey::publicKey).containsExactly(second, first);

    clock.advance(HpkeKeyRing.ROTATION);
    assertThat(ring.usable())
        .extracting(HpkeKey::publicKey)
        .containsExactly(ring.publicKey(), second);
  }

  @Test
  void drawsOneKeyOnly_afterALongSleep() {
    HpkePublicKey first = ring.publicKey();
    clock.advance(Duration.ofDays(30));

    assertThat(ring.usable()).hasSize(2).extracting(HpkeKey::publicKey).contains(first);
  }
}
