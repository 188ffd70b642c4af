// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

class BackoffTest {
  @Test
  void waitsAtMostASecondFirstAndFiveSecondsEver() {
    Property.forAll(
        1,
        200,
        random -> {
          Backoff backoff = new Backoff(random);
          assertThat(backoff.next()).isBetween(Duration.ofMillis(50), Duration.ofSeconds(1));
          assertThat(backoff.next()).isBetween(Duration.ofMillis(50), Duration.ofSeconds(2));
          for (int i = 0; i < 100; i++) {
            assertThat(backoff.next()).isBetween(Duration.ofMillis(50), Duration.ofSeconds(5));
          }
          backoff.reset();
          assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofSeconds(1));
        });
  }

  @Test
  void spreadsReturningNodesOverTheWholeTime() {
    boolean[] third = new boolean[3];
    Property.forAll(
        1,
        100,
        random -> {
          long millis = new Backoff(random).within(Duration.ofSeconds(30)).toMillis();
          third[(int) Math.min(2, millis / 10_000)] = true;
        });
    assertThat(third).containsOnly(true);
  }

  @Test
  void waitsHalfAMinuteAfterARefusal() {
    Property.forAll(
        1,
        100,
        random ->
            assertThat(new Backoff(random).afterRefusal())
                .isBetween(Duration.ofSeconds(30), Duration.ofSeconds(35)));
  }
}
