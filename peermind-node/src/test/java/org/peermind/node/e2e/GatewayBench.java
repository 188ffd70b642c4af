// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.testkit.Await;

/// The processor time that the network adds to a request and to a token: first of one node whose
/// model is at the yardstick's own fake server, beside nginx and haproxy in one run of the
/// yardstick `gateway_bench.mjs` (`-Dpeermind.bench.gateway=` names it); then of user, referee and
/// inferer, when the same answers are relayed. Everything is warmed first (docs/benchmarks.md).
@Tag("bench")
class GatewayBench {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final String NODE = "noon";
  private static final String YARDSTICK = System.getProperty("peermind.bench.gateway", "");
  private static final int ROUNDS = Integer.getInteger("peermind.bench.rounds", 3);
  private static final int SECONDS = Integer.getInteger("peermind.bench.seconds", 3);
  private static final int WARM_SECONDS = Integer.getInteger("peermind.bench.warm-seconds", 60);
  private static final int HELD_PORT = 28_001;
  private static final int LISTED_PORT = 28_051;
  private static final int OTHERS_PORT = 28_101;

  /// The yardstick counts what follows the first fifth of a load.
  private static final double COUNTED_SHARE = 0.8;

  private static final ObjectMapper JSON = new ObjectMapper();

  /// What a referee lets one user have at once, eight answers.
  private static final List<Load> RELAYED =
      List.of(
          new Load("JSON request, 8 connections", 8, false, 1, 0),
          new Load("token, 1 stream at 200/s", 1, true, 64, 5_000),
          new Load("token, 8 streams at 50/s", 8, true, 64, 20_000),
          new Load("token, 8 streams unpaced", 8, true, 2_048, 0));

  private record Load(String name, int connections, boolean streams, int tokens, int paceMicros) {
    /// What a run of the yardstick's client counts as one. Tokens that travel together come in one
    /// event, so those of an unpaced stream are counted by answers.
    double count(JsonNode result) {
      if (!streams) {
        return result.path("reqs").asDouble();
      }
      return paceMicros == 0
          ? result.path("reqs").asDouble() * tokens
          : result.path("toks").asDouble();
    }
  }

