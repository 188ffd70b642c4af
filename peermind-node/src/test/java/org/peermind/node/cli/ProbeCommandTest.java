// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an owner who does not know his device's profile sees.
final class ProbeCommandTest {
  private static final String METER =
      "{\"wifi_ssid\":\"x\",\"smr_version\":50,\"active_power_w\":-543.5,\"active_power_l1_w\":-543.5}";

  @TempDir private Path directory;

  private record Ran(int exit, String out, String err) {}

  private Ran probe(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    List<String> all = new ArrayList<>(List.of("energy", "probe"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--home", directory.resolve("home").toString()));
    int exit =
        Main.run(
            new PrintWriter(out, true), new PrintWriter(err, true), all.toArray(String[]::new));
    return new Ran(exit, out.toString(), err.toString());
  }

  @Test
  void printsTheConfigurationOfAMeter() throws Exception {
    HttpServer meter =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    meter.createContext(
        "/",
        exchange -> {
          byte[] body = METER.getBytes(StandardCharsets.UTF_8);
          boolean data = exchange.getRequestURI().getPath().equals("/api/v1/data");
          exchange.sendResponseHeaders(data ? 200 : 404, data ? body.length : -1);
          if (data) {
            exchange.getResponseBody().write(body);
          }
          exchange.close();
        });
    meter.start();
    try {
      int port = meter.getAddress().getPort();

      Ran found = probe("--host", "127.0.0.1:" + port);

      assertThat(found.exit()).as(found.err()).isZero();
      assertThat(found.out())
          .contains(
              "- {profile: homewizard, role: grid, host: 127.0.0.1, port: %d}".formatted(port));
      assertThat(found.err()).contains("grid exporting 544 W");
    } finally {
      meter.stop(0);
    }
  }

  @Test
  void saysInOneSentenceWhatWasTried_whenNothingAnswers() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }

    Ran nothing = probe("--host", "127.0.0.1:" + port);

    assertThat(nothing.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(nothing.out()).isEmpty();
    assertThat(nothing.err()).contains("nothing answers on the ports " + port).hasLineCount(1);
  }

  @Test
  void wantsAnAddress() {
    assertThat(probe().exit()).isEqualTo(ExitCode.WRONG_USAGE);
    assertThat(probe("--host", "http://x/").err()).contains("--host takes").hasLineCount(1);
  }
}
