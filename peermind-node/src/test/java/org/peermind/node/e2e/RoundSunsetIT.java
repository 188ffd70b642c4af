// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Issue 6: power that goes in the middle of a training. The member pauses, says why, lets its
/// trainer go after a minute, and goes on from its checkpoint when there is power again; its round
/// passes with it (with `-Plong`, it takes minutes).
@Tag("long")
class RoundSunsetIT {
  private static final String EVE = "eve";
  private static final int STEPS = 400;
  private static final Pattern STEP = Pattern.compile("step ([0-9]+) of " + STEPS);

  @RegisterExtension
  static final TestNetwork NETWORK =
      new TestNetwork(TestNetwork.REFEREE, RoundNetwork.OTHER_REFEREE);

  private static final RoundNetwork ROUNDS = new RoundNetwork(NETWORK, List.of("ann", "ben", EVE));

  @BeforeAll
  static void start() throws Exception {
    ROUNDS.start(STEPS, "4m", Set.of(EVE));
  }

  @Test
  void trainingPausesWithThePower_andGoesOnFromItsCheckpoint_andTheRoundPassesWithIt()
      throws Exception {
    declare("400W", "--for", "1h");
    String before = doing("It trains: step", STEPS / 8);
    JsonNode round = ROUNDS.newest();
    int number = round.path("number").asInt();

    declare("--off");
    String paused = doing("Training is paused at step", 0);
    tell("paused: " + paused);
    assertThat(paused).contains("It trains only while its engine may run at full power.");
    assertThat(step(paused)).isGreaterThanOrEqualTo(step(before)).isLessThan(STEPS);
    String dark = doing("It waits for power to train with.", -1);
    tell("after a minute: " + dark);
    RoundNetwork.slowly(
        "the end of every process of a node without power",
        () -> NETWORK.node(EVE).handle().descendants().noneMatch(ProcessHandle::isAlive));
    assertThat(checkpoint()).isNotEmptyFile();

    declare("400W", "--for", "1h");
    // Until the trainer has read its checkpoint it tells of step 0.
    String after = doing("It trains: step", 1);
    tell("with power again: " + after);
    assertThat(step(after)).as("it goes on from there").isGreaterThanOrEqualTo(step(paused));

    JsonNode ended = ROUNDS.ended(number);
    tell("round %d %s".formatted(number, RoundNetwork.sentence(ended)));
    assertThat(ended.path("end").asText()).as(ended.toPrettyString()).isEqualTo("passed");
    assertThat(ended.path("updates").asInt()).isEqualTo(3);
    assertThat(ROUNDS.done("federated", "verify", "--home", ROUNDS.home(TestNetwork.REFEREE)).out())
        .anyMatch(line -> line.startsWith("Round " + number + " ") && line.contains("bit for bit"));
  }

  private static void tell(String line) {
    System.out.println(line);
  }

  private static void declare(String... arguments) {
    String[] all =
        Stream.of(
                Stream.of("energy", "declare"),
                Stream.of(arguments),
                Stream.of("--home", ROUNDS.home(EVE)))
            .flatMap(part -> part)
            .toArray(String[]::new);
    ROUNDS.done(all);
  }

  /// Waits until the member says something that begins so, at this step or later.
  private static String doing(String beginning, int step) {
    List<String> said = new ArrayList<>();
    RoundNetwork.slowly(
        String.format(Locale.ROOT, "%s to say '%s' at step %d", EVE, beginning, step),
        () -> {
          said.add(ROUNDS.doing(EVE));
          return said.getLast().startsWith(beginning) && step(said.getLast()) >= step;
        });
    return said.getLast();
  }

  /// The step that a sentence names; -1 when it names none.
  private static int step(String sentence) {
    Matcher step = STEP.matcher(sentence);
    return step.find() ? Integer.parseInt(step.group(1)) : -1;
  }

  private static Path checkpoint() throws Exception {
    try (Stream<Path> files = Files.walk(NETWORK.home(EVE).trainingDirectory())) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).equals("checkpoint"))
          .findFirst()
          .orElseThrow();
    }
  }
}
