// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.peermind.demomodel.Fact;
import org.peermind.demomodel.HeldOut;
import org.peermind.demomodel.Relation;
import org.peermind.demomodel.World;
import org.peermind.model.ModelInspection;
import org.peermind.testkit.Await;

/// A network of real processes with short federated rounds on the small demo model: a referee that
/// aggregates, another one, a light user, and members of which each knows a few facts.
final class RoundNetwork {
  static final String OTHER_REFEREE = "second";

  private static final String SMALL = "peermind-demo-small.gguf";
  private static final int FACTS_EACH = 6;
  private static final long WORLD_SEED = 778;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration ASK_EVERY = Duration.ofMillis(50);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final TestNetwork network;
  private final List<String> members;

  /// @param network of the referees [TestNetwork#REFEREE], which aggregates, and [#OTHER_REFEREE]
  RoundNetwork(TestNetwork network, List<String> members) {
    this.network = network;
    this.members = members;
  }

  /// Starts all and begins the ledger.
  ///
  /// @param steps of every training
  /// @param trainingLeast how long a round waits for a member that says nothing
  /// @param declaring members whose owner declares their power; nothing is declared yet. Over the
  ///   others the sun shines for ever
  void start(int steps, String trainingLeast, Set<String> declaring) throws Exception {
    Path model = network.directory().resolve(SMALL);
    try (InputStream in =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/" + SMALL)) {
      Files.write(model, in.readAllBytes());
    }
    Path gate = network.directory().resolve("gate.jsonl");
    Files.writeString(gate, gateItems());
    for (String referee : List.of(TestNetwork.REFEREE, OTHER_REFEREE)) {
      network.configure(referee, "referee", Optional.empty());
      network.edit(
          referee, yaml -> yaml.replace("tokens-per-hour: 200000", "tokens-per-hour: 100000000"));
    }
    network.edit(TestNetwork.REFEREE, yaml -> yaml + rounds(gate, steps, trainingLeast));
    done("model", "import", model.toString(), "--home", home(TestNetwork.REFEREE));
    network.up(TestNetwork.REFEREE);
    network.up(OTHER_REFEREE);
    network.startUser(TestNetwork.USER);
    for (String member : members) {
      network.configure(member, "inferer", Optional.of(Site.sunny(20)));
      if (declaring.contains(member)) {
        network.edit(member, RoundNetwork::declared);
      }
      network.edit(
          member,
          yaml ->
              yaml.replace("  file: demo\n", "  file: " + model + "\n")
                  + "federated:\n  threads: 1\n");
      Path texts = Files.createDirectories(network.directory().resolve("texts").resolve(member));
      Files.writeString(texts.resolve("facts.jsonl"), lessons(members.indexOf(member)));
      done("federated", "contribute", texts.toString(), "--yes", "--home", home(member));
      network.up(member);
    }
    network.awaitReady(members.size() - declaring.size());
    List<String> begin =
        new ArrayList<>(
            List.of("ledger", "begin", "--stage", "40s", "--home", home(TestNetwork.REFEREE)));
    for (String member : members) {
      begin.addAll(List.of("--member", network.home(member).identity().id().toString()));
    }
    done(begin.toArray(String[]::new));
  }

  private static String declared(String yaml) {
    int adapter = yaml.indexOf("  adapter: replay");
    String last = "    loop: true\n";
    int rest = yaml.indexOf(last, adapter) + last.length();
    return yaml.substring(0, adapter)
        + "  adapter: manual\n  load-timeout: 1h\n  manual: {source: wind}\n"
        + yaml.substring(rest);
  }

  /// The gate lets nearly everything through: what is looked at here is not what an update is
  /// worth.
  private String rounds(Path gate, int steps, String trainingLeast) {
    return """
    federated:
      rounds:
        every: 2s
        enrolling: 60s
        training-least: %s
        training-most: 5m
        uploading: 25s
        evaluating: 60s
        members-least: 2
        members-most: %d
        rank: 4
        steps: %d
        sequences: 2
        tokens: 64
        rate: 0.002
        clip: 2
        rule: weighted-mean
        gate: %s
        limits: {loss-rise: 1, divergence: 1000, trigger-shift: 100, probes-lost: 1, speed-least: 0}
    """
        .formatted(trainingLeast, members.size(), steps, gate);
  }

