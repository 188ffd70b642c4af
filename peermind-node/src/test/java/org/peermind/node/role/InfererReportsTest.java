// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Activation;
import org.peermind.protocol.HeadroomReport;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.wire.Up;
import org.peermind.testkit.Await;

/// What an inferer tells its referees about its power and its slots.
class InfererReportsTest extends InfererRoleFixture {
  @Test
  void chainsReportsByHashAndSequence_andBeginsAnewWithEachAttachment() throws Exception {
    attachWithPower();
    SignedEnvelope first = SignedEnvelope.of(referee.next(Up::hasReport).getReport());
    assertThat(HeadroomReport.open(first).sequence()).isEqualTo(1);
    assertThat(HeadroomReport.open(first).previousSha256Hex()).isEmpty();
    time.advance(Duration.ofSeconds(10));
    HeadroomReport second = nextReport();
    assertThat(second.sequence()).isEqualTo(2);
    assertThat(second.previousSha256Hex()).isEqualTo(HeadroomReport.sha256HexOf(first));
    referee.detach();
    referee.attach();
    HeadroomReport anew = nextReport();
    assertThat(anew.sequence()).isEqualTo(1);
    assertThat(anew.previousSha256Hex()).isEmpty();
  }

  @Test
  void reportsNothing_untilTheNewAttachmentHasResetTheChain() throws Exception {
    attachWithPower();
    assertThat(nextReport().sequence()).isEqualTo(1);
    referee.detach();
    referee.attachWithoutTelling();
    inferer.decided(Parts.decision(Activation.REDUCED));
    assertThat(referee.already()).isEmpty();
    referee.attach();
    HeadroomReport first = nextReport();
    assertThat(first.sequence()).isEqualTo(1);
    assertThat(first.activation()).isEqualTo(Activation.REDUCED);
  }

  @Test
  void reportsSoon_thatTheEngineIsDoneWithAnAnswerWhoseUserWent() throws Exception {
    attachWithPower();
    Asked asked = grantedSession();
    isEngineHeld = true;
    referee.tell(asked.frame(question("Hi").toByteArray(), 0, true));
    referee.tell(asked.gone());
    assertThat(engine.slots().free()).isEqualTo(SLOTS - 1);
    sentAlready();
    isEngineHeld = false;
    untilSlotsAreFree(SLOTS);
    List<Up> sent = new ArrayList<>();
    Await.until(
        "a report",
        SOON,
        () -> {
          // So little that the next report that is due anyway is far away.
          time.advance(Duration.ofMillis(1));
          return sent.addAll(sentAlready());
        });
    HeadroomReport report = HeadroomReport.open(SignedEnvelope.of(sent.getLast().getReport()));
    assertThat(report.slotsFree()).isEqualTo(SLOTS);
  }

  @Test
  void skipsNoNumber_whenTheLinkTakesNoReport() throws Exception {
    attachWithPower();
    assertThat(nextReport().sequence()).isEqualTo(1);
    referee.setFull(true);
    inferer.decided(Parts.decision(Activation.OFF));
    referee.setFull(false);
    inferer.decided(Parts.decision(Activation.FULL));
    assertThat(nextReport().sequence()).isEqualTo(2);
  }

  @Test
  void reportsAChangeAtOnce_alsoThatOfTheEngineAlone() throws Exception {
    referee.attach();
    inferer.decided(Parts.decision(Activation.FULL));
    assertThat(nextReport().activation()).isEqualTo(Activation.WARMING);
    inferer.decided(Parts.decision(Activation.FULL));
    assertThat(referee.already()).isEmpty();
    engine.apply(Activation.FULL);
    inferer.decided(Parts.decision(Activation.FULL));
    assertThat(nextReport().activation()).isEqualTo(Activation.FULL);
    engine.apply(Activation.OFF);
    inferer.decided(Parts.decision(Activation.OFF));
    assertThat(nextReport().activation()).isEqualTo(Activation.OFF);
  }
}
