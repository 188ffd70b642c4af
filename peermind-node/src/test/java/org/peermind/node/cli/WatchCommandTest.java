// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The live power flow as its owner sees it.
final class WatchCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path home;

  private record Ran(int exit, String out, String err) {}

  private Ran watch(String reading, String... arguments) throws Exception {
    Path file = Files.writeString(home.resolve("reading.json"), reading);
    Files.writeString(
        home.resolve("peermind.yaml"),
        "network: home\nroles: [referee, inferer]\nplace: {latitude: 48.1, longitude: 11.6}\n"
            + "api: {listen: '127.0.0.1:1'}\n"
            + "energy: {adapter: generic-file, generic-file: {path: '%s'}}\n".formatted(file));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of("energy", "watch"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--home", home.toString()));
    int exit =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    return new Ran(exit, out.toString(), err.toString());
  }

  private static final String READING =
      "{\"pv_power_w\":3000,\"load_w\":800,\"grid_power_w\":-1200,\"battery_power_w\":1000,"
          + "\"battery_soc\":50}";

  @Test
  void readsTheDevicesItself_whenNoNodeRuns() throws Exception {
    Ran once = watch(READING, "--once", "--json");

    assertThat(once.exit()).as(once.err() + once.out()).isZero();
    JsonNode flow = JSON.readTree(once.out());
    assertThat(flow.path("pv_power_w").asDouble()).isEqualTo(3000);
    assertThat(flow.path("grid_power_w").asDouble()).isEqualTo(-1200);
    assertThat(flow.path("battery_soc").asDouble()).isEqualTo(50);
    assertThat(flow.path("quality").asText()).isEqualTo("ok");
  }

  @Test
  void drawsThePicture_withSignsInWords() throws Exception {
    assertThat(watch(READING, "--once").out())
        .contains("exporting 1200 W", "charging 1000 W", "[##########..........] 50 %")
        .doesNotContain("\u001b");
  }

  @Test
  void saysUnknownAndWhy_whenTheDeviceGivesNothing() throws Exception {
    Ran broken = watch("garbage", "--once", "--json");

    assertThat(broken.exit()).isEqualTo(ExitCode.FAILED);
    JsonNode flow = JSON.readTree(broken.out());
    assertThat(flow.path("pv_power_w").isNull()).isTrue();
    assertThat(flow.path("notes").path(0).asText()).contains("gives no reading");
  }

  @Test
  void takesTheFlowOfARunningNode_unlessItIsTooOld() throws Exception {
    String status =
        """
        {"energy": {"activation": "FULL", "reason": "Sun.", "flow":
          {"pv_power_w": 2000, "grid_power_w": 300, "quality": "ok", "age_seconds": %d}}}
        """;
    PowerFlow fresh =
        WatchedSite.OfNode.of(JSON.readTree(status.formatted(3)), Duration.ofSeconds(30));
    PowerFlow old =
        WatchedSite.OfNode.of(JSON.readTree(status.formatted(31)), Duration.ofSeconds(30));

    assertThat(fresh.line())
        .isEqualTo(
            "ok, pv 2000 W, house unknown, grid importing 300 W, battery unknown. Model FULL:"
                + " Sun.");
    assertThat(old.pvWatts()).isEmpty();
    assertThat(old.line()).startsWith("unknown, pv unknown").contains("too old to count");
  }

  @Test
  void wantsATime() throws Exception {
    Ran wrong = watch(READING, "--for", "soon");

    assertThat(wrong.exit()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(wrong.err()).contains("--for takes a time").hasLineCount(1);
  }
}
