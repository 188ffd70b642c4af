// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.testkit.Await;

/// Promise 4 of the design: no lost answer, whatever happens to the inferer that computes it.
class InterruptedAnswerIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final List<String> INFERERS = List.of("north", "east", "south");
  private static final List<String> QUESTIONS =
      List.of(
          "Tell me a story.",
          "Please tell me a long story.",
          "Tell me another story.",
          "Tell me a long story about a river.",
          "What do you know?",
          "Once upon a time");

  /// With `-Dpeermind.e2e.kills=N` a longer or shorter run than the twenty that issue 2 asks for.
  private static final int KILLS = Integer.getInteger("peermind.e2e.kills", 20);

  private static final long SEED = Long.getLong("peermind.seed", 20_261_122L);
  private static final int TOKENS_MAX = 36;
  private static final int CHUNKS_MIN = 12;
  private static final double TOKENS_PER_SECOND = 25;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// The same questions, answered without a disturbance; the longest answers only.
  private static List<Reference> references = List.of();

  private record Reference(String question, WatchedAnswer answer) {
    int chunks() {
      return answer.answer().chunks();
    }
  }

  @BeforeAll
  static void startNetwork() {
    NETWORK.startReferee();
    INFERERS.forEach(name -> NETWORK.startInferer(name, Site.sunny(TOKENS_PER_SECOND)));
    NETWORK.startUser(TestNetwork.USER);
    NETWORK.awaitReady(INFERERS.size());
    references =
        QUESTIONS.stream()
            .map(text -> new Reference(text, WatchedAnswer.ask(NETWORK, text, TOKENS_MAX)))
            .filter(reference -> reference.chunks() >= CHUNKS_MIN)
            .sorted(Comparator.comparingInt(Reference::chunks).reversed())
            .limit(3)
            .toList();
    assertThat(references).as("answers long enough to be interrupted").isNotEmpty();
  }

  @Test
  void everyAnswerIsCompleted_whenItsInfererIsKilledAtARandomToken() {
    NETWORK.awaitReady(INFERERS.size());
    System.out.printf("%d kills, replay with -Dpeermind.seed=%d%n", KILLS, SEED);
    Random random = new Random(SEED);
    List<Double> gapsMillis = new ArrayList<>();
    int ties = 0;
    int tries = 0;
    // On a busy machine a kill may come after the last token; it is tried again.
    for (; gapsMillis.size() < KILLS && tries < 2 * KILLS; tries++) {
      Reference reference = references.get(tries % references.size());
      int at = 1 + random.nextInt(reference.chunks() - 8);
      AtomicReference<ProcessHandle> engine = new AtomicReference<>();
      WatchedAnswer answer =
          WatchedAnswer.ask(
              NETWORK,
              reference.question(),
              TOKENS_MAX,
              at,
              name -> {
                engine.set(NETWORK.node(name).handle().children().findFirst().orElseThrow());
                NETWORK.node(name).kill();
              });
      assertCompleted(reference, answer);
      answer
          .continued()
          .ifPresent(event -> gapsMillis.add(1000 * event.path("gapSeconds").asDouble()));
      if (answer.answer().longestGap().compareTo(Duration.ofSeconds(1)) > 0) {
        System.out.println("a long gap: " + answer.continued());
        last(TestNetwork.REFEREE);
        last(TestNetwork.USER);
      }
      ties += answer.nearTies();
      Await.until("the engine's end", PATIENCE, () -> !requireNonNull(engine.get()).isAlive());
      NETWORK.up(answer.worker());
      NETWORK.awaitReady(2);
    }
    gapsMillis.sort(Comparator.naturalOrder());
    System.out.printf(
        Locale.ROOT,
        "%d inferers killed in mid-answer, %d near-ties counted; gap median %.0f ms, longest %.0f"
            + " ms%n",
        gapsMillis.size(),
        ties,
        gapsMillis.get(gapsMillis.size() / 2),
        gapsMillis.getLast());
    assertThat(gapsMillis).hasSize(KILLS);
  }

  @Test
  void theNodeStaysUpAndItsEngineComesBack_whenTheEngineIsKilledInMidAnswer() {
    NETWORK.awaitReady(INFERERS.size());
    AtomicReference<ProcessHandle> killed = new AtomicReference<>();
    WatchedAnswer answer =
        WatchedAnswer.ask(
            NETWORK,
            references.getFirst().question(),
            TOKENS_MAX,
            5,
            name -> {
              ProcessHandle engine = NETWORK.engineOf(name);
              killed.set(engine);
              engine.destroyForcibly();
            });
    assertContinues(references.getFirst(), answer);
    String victim = answer.worker();
    long before = System.nanoTime();
    Await.until(
        "another engine of " + victim,
        PATIENCE,
        () -> {
          var engine = NETWORK.client(victim).status().path("engine");
          return engine.path("state").asText().equals("ready")
              && engine.path("child_pid").asLong() != requireNonNull(killed.get()).pid();
        });
    System.out.printf(
        Locale.ROOT,
        "engine killed: gap %.0f ms, the engine was back %d ms after the answer's end%n",
        1000 * answer.continued().orElseThrow().path("gapSeconds").asDouble(),
        Duration.ofNanos(System.nanoTime() - before).toMillis());
    assertThat(NETWORK.node(victim).isAlive()).isTrue();
    assertThat(
            NETWORK
                .node(NETWORK.nameOf(answer.continued().get().path("to").asText()))
                .events("generation-ended")
                .getLast()
                .path("completionTokens")
                .asInt())
        .as("tokens that the second inferer computed itself")
        .isEqualTo(answer.tokens() - answer.continued().get().path("position").asInt());
    NETWORK.awaitReady(INFERERS.size());
  }

  @Test
  void anotherInfererGoesOn_whenOneIsStoppedInMidAnswer_andItIsOfUseAgainLater() {
    NETWORK.awaitReady(INFERERS.size());
    WatchedAnswer answer =
        WatchedAnswer.ask(
            NETWORK,
            references.getFirst().question(),
            TOKENS_MAX,
            5,
            name -> NETWORK.node(name).signal("STOP"));
    assertContinues(references.getFirst(), answer);
    String victim = answer.worker();
    double gap = answer.continued().orElseThrow().path("gapSeconds").asDouble();
    NETWORK.node(victim).signal("CONT");
    long before = System.nanoTime();
    NETWORK.awaitReady(INFERERS.size());
    System.out.printf(
        Locale.ROOT,
        "inferer stopped: gap %.2f s; ready again %d ms after it went on%n",
        gap,
        Duration.ofNanos(System.nanoTime() - before).toMillis());
    assertThat(gap).isGreaterThan(1.9);
    // With the others gone, nobody else can have answered.
    List<String> others = INFERERS.stream().filter(name -> !name.equals(victim)).toList();
    others.forEach(name -> NETWORK.node(name).kill());
    WatchedAnswer again = WatchedAnswer.ask(NETWORK, references.getFirst().question(), TOKENS_MAX);
    others.forEach(NETWORK::up);
    assertThat(again.worker()).isEqualTo(victim);
    assertEqualButForNearTies(references.getFirst(), again);
  }

  private static void last(String node) {
    NETWORK.node(node).err().reversed().stream()
        .limit(8)
        .forEach(line -> System.out.println("  " + node + " " + line));
  }

  private static void assertContinues(Reference reference, WatchedAnswer answer) {
    assertThat(answer.continued()).as("the fault landed in the answer").isPresent();
    assertCompleted(reference, answer);
  }

  private static void assertCompleted(Reference reference, WatchedAnswer answer) {
    assertThat(answer.answer().error()).isEmpty();
    assertThat(answer.answer().done()).as("[DONE]").isTrue();
    assertEqualButForNearTies(reference, answer);
  }

  /// Answers at temperature 0 are equal, or part at a token that the node counted as a near-tie:
  /// the shortest budget that shows the difference has one near-tie more than the budget before it.
  private static void assertEqualButForNearTies(Reference reference, WatchedAnswer answer) {
    if (answer.text().equals(reference.answer().text())) {
      return;
    }
    int tokens = 1;
    WatchedAnswer prefix = WatchedAnswer.ask(NETWORK, reference.question(), tokens);
    int nearTiesBefore = 0;
    while (answer.text().startsWith(prefix.text()) && tokens < TOKENS_MAX) {
      nearTiesBefore = prefix.nearTies();
      tokens++;
      prefix = WatchedAnswer.ask(NETWORK, reference.question(), tokens);
    }
    System.out.printf("parted at token %d, a near-tie?%n", tokens);
    assertThat(prefix.nearTies())
        .as(
            "%n%s%nand the uninterrupted%n%s%npart at token %d, which is no near-tie",
            answer.text(), reference.answer().text(), tokens)
        .isGreaterThan(nearTiesBefore);
  }
}
