// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RefereeSettingsTest {
  @Test
  void namesValueAndRange_ofWhatIsOutOfRange() {
    assertThatThrownBy(() -> RefereeSettings.defaults().withSlotsPerInferer(11))
        .hasMessage("The referee's slotsPerInferer must be 5 to 10, not 11.");
    assertThatThrownBy(() -> RefereeSettings.defaults().withSlotsPerInferer(4))
        .hasMessage("The referee's slotsPerInferer must be 5 to 10, not 4.");
    assertThatThrownBy(() -> RefereeSettings.defaults().withReportInterval(Duration.ofMillis(100)))
        .hasMessage("The referee's reportInterval must be 1 s to 300 s, not 100 ms.");
  }

  @Test
  void countsReportsForThreeIntervals() {
    assertThat(RefereeSettings.defaults().withReportInterval(Duration.ofSeconds(2)).staleAfter())
        .isEqualTo(Duration.ofSeconds(6));
  }
}