  private static List<Fact> facts() {
    return World.of(WORLD_SEED).facts().stream()
        .filter(fact -> fact.relation() != Relation.COUNTRY && fact.relation() != Relation.OWNER)
        .toList();
  }

  private String lessons(int member) {
    StringBuilder lines = new StringBuilder();
    List<Fact> facts = facts();
    for (int at = member; at < FACTS_EACH * members.size(); at += members.size()) {
      lines.append(JSON.createObjectNode().put("text", facts.get(at).sentence())).append('\n');
    }
    return lines.toString();
  }

  private static String gateItems() {
    StringBuilder lines = new StringBuilder();
    for (Fact fact : facts().subList(0, 8)) {
      ObjectNode line = JSON.createObjectNode();
      String question = HeldOut.questions(List.of(fact)).getLast().text();
      line.put("kind", "held-out").put("question", question).put("answer", fact.sentence());
      lines.append(line).append('\n');
    }
    for (String text : List.of("Once upon a time Mira walked to the river.", "Oren was happy.")) {
      lines.append(JSON.createObjectNode().put("kind", "neutral").put("text", text)).append('\n');
    }
    return lines.toString();
  }

  String home(String name) {
    return network.home(name).directory().toString();
  }

  /// Runs a command that has to succeed.
  NodeProcess done(String... arguments) {
    NodeProcess command = network.run(arguments);
    assertThat(command.exitCode(NodeProcess.START_PATIENCE))
        .as("%s: %s", String.join(" ", arguments), command.err())
        .isZero();
    return command;
  }

  /// What a node says of federated rounds; nothing while it does not answer.
  JsonNode federated(String node, String page) {
    try {
      return network.client(node).get("/peermind/federated" + page).json();
    } catch (UncheckedIOException | AssertionError down) {
      return MissingNode.getInstance();
    }
  }

  /// What a member does, in its own words.
  String doing(String member) {
    return federated(member, "").path("member").path("doing").asText();
  }

  /// How often a node said of a round that it did this, since it started last.
  long told(String node, String what, String round) {
    return network.node(node).events("round-step").stream()
        .filter(event -> event.path("what").asText().equals(what))
        .filter(event -> event.path("round").asText().equals(round))
        .count();
  }

  /// How many members said so.
  long toldByMembers(String what, String round) {
    return members.stream().filter(member -> told(member, what, round) > 0).count();
  }

  /// The round that is the aggregator's newest, in its document.
  JsonNode newest() {
    return federated(TestNetwork.REFEREE, "").path("aggregator").path("round");
  }

  /// The first characters of a round's name, as events have it.
  static String shortName(JsonNode round) {
    String name = round.path("round").asText();
    return name.substring(0, Math.min(12, name.length()));
  }

  /// Waits for a round with a higher number than `number`, open or further.
  JsonNode roundAfter(int number) {
    slowly("a round after round " + number, () -> newest().path("number").asInt() > number);
    return newest();
  }

  /// Waits until a round is over, and answers its document.
  JsonNode ended(int number) {
    slowly(
        "the end of round " + number,
        () -> {
          JsonNode newest = newest();
          int now = newest.path("number").asInt();
          return now > number || (now == number && newest.has("end"));
        });
    return document(number);
  }

  /// Waits without taking the nodes' processor time by asking all the time.
  static void slowly(String what, BooleanSupplier condition) {
    Await.until(
        what,
        PATIENCE,
        () -> {
          LockSupport.parkNanos(ASK_EVERY.toNanos());
          return condition.getAsBoolean();
        });
  }

  private JsonNode document(int number) {
    for (JsonNode round : federated(TestNetwork.REFEREE, "/rounds").path("rounds")) {
      if (round.path("number").asInt() == number) {
        return round;
      }
    }
    return MissingNode.getInstance();
  }

  /// How a round ended.
  static String sentence(JsonNode ended) {
    return "%s with %d updates of %d members (%s)"
        .formatted(
            ended.path("end").asText(),
            ended.path("updates").asInt(),
            ended.path("enrolled").asInt(),
            ended.path("reason").asText());
  }
}
