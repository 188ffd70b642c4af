// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.testkit.Await;

/// The commands in the order in which a person meets them, and how the long ones end.
class CommandLineIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration STOP_MAX = Duration.ofSeconds(60);

  @Test
  void aPersonFoundsANetwork_invitesAFriend_andTheFriendAsks() throws Exception {
    String referee = home("founder");
    String friend = home("friend");
    int peerPort = TestNetwork.freePort();
    NodeProcess init =
        done(
            "init",
            "--home",
            referee,
            "--role",
            "referee,inferer",
            "--network",
            "street",
            "--place",
            "37.18,-3.6",
            "--listen",
            "127.0.0.1:" + peerPort,
            "--api",
            "127.0.0.1:" + TestNetwork.freePort());
    assertThat(init.out()).first().asString().startsWith("Node ");
    assertThat(NETWORK.run("init", "--home", referee, "--role", "referee").exitCode(PATIENCE))
        .as("a second init changes nothing")
        .isEqualTo(1);
    giveSun(Path.of(referee));

    String invitation = done("invite", "--home", referee, "--valid", "1h").out().getFirst();
    assertThat(invitation).startsWith("peermind://join/");
    done(
        "join",
        "--home",
        friend,
        "--place",
        "37.18,-3.6",
        "--api",
        "127.0.0.1:" + TestNetwork.freePort(),
        invitation);
    assertThat(NETWORK.run("status", "--home", friend).exitCode(PATIENCE))
        .as("no node runs yet")
        .isEqualTo(1);

    NETWORK.up("founder");
    NETWORK.up("friend");
    String friendsApi = NETWORK.node("friend").base();
    ChatClient client = new ChatClient(friendsApi);
    Await.until(
        "power at the founder's",
        PATIENCE.multipliedBy(2),
        () -> client.ask("Tell me a story.", 4).status() == 200);
    NodeProcess answer =
        done("ask", "--home", friend, "--max-tokens", "20", "Tell", "me", "a story.");
    assertThat(String.join("\n", answer.out())).isNotBlank();
    JsonNode whole =
        json(done("ask", "--home", friend, "--json", "--max-tokens", "5", "Tell me a story."));
    assertThat(whole.path("usage").path("completion_tokens").asInt()).isBetween(1, 5);
    looksAtTheNetwork(friend, referee);

    long started = System.nanoTime();
    NETWORK.node("friend").signal("INT");
    int code = NETWORK.node("friend").exitCode(STOP_MAX);
    System.out.printf(
        "Ctrl-C: up ended with %d after %d ms%n",
        code, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
    assertThat(code).isIn(0, 130);
    assertThat(isFree(friendsApi)).isTrue();
    assertThat(NETWORK.run("ask", "--home", friend, "Who?").exitCode(PATIENCE)).isEqualTo(1);
  }

  private static void looksAtTheNetwork(String friend, String referee) throws IOException {
    NodeProcess status = done("status", "--home", friend);
    System.out.println(String.join("\n", status.out()));
    assertThat(status.out()).anyMatch(line -> line.contains("network street"));
    assertThat(status.out()).anyMatch(line -> line.contains("READY") || line.contains("ready"));
    JsonNode facts = json(done("status", "--home", friend, "--json"));
    assertThat(facts.path("network").asText()).isEqualTo("street");
    assertThat(facts.path("queries").path("answered").asInt()).isPositive();
    assertThat(facts.path("queries").path("failed").asInt()).isZero();

    for (String home : List.of(friend, referee)) {
      NodeProcess doctor = done("doctor", "--home", home);
      assertThat(doctor.out()).isNotEmpty().allMatch(line -> line.startsWith("ok "));
    }
    Path model;
    try (Stream<Path> files = Files.walk(Path.of(referee))) {
      model = files.filter(file -> file.toString().endsWith(".gguf")).findFirst().orElseThrow();
    }
    assertThat(String.join("\n", done("model", "inspect", model.toString()).out()))
        .contains(TestNetwork.MODEL);
    assertThat(
            json(done("model", "inspect", "--json", model.toString()))
                .path("architecture")
                .asText())
        .isEqualTo("llama");
  }

  @Test
  void wrongUsageEndsWithTwo() {
    for (String[] arguments :
        new String[][] {{"nonsense"}, {"ask"}, {"up", "--colour"}, {"model", "inspect"}}) {
      NodeProcess command = NETWORK.run(arguments);
      assertThat(command.exitCode(PATIENCE)).isEqualTo(2);
      assertThat(command.err()).isNotEmpty();
    }
    assertThat(done("--version").out()).hasSize(1);
    assertThat(done("help").out()).isNotEmpty();
  }

  @Test
  void theDemoLeavesNothingBehind_afterCtrlC() throws IOException {
    NodeProcess demo =
        NodeProcess.start(
            "demo", NETWORK.directory().resolve("scratch"), List.of(), List.of("demo"));
    try {
      String base = demo.base();
      Await.until(
          "the demo's first question",
          PATIENCE,
          () -> demo.out().stream().anyMatch(line -> line.startsWith(">")));
      List<ProcessHandle> processes = demo.handle().descendants().toList();
      assertThat(processes).as("four nodes and their engines").hasSizeGreaterThanOrEqualTo(4);
      long started = System.nanoTime();
      // A terminal sends it to every process in the foreground.
      demo.signal("INT");
      processes.forEach(process -> Signals.send("INT", process.pid()));
      int code = demo.exitCode(STOP_MAX);
      System.out.printf(
          "Ctrl-C: demo and its %d processes ended with %d after %d ms%n",
          processes.size(), code, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started));
      assertThat(code).isIn(0, 130);
      assertThat(processes).noneMatch(ProcessHandle::isAlive);
      assertThat(isFree(base)).isTrue();
      Path scratch = NETWORK.directory().resolve("scratch").resolve("demo");
      assertThat(filesBelow(scratch)).isEmpty();
      assertThat(demo.err()).isEmpty();
      assertThat(demo.out()).noneMatch(line -> line.contains("null") || line.contains("refused"));
    } finally {
      demo.close();
    }
  }

  @Test
  void theNodesOfADemoThatIsKilledEndByThemselves() {
    NodeProcess demo =
        NodeProcess.start(
            "demo-killed", NETWORK.directory().resolve("scratch"), List.of(), List.of("demo"));
    demo.base();
    List<ProcessHandle> processes = demo.handle().descendants().toList();
    demo.kill();
    Await.until(
        "the end of every process of the killed demo",
        PATIENCE,
        () -> processes.stream().noneMatch(ProcessHandle::isAlive));
  }

  private static List<Path> filesBelow(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> !Files.isDirectory(file)).toList();
    }
  }

  private static boolean isFree(String base) throws IOException {
    int port = Integer.parseInt(base.substring(base.lastIndexOf(':') + 1));
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (java.net.BindException taken) {
      return false;
    }
  }

  /// What a person would do who cannot wait for the sun: a sunny recording, and a fast clock.
  private static void giveSun(Path home) throws IOException {
    Site sunny = Site.sunny(100);
    Files.writeString(home.resolve("day.csv"), sunny.recording());
    Path file = home.resolve("peermind.yaml");
    String yaml = Files.readString(file);
    Files.writeString(
        file,
        yaml.replace("energy:\n  adapter: simulated\n", sunny.energySections())
            .replace("report-every: 10s", "report-every: 1s"));
  }

  private static String home(String name) {
    return NETWORK.home(name).directory().toString();
  }

  private static NodeProcess done(String... arguments) {
    NodeProcess command = NETWORK.run(arguments);
    assertThat(command.exitCode(PATIENCE))
        .as("%s: %s %s", String.join(" ", arguments), command.out(), command.err())
        .isZero();
    return command;
  }

  private static JsonNode json(NodeProcess command) throws JsonProcessingException {
    return new ObjectMapper().readTree(String.join("\n", command.out()));
  }
}
