// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A recording for a bug report: it decodes as the original did, and gives nothing away.
final class RecordCommandTest {
  private static final String METER =
      "{\"wifi_ssid\":\"Canary-Net\",\"unique_id\":\"4530303334\",\"active_power_w\":-543}";

  @TempDir private Path directory;

  private HttpServer meter;

  private record Ran(int exit, String out, String err) {}

  @BeforeEach
  void serves() throws Exception {
    meter = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    meter.createContext(
        "/",
        exchange -> {
          byte[] body = METER.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    meter.start();
    Files.writeString(
        Files.createDirectories(directory.resolve("home")).resolve("peermind.yaml"),
        "network: home\nroles: [referee, inferer]\nplace: {latitude: 48.1, longitude: 11.6}\n"
            + "energy: {adapter: homewizard, homewizard: {role: grid, name: Canary-Cellar,"
            + " host: 127.0.0.1, port: %d}}\n".formatted(meter.getAddress().getPort()));
  }

  @AfterEach
  void stops() {
    meter.stop(0);
  }

  private Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of("energy"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--home", directory.resolve("home").toString()));
    int exit =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    return new Ran(exit, out.toString(), err.toString());
  }

  @Test
  void writesWhatDecodesTheSame_withoutSecrets_andOnlyOnce() throws Exception {
    Path output = directory.resolve("recording");

    Ran recorded = run("record", "-o", output.toString());

    assertThat(recorded.exit()).as(recorded.err()).isZero();
    assertThat(recorded.out()).contains("grid exporting 543 W", "unique_id", "wifi_ssid");
    Path answer = output.resolve("01-device-1-homewizard-v1-data.json");
    try (Stream<Path> files = Files.list(output)) {
      for (Path file : files.toList()) {
        assertThat(Files.readString(file)).doesNotContain("Canary", "4530303334", "127.0.0.1");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .isEqualTo("rw-------");
      }
    }
    Ran decoded =
        run("decode", "--profile", "homewizard-v1-data", "--role", "grid", answer.toString());
    assertThat(decoded.out()).contains("\"grid_power_w\":-543.0");

    String before = Files.readString(answer);
    Ran again = run("record", "-o", output.toString());
    assertThat(again.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(again.err()).contains("--force").hasLineCount(1);
    assertThat(Files.readString(answer)).isEqualTo(before);
    assertThat(run("record", "--force", "-o", output.toString()).exit()).isZero();
  }

  @Test
  void writesNothing_whenTheDeviceIsSilent() {
    meter.stop(0);
    Path output = directory.resolve("recording");

    Ran silent = run("record", "-o", output.toString());

    assertThat(silent.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(silent.err()).contains("Nothing accepts connections").hasLineCount(1);
    assertThat(output).isEmptyDirectory();
  }
}