  @Test
  void comparesANodeWithGatewaysAndMeasuresTheRelay() throws Exception {
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
      startNodes();
      System.out.println("---- beside others, microseconds of processor time");
      yardstick(started, "none", 1, Math.max(1, WARM_SECONDS / 4));
      yardstick(started, "direct,nginx,haproxy", ROUNDS, SECONDS);
      System.out.println("---- relayed, microseconds of processor time, median of the rounds");
      for (Load load : RELAYED) {
        run(load, Math.max(1, WARM_SECONDS / 4));
      }
      for (Load load : RELAYED) {
        measure(load);
      }
      measureIdle();
    } finally {
      started.reversed().forEach(Process::destroy);
    }
  }

  private static void yardstick(List<Process> started, String others, int rounds, int seconds)
      throws IOException, InterruptedException {
    Process yardstick =
        script(
                YARDSTICK,
                "--rounds",
                Integer.toString(rounds),
                "--secs",
                Integer.toString(seconds),
                "--only",
                others,
                "--upstream-port",
                Integer.toString(OTHERS_PORT),
                "--ours",
                NETWORK.client(NODE).base() + "/v1/chat/completions",
                "--ours-pid",
                Long.toString(NETWORK.node(NODE).pid()),
                "--ours-model",
                TestNetwork.MODEL)
            .start();
    started.add(yardstick);
    assertThat(yardstick.waitFor()).as("the yardstick's exit code").isZero();
  }

  private static void measure(Load load) throws IOException, InterruptedException {
    Map<String, List<Double>> micros = new TreeMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      Map<String, Duration> before = processorTime();
      double count = load.count(run(load, SECONDS));
      assertThat(count).as(load.name()).isPositive();
      processorTime()
          .forEach(
              (node, after) ->
                  micros
                      .computeIfAbsent(node, _ -> new ArrayList<>())
                      .add(micros(after.minus(before.get(node))) * COUNTED_SHARE / count));
    }
    StringBuilder line = new StringBuilder(load.name()).append(':');
    micros.forEach(
        (node, rounds) ->
            line.append(
                " %s %.1f"
                    .formatted(node, rounds.stream().sorted().toList().get(rounds.size() / 2))));
    System.out.println(line);
  }

  private static double micros(Duration duration) {
    return duration.toNanos() / 1e3;
  }

  /// What the nodes use while nobody asks them anything; the last answers' traces settle first.
  private static void measureIdle() throws InterruptedException {
    Duration watched = Duration.ofSeconds(20);
    new CountDownLatch(1).await(watched.toMillis(), TimeUnit.MILLISECONDS);
    Map<String, Duration> before = processorTime();
    new CountDownLatch(1).await(watched.toMillis(), TimeUnit.MILLISECONDS);
    processorTime()
        .forEach(
            (node, after) ->
                System.out.printf(
                    "idle: %s %.1f ms a second%n",
                    node, micros(after.minus(before.get(node))) / 1e3 / watched.toSeconds()));
  }

  private static Map<String, Duration> processorTime() {
    Map<String, Duration> times = new TreeMap<>();
    for (String node : List.of(TestNetwork.USER, TestNetwork.REFEREE, NODE)) {
      times.put(node, NETWORK.node(node).handle().info().totalCpuDuration().orElseThrow());
    }
    return times;
  }

  /// Asks the user's node with the yardstick's client.
  private static JsonNode run(Load load, int seconds) throws IOException, InterruptedException {
    ProcessBuilder client =
        new ProcessBuilder(
            NETWORK.directory().resolve("sse_load").toString(),
            NETWORK.client(TestNetwork.USER).base() + "/v1/chat/completions",
            Integer.toString(load.connections()),
            Integer.toString(seconds),
            load.streams() ? "1" : "0",
            Integer.toString(load.tokens()),
            Integer.toString(load.paceMicros()));
    client.environment().put("MODEL", TestNetwork.MODEL);
    Process running = client.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String out = new String(running.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(running.waitFor()).as("the client's exit code").isZero();
    return JSON.readTree(out);
  }

  /// The yardstick compiles its client into the network's directory.
  private static ProcessBuilder script(String file, String... arguments) {
    List<String> command = new ArrayList<>(List.of("node", file));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("PERF_CACHE", NETWORK.directory().toString());
    return builder
        .redirectOutput(ProcessBuilder.Redirect.INHERIT)
        .redirectError(ProcessBuilder.Redirect.INHERIT);
  }

  private static void startNodes() throws IOException {
    NETWORK.configure(TestNetwork.REFEREE, "referee", Optional.empty());
    NETWORK.edit(
        TestNetwork.REFEREE,
        yaml ->
            yaml.replaceFirst(
                "tokens-per-hour: .*\n",
                "tokens-per-hour: 1000000000\n  accept-unverified-models: true\n"));
    NETWORK.configure(TestNetwork.USER, "light-user", Optional.empty());
    NETWORK.configure(NODE, "inferer", Optional.of(Site.sunny(1_000_000)));
    NETWORK.edit(
        NODE,
        yaml ->
            yaml.replaceFirst(
                    " {2}file: .*\n",
                    "  engine: openai\n  url: http://127.0.0.1:%d\n  model: fake\n  name: %s\n"
                        .formatted(LISTED_PORT, TestNetwork.MODEL))
                .replaceFirst("context-tokens: .*\n", "context-tokens: 4096\n")
                .replaceFirst("slots: .*\n", "slots: 64\n")
                .replaceFirst(" {2}tokens-per-second-max: .*\n", ""));
    for (String node : List.of(TestNetwork.REFEREE, TestNetwork.USER, NODE)) {
      NETWORK.up(node, "-XX:TieredStopAtLevel=4", "-Xmx256m");
    }
    ChatClient owner = NETWORK.client(NODE);
    Await.until(
        "the model at the fake server",
        NodeProcess.START_PATIENCE,
        () -> owner.status().path("engine").path("state").asText().equals("ready"));
    assertThat(owner.ask("hello", 1).status()).isEqualTo(200);
    NETWORK.awaitReady(1);
  }
}
