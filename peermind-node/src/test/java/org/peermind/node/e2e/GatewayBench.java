// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.testkit.Await;

/// The processor time that a node adds to a request and to a token, beside nginx and haproxy in one
/// run: the yardstick `gateway_bench.mjs` (`-Dpeermind.bench.gateway=` names it) asks a node whose
/// model is at the yardstick's own fake server (docs/benchmarks.md).
@Tag("bench")
class GatewayBench {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final String NODE = "noon";
  private static final String YARDSTICK = System.getProperty("peermind.bench.gateway", "");
  private static final String ROUNDS = System.getProperty("peermind.bench.rounds", "3");
  private static final int HELD_PORT = 28_001;
  private static final int LISTED_PORT = 28_051;
  private static final int OTHERS_PORT = 28_101;

  @Test
  void comparesANodeWithGateways() throws Exception {
    assertThat(YARDSTICK).as("-Dpeermind.bench.gateway").isNotEmpty();
    List<Process> started = new ArrayList<>();
    try {
      started.add(
          script(YARDSTICK, "--hold", "--upstream-port", Integer.toString(HELD_PORT)).start());
      started.add(
          script(
                  Path.of("src", "test", "js", "listed_upstream.mjs").toString(),
                  Integer.toString(LISTED_PORT),
                  Integer.toString(HELD_PORT))
              .start());
      startNode();
      Process yardstick =
          script(
                  YARDSTICK,
                  "--rounds",
                  ROUNDS,
                  "--secs",
                  "2",
                  "--only",
                  "direct,nginx,haproxy",
                  "--upstream-port",
                  Integer.toString(OTHERS_PORT),
                  "--ours",
                  NETWORK.client(NODE).base() + "/v1/chat/completions",
                  "--ours-pid",
                  Long.toString(NETWORK.node(NODE).handle().pid()),
                  "--ours-model",
                  TestNetwork.MODEL)
              .inheritIO()
              .start();
      started.add(yardstick);
      assertThat(yardstick.waitFor()).as("the yardstick's exit code").isZero();
    } finally {
      started.reversed().forEach(Process::destroy);
    }
  }

  private static ProcessBuilder script(String file, String... arguments) {
    List<String> command = new ArrayList<>(List.of("node", file));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
        .redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  private static void startNode() throws IOException {
    NETWORK.startReferee();
    NETWORK.configure(NODE, "inferer", Optional.of(Site.sunny(1_000_000)));
    NETWORK.edit(
        NODE,
        yaml ->
            yaml.replaceFirst(
                    " {2}file: .*\n",
                    "  engine: openai\n  url: http://127.0.0.1:%d\n  model: fake\n  name: %s\n"
                        .formatted(LISTED_PORT, TestNetwork.MODEL))
                .replaceFirst("slots: .*\n", "slots: 16\n")
                .replaceFirst(" {2}tokens-per-second-max: .*\n", ""));
    NETWORK.up(NODE, "-XX:TieredStopAtLevel=4");
    ChatClient owner = NETWORK.client(NODE);
    Await.until(
        "the model at the fake server",
        NodeProcess.START_PATIENCE,
        () -> owner.status().path("engine").path("state").asText().equals("ready"));
    assertThat(owner.ask("hello", 1).status()).isEqualTo(200);
  }
}
