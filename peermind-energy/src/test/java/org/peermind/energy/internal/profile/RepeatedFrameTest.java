// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.peermind.energy.Profiles;
import org.peermind.energy.spi.DeviceRole;

/// Recordings of GoodWe inverters hold one answer twice now and then.
final class RepeatedFrameTest {
  private static final ProfileShelf SHELF = ProfileShelf.builtIn();
  private static final Profiles BUILT_IN = Profiles.builtIn();

  private static AnswerRule.Sample day() {
    return SHELF.profile("goodwe-et").orElseThrow().answers().stream()
        .filter(rule -> rule.isCalled("goodwe-et-running"))
        .findFirst()
        .orElseThrow()
        .samples()
        .getFirst();
  }

  private static Profiles.Decoding decode(String frames) {
    return BUILT_IN.decode("goodwe-et-running", DeviceRole.SITE, frames, Map.of(), Map.of());
  }

  @Test
  void readsAnAnswerThatStandsThereTwice_asOne() {
    String frame = day().answer().strip();

    assertThat(decode(frame + frame))
        .isInstanceOfSatisfying(
            Profiles.Decoding.Read.class,
            read ->
                assertThat(read.report())
                    .containsEntry("grid_power_w", -1500.0)
                    .containsEntry("battery_power_w", 2000.0));
  }

  @Test
  void refusesAnAnswerWithAnotherBehindIt() {
    String frame = day().answer().strip();
    String other = frame.substring(0, frame.length() - 1) + (frame.endsWith("0") ? "1" : "0");

    assertThat(decode(frame + other)).isInstanceOf(Profiles.Decoding.Refused.class);
  }
}
