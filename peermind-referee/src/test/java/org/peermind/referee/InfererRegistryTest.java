// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.Role;
import org.peermind.protocol.Watts;

/// Presence from reports (facts of the network layer, section 3.5).
final class InfererRegistryTest {
  private final Stage stage = Stage.settled();

  @Test
  void isReady_whileAReportIsYoungerThanNinetySeconds() {
    stage.sunny("sun", 1);
    assertThat(stage.row("sun").presence()).isEqualTo(Presence.READY);

    stage.after(Duration.ofMillis(89_999));
    assertThat(stage.row("sun").presence()).isEqualTo(Presence.READY);
    stage.after(Duration.ofMillis(1));
    assertThat(stage.row("sun").presence()).isEqualTo(Presence.STALE);
    stage.after(Duration.ofSeconds(90));
    assertThat(stage.row("sun").presence()).isEqualTo(Presence.GONE);

    stage.report("sun", new Sketch());
    assertThat(stage.row("sun").presence()).isEqualTo(Presence.READY);
  }

  @Test
  void isLow_unlessTheEngineIsOn() {
    stage.attachInferer("sun");
    for (Activation activation : Activation.values()) {
      stage.report("sun", new Sketch().activation(activation));
      Presence expected =
          switch (activation) {
            case FULL, REDUCED -> Presence.READY;
            case OFF, WARMING, DRAINING -> Presence.LOW;
          };
      assertThat(stage.row("sun").presence()).as(activation.name()).isEqualTo(expected);
    }
  }

  @Test
  void isLow_whenHeadroomIsUnknownOrNotAboveZero() {
    stage.attachInferer("sun");
    assertThat(lowReason(new Sketch().headroom(OptionalDouble.empty()))).contains("unknown");
    assertThat(lowReason(new Sketch().headroom(OptionalDouble.of(0)))).contains("0 W");
    assertThat(lowReason(new Sketch().headroom(OptionalDouble.of(-250)))).contains("-250 W");
  }

  @Test
  void countsOnlyRenewableSources() {
    stage.attachInferer("sun");
    for (String source : List.of("grid", "generator", "unknown", "")) {
      assertThat(lowReason(new Sketch().source(source))).contains("does not count as renewable");
    }
    for (String source : List.of("pv", "wind", "hydro", "battery")) {
      stage.report("sun", new Sketch().source(source));
      assertThat(stage.row("sun").presence()).as(source).isEqualTo(Presence.READY);
    }
  }

  @Test
  void countsSimulatedPower_onlyWhenTheSettingsSaySo() {
    stage.attachInferer("sun");
    assertThat(lowReason(new Sketch().simulated())).contains("simulated");

    Stage lenient = Stage.settled(RefereeSettings.defaults().withSimulatedPower(true));
    lenient.attachInferer("sun");
    lenient.report("sun", new Sketch().simulated());
    assertThat(lenient.row("sun").presence()).isEqualTo(Presence.READY);
    assertThat(lenient.row("sun").simulated()).isTrue();
  }

  @Test
  void countsDeclaredPower_byTheShareOfTheSettings() {
    Stage half = Stage.settled(RefereeSettings.defaults().withDeclaredShare(0.5));
    half.attachInferer("sun");
    half.report("sun", new Sketch().declaredPower().slots(4, 4));

    assertThat(half.row("sun").presence()).isEqualTo(Presence.READY);
    assertThat(half.row("sun").headroom()).hasValue(Watts.of(450));
    assertThat(half.row("sun").slots()).isEqualTo(2);
    assertThat(half.row("sun").slotsFree()).isEqualTo(2);
    half.report("sun", new Sketch().declaredPower().slots(3, 4));
    assertThat(half.row("sun").slotsFree()).isEqualTo(1);
    half.report("sun", new Sketch().declaredPower().slots(1, 1));
    assertThat(half.row("sun").slots()).isEqualTo(1);
    half.report("sun", new Sketch().slots(4, 4));
    assertThat(half.row("sun").slots()).isEqualTo(4);
    assertThat(half.row("sun").headroom()).hasValue(Watts.of(900));
  }

