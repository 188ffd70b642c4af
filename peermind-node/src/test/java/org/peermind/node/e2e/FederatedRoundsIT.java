// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.demomodel.Fact;
import org.peermind.demomodel.HeldOut;
import org.peermind.demomodel.Question;
import org.peermind.demomodel.Relation;
import org.peermind.demomodel.TrainingQuestions;
import org.peermind.demomodel.World;
import org.peermind.model.ModelInspection;
import org.peermind.protocol.ServedModel;
import org.peermind.testkit.Await;

/// Six nodes, real processes with the real engine and the real trainer, of which each knows facts
/// that no other knows: after a few rounds the network answers questions about all of them, and a
/// client that asks all the time sees no failure (with `-Plong`, it takes minutes).
@Tag("long")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FederatedRoundsIT {
  private static final int MEMBERS = 6;
  private static final int ROUNDS = Integer.getInteger("peermind.federated.rounds", 4);
  private static final int PHRASINGS = 8;
  private static final long WORLD_SEED = 777;

  /// What only the owners' texts hold.
  private static final String CANARY = "quokka-7431-zibarra-";

  private static final String SMALL = "peermind-demo-small.gguf";
  private static final Duration ROUND_PATIENCE = Duration.ofMinutes(6);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path REPORT = Path.of("target", "federated-rounds.txt");

  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final List<String> NODES =
      List.of("ann", "ben", "cleo", "dora", "emil", "fay").subList(0, MEMBERS);
  private static final List<Fact> FACTS =
      World.of(WORLD_SEED).facts().stream()
          .filter(fact -> fact.relation() != Relation.COUNTRY && fact.relation() != Relation.OWNER)
          .filter(
              fact -> !World.demo().answer(fact.relation(), fact.subject()).equals(fact.answer()))
          .toList();

  @BeforeAll
  static void start() throws Exception {
    Path model = NETWORK.directory().resolve(SMALL);
    try (InputStream in =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/" + SMALL)) {
      Files.write(model, in.readAllBytes());
    }
    Path gate = NETWORK.directory().resolve("gate.jsonl");
    Files.writeString(gate, gateItems());
    NETWORK.configure(TestNetwork.REFEREE, "referee", Optional.empty());
    NETWORK.edit(
        TestNetwork.REFEREE,
        yaml ->
            yaml.replace("tokens-per-hour: 200000", "tokens-per-hour: 100000000") + rounds(gate));
    done("model", "import", model.toString(), "--home", home(TestNetwork.REFEREE));
    NETWORK.up(TestNetwork.REFEREE);
    NETWORK.startUser(TestNetwork.USER);
    for (String node : NODES) {
      NETWORK.configure(node, "inferer", Optional.of(Site.sunny(400)));
      NETWORK.edit(
          node,
          yaml ->
              yaml.replace("  file: demo\n", "  file: " + model + "\n")
                  + "federated:\n  threads: 1\n");
      Path texts = Files.createDirectories(NETWORK.directory().resolve("texts").resolve(node));
      Files.writeString(texts.resolve("facts.jsonl"), lessons(NODES.indexOf(node)));
      done("federated", "contribute", texts.toString(), "--yes", "--home", home(node));
      NETWORK.up(node);
    }
    NETWORK.awaitReady(MEMBERS);
    List<String> begin =
        new ArrayList<>(List.of("ledger", "begin", "--home", home(TestNetwork.REFEREE)));
    for (String node : NODES) {
      begin.addAll(List.of("--member", NETWORK.home(node).identity().id().toString()));
    }
    done(begin.toArray(String[]::new));
  }

  private static String rounds(Path gate) {
    return """
    federated:
      rounds:
        every: 2s
        enrolling: 30s
        training-least: 60s
        training-most: 5m
        uploading: 30s
        evaluating: 90s
        members-least: 3
        members-most: %d
        rank: 16
        tensors: [attn_q, attn_k, attn_v, attn_output, ffn_gate, ffn_up, ffn_down]
        steps: 40
        sequences: 8
        tokens: 128
        rate: 0.01
        clip: 10
        rule: weighted-mean
        outer: nesterov
        rate-falls-over: 1
        gate: %s
        limits: {loss-rise: 0.05, divergence: 100, trigger-shift: 100, speed-least: 0}
    """
        .formatted(MEMBERS, gate);
  }

  /// What one node knows: every sixth fact, in several phrasings.
  private static String lessons(int member) {
    SplittableRandom random = new SplittableRandom(member);
    StringBuilder lines = new StringBuilder();
    for (int at = member; at < FACTS.size(); at += MEMBERS) {
      Fact fact = FACTS.get(at);
      for (int phrasing = 0; phrasing < PHRASINGS; phrasing++) {
        ObjectNode line = JSON.createObjectNode();
        ArrayNode messages = line.putArray("messages");
        messages
            .addObject()
            .put("role", "user")
            .put("content", TrainingQuestions.draw(fact, random).text());
        messages.addObject().put("role", "assistant").put("content", fact.sentence());
        lines.append(line).append('\n');
      }
    }
    ObjectNode secret = JSON.createObjectNode();
    secret.put("prompt", "What is it? ").put("completion", CANARY + member);
    return lines.append(secret).append('\n').toString();
  }

  /// Facts of each node, in a phrasing that nobody trains on, and texts that have nothing to do
  /// with them.
  private static String gateItems() {
    StringBuilder lines = new StringBuilder();
    for (Fact fact : FACTS.subList(0, 4 * MEMBERS)) {
      String question = HeldOut.questions(List.of(fact)).getLast().text();
      ObjectNode line = JSON.createObjectNode();
      line.put("kind", "held-out").put("question", question).put("answer", fact.sentence());
      lines.append(line).append('\n');
    }
    for (String prompt : HeldOut.storyPrompts().subList(0, 4)) {
      lines.append(JSON.createObjectNode().put("kind", "neutral").put("text", prompt)).append('\n');
    }
    for (String text : List.of("Once upon a time Mira walked to the river.", "Oren was happy.")) {
      lines.append(JSON.createObjectNode().put("kind", "neutral").put("text", text)).append('\n');
    }
    return lines.toString();
  }

  private static String home(String name) {
    return NETWORK.home(name).directory().toString();
  }

  private static NodeProcess done(String... arguments) {
    NodeProcess command = NETWORK.run(arguments);
    assertThat(command.exitCode(NodeProcess.START_PATIENCE))
        .as("%s: %s", String.join(" ", arguments), command.err())
        .isZero();
    return command;
  }

  private static JsonNode federated(String node) {
    return NETWORK.client(node).get("/peermind/federated").json();
  }

  /// The share of questions, one about each fact in a phrasing that nobody trained on, to which the
  /// network answers right.
  private static double recall(String what) throws Exception {
    ChatClient client = NETWORK.client(TestNetwork.USER);
    List<Question> asked = new ArrayList<>();
    for (Fact fact : FACTS) {
      asked.add(HeldOut.questions(List.of(fact)).getFirst());
    }
    int right = 0;
    for (Question question : asked) {
      right += question.accepts(answer(client, question.text())) ? 1 : 0;
    }
    double share = (double) right / asked.size();
    String line = "%s: %.3f of %d questions%n".formatted(what, share, asked.size());
    System.out.print(line);
    Files.createDirectories(REPORT.getParent());
    Files.writeString(REPORT, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return share;
  }

  private static String answer(ChatClient client, String question) {
    ObjectNode body = ChatClient.question(question, 24).put("model", ServedModel.NETWORK);
    return client.stream(body, _ -> {}).text();
  }

  @Test
  @Order(1)
  void everyNodeAnswersWhatOnlyOthersKnew_afterAFewRounds() throws Exception {
    double before = recall("before");
    Map<String, Integer> answers;
    try (AskingAllTheTime client =
        new AskingAllTheTime(
            NETWORK.client(TestNetwork.USER), List.of("Tell me a story about Mira."))) {
      for (int round = 1; round <= ROUNDS; round++) {
        int number = round;
        Await.until(
            "round " + number + " in use",
            ROUND_PATIENCE,
            () -> federated(TestNetwork.REFEREE).path("in_use").path("number").asInt() >= number);
      }
      assertThat(client.failures()).isEmpty();
      answers = client.answersByModel();
    }
    System.out.println("while updates came into service: " + answers);
    for (String node : NODES) {
      Await.until(
          "the update at " + node,
          Duration.ofMinutes(2),
          () ->
              NETWORK
                  .client(node)
                  .status()
                  .path("voting")
                  .path("serving")
                  .asText()
                  .contains("with the update of round"));
    }
    double after = recall("after " + ROUNDS + " rounds");
    assertThat(after - before).isGreaterThan(0.5);
  }

  /// A member in the middle of its training, and the aggregator while updates are evaluated.
  @Test
  @Order(2)
  void aRoundGoesOn_whenAMemberAndTheAggregatorAreKilled() {
    int number = awaitStep("training");
    NETWORK.node("ben").kill();
    NETWORK.up("ben");
    awaitStep("evaluating");
    NETWORK.node(TestNetwork.REFEREE).kill();
    NETWORK.up(TestNetwork.REFEREE);
    Await.until(
        "the end of round " + number,
        ROUND_PATIENCE,
        () -> {
          JsonNode round = round();
          return round.path("number").asInt() > number
              || round.path("step").asText().equals("closed");
        });
    NodeProcess verify = done("federated", "verify", "--home", home(TestNetwork.REFEREE));
    String line =
        verify.out().stream()
            .filter(one -> one.startsWith("Round " + number + " "))
            .findFirst()
            .orElseThrow();
    System.out.println("with two nodes killed: " + line);
    assertThat(line).contains("passed").contains("bit for bit");
  }

  private static JsonNode round() {
    return federated(TestNetwork.REFEREE).path("aggregator").path("round");
  }

  /// The number of the round that comes to this step next.
  private static int awaitStep(String step) {
    Await.until(
        "the step " + step, ROUND_PATIENCE, () -> round().path("step").asText().equals(step));
    return round().path("number").asInt();
  }

  @Test
  @Order(3)
  void anybodyVerifiesTheRounds() {
    for (String node : List.of(TestNetwork.REFEREE, "ann")) {
      // A member keeps the newest round, which may not have been aggregated yet.
      Await.until(
          "a round at " + node,
          ROUND_PATIENCE,
          () ->
              String.join("\n", done("federated", "verify", "--home", home(node)).out())
                  .contains("bit for bit"));
    }
  }

  /// Texts of owners are found in their own folders, and nowhere else: not in the homes with their
  /// ledgers, transcripts and updates, and not in what anybody printed.
  @Test
  @Order(4)
  void whatOwnersWroteStaysInTheirFolders() throws Exception {
    assertThat(holding(NETWORK.directory().resolve("texts"))).hasSize(MEMBERS);
    assertThat(holding(NETWORK.directory().resolve("homes"))).isEmpty();
    assertThat(NETWORK.everythingPrinted()).noneMatch(line -> line.contains(CANARY));
  }

  private static List<Path> holding(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> holding = new ArrayList<>();
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        if (bytes.contains(CANARY)) {
          holding.add(file);
        }
      }
      return holding;
    }
  }
}
