// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Watts;

/// What the registry and the assigner make of how far a report is trusted.
class ReportTrustTest {
  private final Stage stage = Stage.settled();

  @Test
  void offersNoWork_toAnInfererWhosePowerIsNotTrusted_andSaysWhy() {
    stage.attachInferer("moon");
    stage.report(
        "moon", new Sketch(), new ReportTrust("L0", 0, Optional.of("It reports sun at night.")));
    assertThat(stage.row("moon").presence()).isEqualTo(Presence.LOW);
    assertThat(stage.row("moon").reason()).isEqualTo("It reports sun at night.");
    stage.attachUser("ann");
    assertThat(Stage.refusal(stage.ask("ann", "r1")).sentence()).contains("sun at night");
  }

  @Test
  void countsTheTrustedShareOfTheHeadroom() {
    stage.attachInferer("sun");
    stage.report("sun", new Sketch(), new ReportTrust("L1", 0.5, Optional.of("It is frozen.")));
    assertThat(stage.row("sun").presence()).isEqualTo(Presence.READY);
    assertThat(stage.row("sun").headroom()).hasValue(Watts.of(450));
    assertThat(stage.row("sun").trustLevel()).isEqualTo("L1");
    assertThat(stage.row("sun").reason()).isEqualTo("It is frozen.");
  }

  @Test
  void asksThePlausibleInfererFirst() {
    stage.attachInferer("odd");
    stage.attachInferer("plain");
    stage.report("odd", new Sketch(), new ReportTrust("L1", 0.35, Optional.of("It is frozen.")));
    stage.report("plain", new Sketch(), new ReportTrust("L1", 0.7, Optional.empty()));
    stage.attachUser("ann");
    assertThat(stage.offeredTo(stage.ask("ann", "r1"))).isEqualTo("plain");
  }
}
