// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.ConfigTemplate;
import org.peermind.node.config.NodeConfig;
import org.peermind.node.config.NodeHome;
import org.peermind.node.role.RefereeRanking;
import org.peermind.protocol.Invitation;
import org.peermind.protocol.Invitation.OtherReferee;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.testkit.Await;

/// A network of real processes for the tests of one class: referees, light users and inferers in a
/// temporary directory. What the nodes printed is shown when a test fails; after the last test no
/// process of it may be left.
final class TestNetwork implements BeforeAllCallback, AfterTestExecutionCallback, AfterAllCallback {
  static final String MODEL = "peermind-demo";
  static final String REFEREE = "referee";
  static final String USER = "user";

  private static final String NETWORK = "test";
  private static final Duration READY_PATIENCE = Duration.ofSeconds(60);
  private static final int LOG_LINES_SHOWN = 60;

  private final Map<String, NodeProcess> nodes = new LinkedHashMap<>();
  private final List<NodeProcess> commands = new ArrayList<>();
  private final List<NodeProcess> ended = new ArrayList<>();
  private final Map<String, String> ids = new HashMap<>();
  private final List<String> referees;

  /// By referee.
  private final Map<String, Integer> peerPorts = new HashMap<>();

  private Path directory = Path.of("");
  private int commandNumber;

  /// A network with one referee.
  TestNetwork() {
    this(REFEREE);
  }

  /// A network with these referees, which trust each other.
  TestNetwork(String... referees) {
    this.referees = List.of(referees);
  }

  @Override
  public void beforeAll(ExtensionContext context) throws IOException {
    directory = Files.createTempDirectory("peermind-it-");
    for (String referee : referees) {
      peerPorts.put(referee, freePort());
      identify(referee);
    }
  }

  Path directory() {
    return directory;
  }

  int peerPort() {
    return peerPort(referees.getFirst());
  }

  private int peerPort(String referee) {
    return peerPorts.getOrDefault(referee, 0);
  }

