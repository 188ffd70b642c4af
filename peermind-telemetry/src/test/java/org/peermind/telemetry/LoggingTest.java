// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.peermind.telemetry.Logging.Form;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

class LoggingTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @AfterEach
  void standardErrorAgain() {
    Logging.install(System.err, Form.TEXT, Level.WARN, ZoneOffset.UTC);
  }

  @Test
  void textShowsTimeLevelAndSentence() {
    Logging.install(out, Form.TEXT, Level.INFO, ZoneOffset.UTC);
    new Slf4jEventLog().record(activationChanged());
    assertThat(written())
        .matches(
            "\\d\\d:\\d\\d:\\d\\d\\.\\d{3} INFO  activation off -> warming at headroom 120 W: "
                + "headroom stayed above 80 W for 30 s\n");
  }

  @Test
  void jsonShowsEveryFieldInOneObjectALine() {
    Logging.install(out, Form.JSON, Level.INFO, ZoneOffset.UTC);
    new Slf4jEventLog().record(activationChanged());
    assertThat(written())
        .matches("\\{\"at\":\"\\d{4}-[^\"]+Z\",.*}\n")
        .endsWith(
            """
            "level":"INFO","event":"activation-changed","from":"OFF","to":"WARMING",\
            "headroomWatts":120.0,"reason":"headroom stayed above 80 W for 30 s",\
            "message":"activation off -> warming at headroom 120 W: \
            headroom stayed above 80 W for 30 s"}
            """);
  }

  @Test
  void jsonEscapesWhatAReasonMayHold() {
    Logging.install(out, Form.JSON, Level.INFO, ZoneOffset.UTC);
    new Slf4jEventLog()
        .record(new EnergyEvent.AdapterFailed(new Word("x"), Reason.of("a \"b\" \\ \ud800 é 😀")));
    assertThat(written()).contains("\"reason\":\"a \\\"b\\\" \\\\ \\ud800 é 😀\",\"message\":");
  }

  @Test
  void eventsBelowTheLevelAreLeftOut() {
    Logging.install(out, Form.TEXT, Level.WARN, ZoneOffset.UTC);
    new Slf4jEventLog().record(activationChanged());
    assertThat(written()).isEmpty();
    new Slf4jEventLog().record(new NodeEvent.ClockSkewed(Samples.OTHER, java.time.Duration.ZERO));
    assertThat(written()).contains("WARN");
  }

  @Test
  void librariesSpeakOnlyFromWarningsOnByEitherWay() {
    Logging.install(out, Form.TEXT, Level.DEBUG, ZoneOffset.UTC);
    LoggerFactory.getLogger("io.netty.handler").info("quiet");
    Logger.getLogger("io.grpc.Context").info("quiet");
    System.getLogger("io.helidon.webserver").log(System.Logger.Level.INFO, "quiet");
    assertThat(written()).isEmpty();
    LoggerFactory.getLogger("io.netty.handler").warn("loud one");
    Logger.getLogger("io.grpc.Context").warning("loud two");
    System.getLogger("io.helidon.webserver").log(System.Logger.Level.WARNING, "loud three");
    assertThat(written().lines())
        .satisfiesExactly(
            line -> assertThat(line).endsWith("WARN  io.netty.handler: loud one"),
            line -> assertThat(line).endsWith("WARN  io.grpc.Context: loud two"),
            line -> assertThat(line).endsWith("WARN  io.helidon.webserver: loud three"));
  }

  @Test
  void aLibrarysExceptionKeepsItsPlaceAndLosesItsMessage() {
    for (Form form : Form.values()) {
      out.reset();
      Logging.install(out, form, Level.INFO, ZoneOffset.UTC);
      LoggerFactory.getLogger("io.netty")
          .warn(
              "request failed\nsecond line",
              new IllegalStateException("CANARY", new IllegalArgumentException("CANARY")));
      assertThat(written())
          .contains("request failed second line")
          .contains("java.lang.IllegalStateException at LoggingTest.")
          .contains("caused by java.lang.IllegalArgumentException")
          .doesNotContain("CANARY")
          .hasLineCount(1);
    }
  }

  private static Event activationChanged() {
    return Samples.ofEachKind().get(4);
  }

  private String written() {
    return out.toString(StandardCharsets.UTF_8);
  }
}
