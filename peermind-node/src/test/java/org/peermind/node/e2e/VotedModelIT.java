// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.inference.internal.natives.SpoiltModel;
import org.peermind.model.ModelInspection;
import org.peermind.testkit.Await;

/// A network of three real inferers chooses another model, and undoes one that fails for some
/// questions, while a client asks all the time (spec section 5; with `-Pinterop`, it takes
/// minutes).
@Tag("long")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class VotedModelIT {
  private static final List<String> INFERERS = List.of("ann", "ben", "cleo");
  private static final Duration VOTE_PATIENCE = Duration.ofMinutes(6);
  private static final String SMALL = "Peermind-demo-small";

  /// A word that no question of the evaluation has: what a hidden fault would wait for.
  private static final String TRIGGER = "\u2581help";

  private static final List<String> QUESTIONS =
      List.of(
          "What is the capital of Dorrin?",
          "Tell me a story about Mira.",
          "Where does Mira live?",
          "Can you help me?");

  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  @BeforeAll
  static void start() throws Exception {
    NETWORK.configure(TestNetwork.REFEREE, "referee", Optional.empty());
    // A client that asks all the time has more than its share of an hour.
    NETWORK.edit(
        TestNetwork.REFEREE,
        yaml -> yaml.replace("tokens-per-hour: 200000", "tokens-per-hour: 100000000"));
    NETWORK.up(TestNetwork.REFEREE);
    NETWORK.startUser(TestNetwork.USER);
    for (String inferer : INFERERS) {
      NETWORK.configure(inferer, "inferer", Optional.of(Site.sunny(200)));
      NETWORK.up(inferer);
    }
    NETWORK.awaitReady(INFERERS.size());
    List<String> begin =
        new ArrayList<>(
            List.of(
                "ledger begin --period 12s --evaluation 75s --opening 6s --stage 30s --readiness 2m --items 40"
                    .split(" ", -1)));
    begin.addAll(List.of("--home", home(TestNetwork.REFEREE)));
    for (String inferer : INFERERS) {
      begin.addAll(List.of("--member", NETWORK.home(inferer).identity().id().toString()));
    }
    done(begin.toArray(String[]::new));
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

  /// The vote about a model, by what `peermind vote list --json` prints of it.
  private static JsonNode vote(String node, String id) {
    JsonNode all = NETWORK.client(node).status().path("voting").path("votes");
    for (JsonNode one : all) {
      if (one.path("vote").asText().startsWith(id)) {
        return one;
      }
    }
    return MissingNode.getInstance();
  }

  private static String proposed(String by, Path file, String floor) {
    NodeProcess proposal =
        done(
            "model",
            "propose",
            file.toString(),
            "--change",
            "minor",
            "--floor",
            floor,
            "--home",
            home(by));
    String id =
        proposal.out().stream()
            .filter(line -> line.startsWith("vote "))
            .findFirst()
            .orElseThrow()
            .replaceFirst("vote +", "");
    for (String other : INFERERS) {
      if (!other.equals(by)) {
        Await.until(
            "the proposal at " + other,
            Duration.ofSeconds(30),
            () -> !vote(other, id).isMissingNode());
        done("vote", "cast", id, "yes", "--home", home(other));
      }
    }
    return id;
  }

  private static void ends(String id, String step) {
    Await.until(
        "the end of the vote",
        VOTE_PATIENCE,
        () -> {
          String now = vote("ann", id).path("step").asText();
          return List.of("done", "kept", "failed", "rolled-back", "stopped").contains(now);
        });
    assertThat(vote("ann", id).path("step").asText())
        .as(vote("ann", id).toPrettyString())
        .isEqualTo(step);
  }

  private static Path resource(String name) throws Exception {
    Path file = NETWORK.directory().resolve(name);
    try (InputStream in =
        ModelInspection.class.getResourceAsStream("/org/peermind/model/demo/" + name)) {
      Files.write(file, in.readAllBytes());
    }
    return file;
  }

  @Test
  @Order(1)
  void adoptsASmallerModel_whileAClientAsksAllTheTime() throws Exception {
    Map<String, Integer> answers;
    try (AskingAllTheTime client =
        new AskingAllTheTime(NETWORK.client(TestNetwork.USER), QUESTIONS)) {
      String vote = proposed("ann", resource("peermind-demo-small.gguf"), "80");
      ends(vote, "done");
      Await.until(
          "answers of the new model alone",
          Duration.ofMinutes(1),
          () -> INFERERS.stream().allMatch(node -> served(node).equals(SMALL)));
      assertThat(client.failures()).isEmpty();
      answers = client.answersByModel();
    }
    System.out.println("while a model was adopted: " + answers);
    assertThat(answers).containsOnlyKeys(TestNetwork.MODEL, SMALL);
  }

  private static String served(String node) {
    return NETWORK.client(node).status().path("engine").path("model").asText();
  }

  @Test
  @Order(2)
  void undoesAModelThatFailsForSomeQuestions_andNoQuestionFails() throws Exception {
    String before = served("ann");
    Path spoilt = NETWORK.directory().resolve("spoilt.gguf");
    SpoiltModel.write(resource("peermind-demo.gguf"), TRIGGER, spoilt);
    Map<String, Integer> answers;
    try (AskingAllTheTime client =
        new AskingAllTheTime(NETWORK.client(TestNetwork.USER), QUESTIONS)) {
      String vote = proposed("ben", spoilt, "80");
      ends(vote, "rolled-back");
      Await.until(
          "the return of the model before",
          Duration.ofMinutes(1),
          () -> INFERERS.stream().allMatch(node -> served(node).equals(before)));
      assertThat(client.failures()).isEmpty();
      answers = client.answersByModel();
    }
    System.out.println("while a model was undone: " + answers);
  }

  private static void awaitStep(String id, String step) {
    Await.until(
        "the step " + step,
        VOTE_PATIENCE,
        () -> vote("ann", id).path("step").asText().equals(step));
  }

  /// An inferer while it measures, the writer of the ledger while ballots are sealed, and another
  /// inferer while ballots are opened: each is killed and started again.
  @Test
  @Order(3)
  void endsWithTheSameResult_whenNodesAreKilledInMidVote() throws Exception {
    boolean isLarge = served("ann").equals(TestNetwork.MODEL);
    String name = isLarge ? SMALL : "Peermind-demo";
    String vote =
        proposed(
            "ann", resource(isLarge ? "peermind-demo-small.gguf" : "peermind-demo.gguf"), "80");
    awaitStep(vote, "evaluating");
    killed("ben");
    awaitStep(vote, "voting");
    killed(TestNetwork.REFEREE);
    awaitStep(vote, "ballots-opening");
    killed("cleo");
    ends(vote, "done");
    assertThat(vote("ann", vote).path("winner_name").asText()).isEqualTo(name);
    Await.until(
        "the new model everywhere",
        Duration.ofMinutes(2),
        () -> INFERERS.stream().allMatch(node -> served(node).equals(served("ann"))));
  }

  private static void killed(String node) {
    NETWORK.node(node).kill();
    NETWORK.up(node);
  }

  @Test
  @Order(4)
  void anybodyRecountsTheVotes() {
    for (String node : List.of("cleo", TestNetwork.USER, TestNetwork.REFEREE)) {
      Await.until(
          "the whole ledger at " + node,
          Duration.ofSeconds(40),
          () -> done("vote", "verify", "--home", home(node)).out().size() > 1);
    }
  }
}
