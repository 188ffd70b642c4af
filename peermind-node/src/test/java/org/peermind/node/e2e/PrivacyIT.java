// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.testkit.Await;

/// Promise 2 of the design: no third reader. What is asked and answered is in nothing that any
/// process leaves behind or shows, nor in the memory of the referee, not even after crashes.
class PrivacyIT {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int CANARY_LENGTH = 20;
  private static final int ANSWER_TOKENS = 60;
  private static final int ANSWER_CHARACTERS_SEARCHED = 24;

  private static FileTime started = FileTime.fromMillis(0);

  @BeforeAll
  static void startNetwork() {
    started = FileTime.from(InstantSource.system().instant());
    NETWORK.startReferee();
    NETWORK.startInferer("east", Site.sunny(25));
    NETWORK.startInferer("west", Site.sunny(25));
    NETWORK.startUser(TestNetwork.USER);
    NETWORK.awaitReady(2);
  }

  @Test
  void promptsAndAnswersAreFoundNowhere_butWithTheUser() throws IOException {
    String canary = canary();
    Path request = NETWORK.directory().resolve("request.json");
    String prompt = promptWithALongAnswer(canary);
    Files.writeString(request, prompt);
    Path refereeDump = NETWORK.directory().resolve("referee.hprof");
    Path userDump = NETWORK.directory().resolve("user.hprof");
    WatchedAnswer answer =
        WatchedAnswer.ask(
            NETWORK,
            prompt,
            ANSWER_TOKENS,
            3,
            worker -> {
              dumpHeap(TestNetwork.REFEREE, refereeDump);
              dumpHeap(TestNetwork.USER, userDump);
              crash(worker);
            });
    assertThat(answer.answer().done()).isTrue();
    assertThat(NETWORK.node(answer.worker()).isAlive()).as("the crashed node").isFalse();
    Path laterRefereeDump = NETWORK.directory().resolve("referee-later.hprof");
    dumpHeap(TestNetwork.REFEREE, laterRefereeDump);
    refusals(prompt);
    NodeProcess ask =
        NETWORK.run("ask", "--home", home(TestNetwork.USER), "--max-tokens", "8", prompt);
    assertThat(ask.exitCode(PATIENCE)).isZero();

    TextSearch search = new TextSearch(List.of(canary, ofAnswer(answer.text())));
    assertThat(search.isIn(request)).as("the search finds the canary where it is").isTrue();
    assertThat(search.isIn(userDump)).as("and in the user's own memory").isTrue();
    assertThat(Files.size(refereeDump)).isGreaterThan(1_000_000);
    assertThat(search.isIn(refereeDump)).as("the referee's memory in mid-answer").isFalse();
    assertThat(search.isIn(laterRefereeDump)).as("the referee's memory later").isFalse();
    foundNowhere(search, new TextSearch(List.of(canary)), List.of(request, userDump));
  }

  /// The model knows little to say about a word that it never saw, unless the story comes last.
  private static String promptWithALongAnswer(String canary) {
    return Stream.of("%s. Tell me a story.", "My name is %s. Tell me a story.", "Story: %s")
        .map(prompt -> prompt.formatted(canary))
        .max(
            Comparator.comparingInt(
                prompt -> WatchedAnswer.ask(NETWORK, prompt, ANSWER_TOKENS).text().length()))
        .orElseThrow();
  }

  /// What a node does with a question that fails must not quote it either.
  private static void refusals(String prompt) {
    ChatClient user = NETWORK.client(TestNetwork.USER);
    assertThat(user.post("/v1/chat/completions", "{\"model\": \"" + prompt).status())
        .isEqualTo(400);
    assertThat(
            user.post(
                    "/v1/chat/completions",
                    ChatClient.question(prompt, 8).put("max_tokens", -1).toString())
                .status())
        .isEqualTo(400);
    assertThat(user.ask(prompt + " river".repeat(2_000), 8).status()).isEqualTo(400);
  }

  /// @param canaryAlone for files of others, who may have printed an answer of the same words
  private static void foundNowhere(TextSearch search, TextSearch canaryAlone, List<Path> owners) {
    TextSearch.Found ours =
        search.in(NETWORK.directory(), FileTime.fromMillis(0), path -> !owners.contains(path));
    // Others may use this machine's temporary directory; only what is written now counts.
    TextSearch.Found temporary =
        canaryAlone.in(
            Path.of(System.getProperty("java.io.tmpdir")),
            started,
            path -> !path.equals(NETWORK.directory()) && !isBig(path));
    System.out.printf(
        "searched %d files of the nodes and %d others in the temporary directory%n",
        ours.files(), temporary.files());
    assertThat(ours.files()).isGreaterThan(10);
    assertThat(ours.holding()).isEmpty();
    assertThat(temporary.holding()).isEmpty();
    // `ask` prints the answer to whoever asked; that is what it is for.
    assertThat(
            NETWORK.everythingPrinted().stream()
                .filter(line -> !line.startsWith("command-1 out"))
                .filter(search::isIn))
        .isEmpty();
    for (String node : List.of(TestNetwork.REFEREE, TestNetwork.USER, "east", "west")) {
      if (!NETWORK.node(node).isAlive()) {
        continue;
      }
      for (String page : List.of("/metrics", "/status", "/health")) {
        assertThat(search.isIn(NETWORK.client(node).get(page).body())).as(node + page).isFalse();
      }
    }
  }

  private static boolean isBig(Path path) {
    try {
      return Files.isRegularFile(path) && Files.size(path) > 32 << 20;
    } catch (IOException gone) {
      return true;
    }
  }

  /// Has both the engine and the node of an inferer crash as a fault in native code would, in the
  /// middle of an answer.
  private static void crash(String worker) {
    ProcessHandle engine = NETWORK.engineOf(worker);
    Signals.send("SEGV", engine.pid());
    Await.until("the engine's crash", PATIENCE, () -> !engine.isAlive());
    NETWORK.node(worker).signal("SEGV");
    Await.until("the node's crash", PATIENCE, () -> !NETWORK.node(worker).isAlive());
  }

  private static void dumpHeap(String node, Path file) {
    NodeProcess process = NETWORK.node(node);
    try {
      Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
      Process dump =
          new ProcessBuilder(
                  jcmd.toString(),
                  Long.toString(process.pid()),
                  "GC.heap_dump",
                  "-all",
                  file.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(dump.waitFor(PATIENCE)).isTrue();
      assertThat(dump.exitValue()).isZero();
    } catch (IOException | InterruptedException failed) {
      throw new AssertionError("The heap of " + node + " could not be dumped", failed);
    }
  }

  private static String home(String node) {
    return NETWORK.home(node).directory().toString();
  }

  /// Letters that no vocabulary, dictionary or earlier run holds.
  private static String canary() {
    Random random = new Random(System.nanoTime());
    StringBuilder letters = new StringBuilder();
    while (letters.length() < CANARY_LENGTH) {
      letters.append((char) ('a' + random.nextInt(26)));
    }
    return letters.toString();
  }

  /// A part of the answer that is long enough to be said nowhere else.
  private static String ofAnswer(String text) {
    assertThat(text).hasSizeGreaterThanOrEqualTo(ANSWER_CHARACTERS_SEARCHED);
    int start = text.length() / 2 - ANSWER_CHARACTERS_SEARCHED / 2;
    return text.substring(start, start + ANSWER_CHARACTERS_SEARCHED);
  }
}
