// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.testkit.Await;

/// Issue 6: `kill -9` of a member and of the aggregator at every step of a round, with real
/// processes, the real engine and the real trainer. Every round ends with the sum of those who gave
/// an update, or is aborted with a reason, and the next one opens (with `-Plong`, it takes
/// minutes). `-Dpeermind.kills=train,upload` runs some of the steps.
@Tag("long")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RoundKillsIT {
  private static final List<String> MEMBERS = List.of("ann", "ben", "cleo");
  private static final String VICTIM = "ann";
  private static final int STEPS = 40;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Path REPORT = Path.of("target", "round-kills.txt");
  private static final Pattern VERIFIED = Pattern.compile("Round ([0-9]+) .*");

  @RegisterExtension
  static final TestNetwork NETWORK =
      new TestNetwork(TestNetwork.REFEREE, RoundNetwork.OTHER_REFEREE);

  private static final RoundNetwork ROUNDS = new RoundNetwork(NETWORK, MEMBERS);

  /// The newest round that a kill was seen in.
  private static int last;

  /// What verifying said of each round.
  private static final Map<Integer, String> VERDICTS = new TreeMap<>();

  /// Where in a round somebody is killed: as soon as this is seen.
  private enum Moment {
    ENROL,
    TRAIN,
    COMMIT,
    UPLOAD,
    AGGREGATE,
    EVALUATE,
    CLOSE,
    PUBLISH,
    LOAD;

    boolean isThere(JsonNode round, String victim) {
      String name = RoundNetwork.shortName(round);
      boolean isMember = victim.equals(VICTIM);
      return switch (this) {
        case ENROL -> led("round-opened", name);
        case TRAIN ->
            isMember ? ROUNDS.doing(VICTIM).startsWith("It trains: ") : led("roster-closed", name);
        case COMMIT -> signed(round, ".commit");
        case UPLOAD -> led("commits-closed", name);
        case AGGREGATE -> ROUNDS.toldByMembers("update-given", name) == MEMBERS.size();
        case EVALUATE -> led("updates-aggregated", name);
        case CLOSE ->
            isMember
                ? signed(round, ".evaluation")
                : ROUNDS.toldByMembers("evaluated", name) == MEMBERS.size();
        case PUBLISH -> led("round-closed", name);
        case LOAD ->
            NETWORK
                .client(VICTIM)
                .status()
                .path("voting")
                .path("serving")
                .asText()
                .startsWith("It changes to the network's model");
      };
    }

    private static boolean led(String what, String round) {
      return ROUNDS.told(TestNetwork.REFEREE, what, round) > 0;
    }

    /// The member has signed it, and may not have said it.
    private static boolean signed(JsonNode round, String ending) {
      return Files.exists(
          NETWORK
              .home(VICTIM)
              .memberDirectory()
              .resolve("rounds")
              .resolve(round.path("round").asText() + ending));
    }
  }

  @BeforeAll
  static void start() throws Exception {
    ROUNDS.start(STEPS, "90s", Set.of());
    for (String node : List.of(TestNetwork.REFEREE, RoundNetwork.OTHER_REFEREE)) {
      Await.until(
          "the ledger at " + node,
          PATIENCE,
          () -> !NETWORK.client(node).status().path("ledger").isMissingNode());
    }
    JsonNode first = ROUNDS.roundAfter(0);
    last = first.path("number").asInt();
    tell("before any kill: " + RoundNetwork.sentence(ROUNDS.ended(last)));
  }

  /// Who is killed when, in one round.
  private record Kill(Moment moment, String victim) {}

  /// Two kills a round, of the member and of the aggregator at different steps.
  private static List<List<Kill>> plan() {
    String wanted = System.getProperty("peermind.kills", "");
    List<Moment> moments = List.of(Moment.values());
    List<List<Kill>> plan = new ArrayList<>();
    for (int at = 0; at < moments.size(); at++) {
      Kill member = new Kill(moments.get(at), VICTIM);
      Kill aggregator = new Kill(moments.get((at + 4) % moments.size()), TestNetwork.REFEREE);
      boolean isWanted =
          wanted.isEmpty()
              || List.of(wanted.split(","))
                  .contains(member.moment().name().toLowerCase(Locale.ROOT));
      if (isWanted) {
        plan.add(
            member.moment().compareTo(aggregator.moment()) < 0
                ? List.of(member, aggregator)
                : List.of(aggregator, member));
      }
    }
    return plan;
  }

  @Test
  @Order(1)
  void everyRoundEnds_whoeverIsKilledAtWhicheverStep() {
    try (AskingAllTheTime client =
        new AskingAllTheTime(
            NETWORK.client(TestNetwork.USER), List.of("Tell me a story about Mira."))) {
      for (List<Kill> kills : plan()) {
        JsonNode round = ROUNDS.roundAfter(last);
        long began = System.nanoTime();
        for (Kill kill : kills) {
          kill(kill, round, client);
        }
        for (int number = round.path("number").asInt(); number <= last; number++) {
          ends(number, began);
        }
      }
      tell("answers meanwhile: " + client.answersByModel() + ", failures " + client.failures());
      assertThat(client.failures()).isEmpty();
    }
  }

  private static void ends(int number, long began) {
    JsonNode ended = ROUNDS.ended(number);
    tell(
        "round %d %s after %.1f s".formatted(number, RoundNetwork.sentence(ended), seconds(began)));
    assertThat(ended.path("end").asText()).as(ended.toPrettyString()).isIn("passed", "aborted");
    assertThat(ended.path("reason").asText()).isNotEmpty();
  }

  private static void kill(Kill kill, JsonNode round, AskingAllTheTime client) {
    int failures = client.failures().size();
    String victim = kill.victim();
    long began = System.nanoTime();
    await(kill.moment(), round, victim);
    // An update is loaded when the next round is under way.
    int number =
        kill.moment() == Moment.LOAD
            ? Math.max(last, ROUNDS.newest().path("number").asInt())
            : round.path("number").asInt();
    double waited = seconds(began);
    long killed = System.nanoTime();
    List<ProcessHandle> children = NETWORK.node(victim).handle().descendants().toList();
    NETWORK.node(victim).kill();
    NETWORK.up(victim).base();
    tell(
        "%-9s %-10s round %d: seen after %.1f s, killed, back after %.1f s, %d failed answers"
            .formatted(
                kill.moment().name().toLowerCase(Locale.ROOT),
                victim.equals(VICTIM) ? "member" : "aggregator",
                number,
                waited,
                seconds(killed),
                client.failures().size() - failures));
    Await.until(
        "the end of what the killed process had started",
        PATIENCE,
        () -> children.stream().noneMatch(ProcessHandle::isAlive));
    last = number;
  }

  /// What a page tells is asked for less often than what a log or a file does.
  private static void await(Moment moment, JsonNode round, String victim) {
    String what =
        "%s of round %d"
            .formatted(moment.name().toLowerCase(Locale.ROOT), round.path("number").asInt());
    boolean isAsked = moment == Moment.LOAD || moment == Moment.TRAIN;
    if (isAsked) {
      RoundNetwork.slowly(what, () -> moment.isThere(round, victim));
    } else {
      Await.until(what, PATIENCE, () -> moment.isThere(round, victim));
    }
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private static void tell(String line) {
    System.out.println(line);
    try {
      Files.createDirectories(REPORT.getParent());
      Files.writeString(REPORT, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException full) {
      throw new UncheckedIOException(full);
    }
  }

  /// All that the aggregator keeps, computed again from the files.
  private static void verify() {
    for (String line : ROUNDS.done("federated", "verify", "--home", home()).out()) {
      Matcher verdict = VERIFIED.matcher(line);
      if (verdict.matches()) {
        VERDICTS.put(Integer.parseInt(verdict.group(1)), line);
      }
    }
  }

  private static String home() {
    return ROUNDS.home(TestNetwork.REFEREE);
  }

  @Test
  @Order(2)
  void aRoundEndsWithTheOthers_andTheNextDoesToo_whenAMemberNeverComesBack() {
    JsonNode round = ROUNDS.roundAfter(last);
    int number = round.path("number").asInt();
    await(Moment.TRAIN, round, VICTIM);
    long killed = System.nanoTime();
    NETWORK.node(VICTIM).kill();
    JsonNode ended = ROUNDS.ended(number);
    tell(
        "train     member     never back: round %d %s after %.1f s"
            .formatted(number, RoundNetwork.sentence(ended), seconds(killed)));
    assertThat(ended.path("end").asText()).isEqualTo("passed");
    assertThat(ended.path("updates").asInt()).isEqualTo(2);
    JsonNode next = ROUNDS.ended(number + 1);
    tell("the round after it, without that member: " + RoundNetwork.sentence(next));
    assertThat(next.path("end").asText()).isEqualTo("passed");

    NETWORK.up(VICTIM).base();
    last = ROUNDS.newest().path("number").asInt();
    JsonNode with = ROUNDS.ended(ROUNDS.roundAfter(last).path("number").asInt());
    tell("with it again: " + RoundNetwork.sentence(with));
    assertThat(with.path("updates").asInt()).isEqualTo(MEMBERS.size());
  }

  @Test
  @Order(3)
  void everyRoundIsTheSumOfItsUpdates_andNoHomeKeepsWhatStopsAStart() {
    verify();
    VERDICTS.values().forEach(line -> tell("verified: " + line));
    assertThat(VERDICTS.values()).allMatch(line -> isRight(line));
    for (String member : MEMBERS) {
      ROUNDS.done("federated", "verify", "--home", ROUNDS.home(member));
      NETWORK.node(member).kill();
      assertThat(NETWORK.up(member).base()).as(member).isNotEmpty();
      assertThat(ROUNDS.doing(member)).doesNotContain("cannot be used");
    }
    assertThat(Optional.ofNullable(VERDICTS.get(last))).isPresent();
  }

  /// A round that is under way has no aggregate yet.
  private static boolean isRight(String line) {
    return line.contains("bit for bit") || line.contains("it made no aggregate");
  }
}