  NodeHome home(String name) {
    return new NodeHome(directory.resolve("homes").resolve(name));
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException none) {
      throw new UncheckedIOException(none);
    }
  }

  // ---- nodes

  NodeProcess startReferee() {
    return startReferee(REFEREE);
  }

  NodeProcess startReferee(String name) {
    configure(name, "referee", Optional.empty());
    return up(name);
  }

  NodeProcess startUser(String name) {
    configure(name, "light-user", Optional.empty());
    return up(name);
  }

  NodeProcess startInferer(String name, Site site) {
    configure(name, "inferer", Optional.of(site));
    return up(name);
  }

  /// Writes a node's home as `init` and `join` would.
  void configure(String name, String role, Optional<Site> site) {
    NodeHome home = home(name);
    identify(name);
    try {
      ConfigTemplate template =
          new ConfigTemplate(
              NETWORK,
              NodeConfig.roles(List.of(role)),
              Optional.of("37.18,-3.6"),
              "127.0.0.1:" + peerPort(name),
              Optional.empty(),
              "127.0.0.1:" + freePort(),
              "demo");
      List<Invitation> invitations = new ArrayList<>();
      if (role.equals("referee")) {
        for (OtherReferee other : refereesBut(name)) {
          invitations.add(invitation(other.referee(), other.address(), List.of()));
        }
      } else {
        Invitation invitation = invitation();
        invitations.add(invitation);
        home.write(
            home.invitationFile(),
            Invitation.toLine(invitation.sign(home(referees.getFirst()).identity())) + "\n");
      }
      String yaml = template.render(invitations).replace("report-every: 10s", "report-every: 1s");
      if (site.isPresent()) {
        home.write(home.directory().resolve("day.csv"), site.get().recording());
        yaml = yaml.replace("energy:\n  adapter: simulated\n", site.get().energySections());
        if (site.get().tokensPerSecondMax().isPresent()) {
          yaml =
              yaml.replace(
                  "  slots: 2\n",
                  "  slots: 2\n  threads: 1\n  tokens-per-second-max: "
                      + site.get().tokensPerSecondMax().getAsDouble()
                      + "\n");
        }
      }
      home.write(home.configFile(), "log: {format: json}\n" + yaml);
    } catch (ConfigException unwritable) {
      throw new AssertionError(unwritable);
    }
  }

  /// Draws the node's key, unless it has one.
  private NodeId identify(String name) {
    try {
      home(name).create();
      NodeId id = home(name).createIdentity(new SecureRandom()).id();
      ids.put(id.toString(), name);
      return id;
    } catch (ConfigException unwritable) {
      throw new AssertionError(unwritable);
    }
  }

  /// Draws keys for a node until this referee is the home that it prefers.
  void identifyWithHome(String name, String referee) {
    List<NodeId> all = referees.stream().map(this::identify).toList();
    while (!RefereeRanking.of(identify(name), all).getFirst().equals(identify(referee))) {
      try {
        Files.delete(home(name).keyFile());
      } catch (IOException undeletable) {
        throw new UncheckedIOException(undeletable);
      }
    }
  }

  /// Changes a node's configuration before it starts.
  void edit(String name, UnaryOperator<String> change) {
    try {
      Path file = home(name).configFile();
      home(name).write(file, change.apply(Files.readString(file)));
    } catch (IOException | ConfigException unwritable) {
      throw new AssertionError(unwritable);
    }
  }

  /// By the first referee; it names the others.
  Invitation invitation() throws ConfigException {
    String first = referees.getFirst();
    return invitation(identify(first), "127.0.0.1:" + peerPort(first), refereesBut(first));
  }

  private static Invitation invitation(NodeId referee, String address, List<OtherReferee> others) {
    return new Invitation(
        new NetworkName(NETWORK),
        referee,
        List.of(address),
        InstantSource.system().instant().plus(Duration.ofDays(1)),
        others);
  }

  private List<OtherReferee> refereesBut(String name) {
    return referees.stream()
        .filter(referee -> !referee.equals(name))
        .map(other -> new OtherReferee(identify(other), "127.0.0.1:" + peerPort(other)))
        .toList();
  }

  /// Starts, or starts again, the node of this home.
  NodeProcess up(String name, String... javaOptions) {
    NodeProcess before = nodes.get(name);
    if (before != null) {
      before.close();
      ended.add(before);
    }
    NodeProcess node =
        NodeProcess.start(
            name,
            directory.resolve("scratch"),
            List.of(javaOptions),
            List.of("up", "--while-input-open", "--home", home(name).directory().toString()));
    nodes.put(name, node);
    return node;
  }

  NodeProcess node(String name) {
    NodeProcess node = nodes.get(name);
    if (node == null) {
      throw new AssertionError("no node " + name);
    }
    return node;
  }

  ChatClient client(String name) {
    return new ChatClient(node(name).base());
  }

  /// The name of the node with this identity.
  String nameOf(String nodeId) {
    return ids.getOrDefault(nodeId, "unknown " + nodeId);
  }

  /// Runs a command as a person would and waits for its end.
  NodeProcess run(String... arguments) {
    NodeProcess command =
        NodeProcess.start(
            "command-" + ++commandNumber,
            directory.resolve("scratch"),
            List.of(),
            List.of(arguments));
    commands.add(command);
    command.exitCode(NodeProcess.START_PATIENCE);
    return command;
  }

  // ---- what the network shows

  void awaitReady(int inferers) {
    awaitReady(USER, inferers);
  }

  /// Waits until a node is told of so many inferers that work is offered to.
  void awaitReady(String node, int inferers) {
    ChatClient user = client(node);
    Await.until(
        inferers + " ready inferers",
        READY_PATIENCE,
        () -> readyInferers(user.status()).size() >= inferers);
  }

  /// The names of the inferers that the referee offers work to.
  List<String> readyInferers(JsonNode status) {
    List<String> ready = new ArrayList<>();
    for (JsonNode row : status.path("nodes")) {
      if (row.path("presence").asText().equals("ready")) {
        ready.add(nameOf(row.path("node").asText()));
      }
    }
    return ready;
  }

  /// The engine's child process, by the node's own status.
  ProcessHandle engineOf(String name) {
    JsonNode pid = client(name).status().path("engine").path("child_pid");
    return ProcessHandle.of(pid.asLong(-1))
        .orElseThrow(() -> new AssertionError(name + " has no engine: " + pid));
  }

  /// Everything that every process printed, with its name before it.
  List<String> everythingPrinted() {
    List<String> lines = new ArrayList<>();
    Stream.of(ended, nodes.values(), commands)
        .flatMap(processes -> processes.stream())
        .forEach(
            process -> {
              process.out().forEach(line -> lines.add(process.name() + " out: " + line));
              process.err().forEach(line -> lines.add(process.name() + " err: " + line));
            });
    return lines;
  }

  // ---- the end

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      System.out.println("---- " + context.getDisplayName() + " failed; the nodes' last lines:");
      Stream.of(ended, nodes.values())
          .flatMap(processes -> processes.stream())
          .forEach(TestNetwork::show);
    }
  }

  private static void show(NodeProcess process) {
    System.out.println("-- " + process.name() + (process.isAlive() ? "" : " (ended)"));
    process.out().forEach(line -> System.out.println("   out " + line));
    List<String> err = process.err();
    err.subList(Math.max(0, err.size() - LOG_LINES_SHOWN), err.size())
        .forEach(line -> System.out.println("   err " + line));
  }

  @Override
  public void afterAll(ExtensionContext context) throws IOException {
    List<ProcessHandle> started = new ArrayList<>();
    nodes.values().forEach(node -> node.handle().descendants().forEach(started::add));
    nodes.values().forEach(node -> started.add(node.handle()));
    List<Throwable> stubborn = new ArrayList<>();
    // The referee last: the others say goodbye to it.
    nodes.values().stream().toList().reversed().forEach(node -> closed(node, stubborn));
    started.forEach(
        process -> Await.until("the end of " + process, READY_PATIENCE, () -> !process.isAlive()));
    if (!stubborn.isEmpty()) {
      throw new AssertionError(stubborn.getFirst());
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void closed(NodeProcess node, List<Throwable> stubborn) {
    try {
      node.close();
    } catch (AssertionError failed) {
      stubborn.add(failed);
    }
  }
}