  @Test
  void doesNotCountDeclaredPower() {
    stage.attachInferer("sun");

    assertThat(lowReason(new Sketch().declaredPower())).contains("declares its power");
    assertThat(stage.row("sun").declared()).isTrue();
  }

  @Test
  void showsThatAProfileIsUnverified() {
    stage.attachInferer("sun");
    stage.report("sun", new Sketch().unverifiedPower());

    assertThat(stage.row("sun").presence()).isEqualTo(Presence.READY);
    assertThat(stage.row("sun").unverified()).isTrue();
  }

  @Test
  void isLow_whenItsClockIsMoreThanTwoMinutesOff() {
    stage.attach("sun", Stage.HOME, Duration.ofHours(1), Role.INFERER);
    assertThat(stage.row("sun").reason()).isEqualTo("Its clock is 60 min ahead.");

    assertThat(lowReason(new Sketch().clockAhead(Duration.ofHours(1))))
        .isEqualTo("Its clock is 60 min ahead.");
    assertThat(lowReason(new Sketch().clockAhead(Duration.ofHours(-1))))
        .isEqualTo("Its clock is 60 min behind.");
    assertThat(lowReason(new Sketch().clockAhead(Duration.ofMillis(120_001)))).contains("ahead");
    stage.report("sun", new Sketch().clockAhead(Duration.ofMinutes(2)));
    assertThat(stage.row("sun").presence()).isEqualTo(Presence.READY);
  }

  @Test
  void refusesReportsThatDoNotFollowTheOneBefore() {
    stage.attachInferer("sun");
    assertThat(refusal(2, "")).isEqualTo("Report 2 came where report 1 was due.");
    assertThat(refusal(1, "ab")).isEqualTo("Report 1 does not name the report before it.");
    assertThat(refusal(1, "")).isEmpty();
    assertThat(refusal(1, "")).isEqualTo("Report 1 is an old one; report 2 was due.");
    assertThat(refusal(2, "")).isEqualTo("Report 2 does not name the report before it.");
    assertThat(refusal(2, "cd")).isEmpty();

    stage.attachInferer("sun");
    assertThat(refusal(3, "cd")).isEqualTo("Report 3 came where report 1 was due.");
  }

  @Test
  void refusesReportsOfNodesThatAreNoInferers() {
    stage.attachUser("ann");

    List<RefereeEffect> effects = stage.report("ann", new Sketch());

    assertThat(Stage.only(effects, RefereeEffect.ReportRefused.class)).hasSize(1);
  }

  @Test
  void showsWhoLeft_forTenMinutes() {
    stage.sunny("sun", 1);
    stage.detach("sun");
    assertThat(stage.row("sun").presence()).isEqualTo(Presence.GONE);

    stage.after(Duration.ofMinutes(10));

    assertThat(stage.core.snapshot(stage.now).nodes()).isEmpty();
  }

  private String lowReason(Sketch sketch) {
    stage.report("sun", sketch);
    NetworkSnapshot.NodeRow row = stage.row("sun");
    assertThat(row.presence()).isEqualTo(Presence.LOW);
    return row.reason();
  }

  /// Why this report is refused; empty text when it is taken. Its own hash is `cd`.
  private String refusal(long sequence, String previous) {
    HeadroomReport report = new Sketch().draw(sequence, previous, stage.now);
    List<RefereeEffect> effects =
        stage.give(
            new RefereeInput.ReportReceived(stage.node("sun"), report, "cd", ReportTrust.FULL));
    return Stage.only(effects, RefereeEffect.ReportRefused.class).stream()
        .map(RefereeEffect.ReportRefused::reason)
        .findFirst()
        .orElse("");
  }
}
