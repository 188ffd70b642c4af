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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Energy devices as their owner types about them.
final class EnergyCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  private record Ran(int exit, String out, String err) {}

  private Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--home");
    all.add(directory.resolve("home").toString());
    int exit =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    return new Ran(exit, out.toString(), err.toString());
  }

  private String file(String name, String text) throws Exception {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  @Test
  void listsWhatCanBeRead_andThatNothingOfItWasRecorded() {
    Ran listed = run("energy", "adapters");

    assertThat(listed.exit()).as(listed.err()).isZero();
    assertThat(listed.out())
        .containsPattern("fronius +http +unverified +site,grid,pv,battery,load");
    assertThat(listed.out()).contains("unverified: counts at most as level 1");
    assertThat(listed.err()).isEmpty();
  }

  @Test
  void decodesARecordedAnswer_andSaysWhatIsUnknown() throws Exception {
    String answer =
        file("answer.json", "{\"emeters\":[{\"power\":-7.25,\"is_valid\":true}],\"unixtime\":0}");

    Ran decoded =
        run("energy", "decode", "--profile", "shelly-gen1-status", "--role", "grid", answer);

    assertThat(decoded.exit()).as(decoded.err()).isZero();
    JsonNode reading = JSON.readTree(decoded.out());
    assertThat(reading.path("grid_power_w").asDouble()).isEqualTo(-7.25);
    assertThat(reading.path("pv_power_w").isNull()).isTrue();
    assertThat(reading.path("quality").asText()).isEqualTo("ok");
  }

  @Test
  void saysInOneSentence_whyThereIsNoReading() throws Exception {
    String page = file("page.html", "<!DOCTYPE html><html><body>Log in</body></html>");

    Ran decoded = run("energy", "decode", "--profile", "fronius-solarapi-powerflow", page);

    assertThat(decoded.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(decoded.out()).isEmpty();
    assertThat(decoded.err())
        .contains(
            "fronius-solarapi-powerflow gives no reading: the answer is a web page, not JSON.")
        .hasLineCount(1);
  }

  @Test
  void asksForTheRole_ofABareMeter() throws Exception {
    String answer = file("answer.json", "{\"active_power_w\":5}");

    Ran decoded = run("energy", "decode", "--profile", "homewizard-v1-data", answer);

    assertThat(decoded.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(decoded.err()).contains("needs --role");
  }

  @Test
  void readsADevice_thatOneFileOfTheOwnerDescribes() throws Exception {
    Path profiles = Files.createDirectories(directory.resolve("home/profiles"));
    Files.writeString(
        profiles.resolve("my-meter.yaml"),
        """
        profile: my-meter
        title: The meter in my cellar
        transport: file
        answers:
          - interface: my-meter-status
            roles:
              grid: {grid_power_w: now.watts - now.sold}
            samples:
              - {name: sold, origin: recorded, role: grid, answer: '{"now":{"watts":0,"sold":3}}', reading: {grid_power_w: -3}}
        """);
    String answer = file("answer.json", "{\"now\":{\"watts\":12,\"sold\":0}}");

    Ran decoded = run("energy", "decode", "--profile", "my-meter-status", answer);

    assertThat(decoded.exit()).as(decoded.err()).isZero();
    assertThat(JSON.readTree(decoded.out()).path("grid_power_w").asDouble()).isEqualTo(12);
    assertThat(run("energy", "adapters").out()).containsPattern("my-meter +file +verified +grid");
  }

  @Test
  void leavesOutAProfile_thatContradictsItsSample_andSaysSo() throws Exception {
    Path profiles = Files.createDirectories(directory.resolve("home/profiles"));
    Files.writeString(
        profiles.resolve("wrong.yaml"),
        """
        profile: wrong
        transport: file
        answers:
          - interface: wrong-status
            roles:
              grid: {grid_power_w: -watts}
            samples:
              - {name: import, origin: documented, role: grid, answer: '{"watts":3}', reading: {grid_power_w: 3}}
        """);

    Ran listed = run("energy", "adapters");

    assertThat(listed.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(listed.err())
        .contains("the sample 'import' of wrong-status does not decode to what it promises")
        .contains("grid_power_w is -3.0 where 3 is promised");
    assertThat(listed.out()).contains("fronius").doesNotContain("wrong");
  }
}
