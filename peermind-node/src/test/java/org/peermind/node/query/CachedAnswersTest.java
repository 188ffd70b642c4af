// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Constraint;
import org.peermind.inference.Embeddings;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.ToolCall;
import org.peermind.node.role.QuestionMessage;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.RefusalCode;
import org.peermind.protocol.ServedModel;
import org.peermind.testkit.VirtualClock;

class CachedAnswersTest {
  private static final byte[] SECRET =
      "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final ToolCall CALL = new ToolCall("call_0", "weather", "{}");

  @TempDir private Path directory;
  private final VirtualClock clock = new VirtualClock(Instant.parse("2026-11-22T12:00:00Z"));
  private final Network network = new Network();
  private CachedAnswers answers;

  /// Answers with what it was asked, and counts.
  private static final class Network implements Answers {
    private final List<Query> asked = new ArrayList<>();
    private ServedModel model = new ServedModel(new ModelHash("a".repeat(64)), "demo", 512);
    private boolean failing;

    @Override
    public Answer ask(Query query, QueueWatch watch) {
      asked.add(query);
      Iterator<AnswerEvent> events =
          List.<AnswerEvent>of(
                  new AnswerEvent.Text("CANARY "),
                  new AnswerEvent.Text("" + asked.size()),
                  failing
                      ? new AnswerEvent.Failed(RefusalCode.NO_POWER, "Night.", 5)
                      : new AnswerEvent.Done(
                          AnswerEvent.FinishReason.STOP,
                          7,
                          0,
                          2,
                          1,
                          1,
                          List.of(CALL),
                          List.of(),
                          false))
              .iterator();
      return new Answer() {
        @Override
        public AnswerEvent next() {
          return events.next();
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public Embeddings embed(Query query) {
      return new Embeddings(List.of(), 0);
    }

    @Override
    public List<ServedModel> models() {
      return List.of(model);
    }
  }

  @BeforeEach
  void open() throws IOException {
    answers = cached(SECRET, 1 << 20);
  }

  private CachedAnswers cached(byte[] secret, long bytesMax) throws IOException {
    return new CachedAnswers(
        network,
        new AnswerCache(directory, secret, bytesMax, Duration.ofDays(7), new SecureRandom()),
        QuestionMessage::form,
        clock,
        failure -> {
          throw new AssertionError(failure);
        });
  }

  private static Query query(String text, double temperature, OptionalLong seed) {
    return new Query(
        "demo",
        Prompt.chat(List.of(new ChatMessage("user", text))),
        50,
        new Sampling(temperature, 1, 0),
        seed,
        List.of());
  }

  private String ask(Query query) throws Exception {
    StringBuilder text = new StringBuilder();
    try (Answer answer = answers.ask(query)) {
      while (true) {
        switch (answer.next()) {
          case AnswerEvent.Text(String more, var _) -> text.append(more);
          case AnswerEvent.Done done -> {
            return text + " cached " + done.cachedTokens() + " calls " + done.toolCalls().size();
          }
          case AnswerEvent.Queued _, AnswerEvent.Answering _ -> {}
          case AnswerEvent.Failed failed -> {
            return failed.reason();
          }
        }
      }
    }
  }

  @Test
  void leavesNoPartOfAFile_whenAnAnswerCannotBeKept() throws Exception {
    Query question = query("Hi", 0, OptionalLong.empty());
    ask(question);
    Path kept;
    try (Stream<Path> files = Files.list(directory)) {
      kept = files.findFirst().orElseThrow();
    }
    Files.delete(kept);
    Files.createDirectories(kept.resolve("in-the-way"));
    List<IOException> failures = new ArrayList<>();
    answers =
        new CachedAnswers(
            network,
            new AnswerCache(directory, SECRET, 1 << 20, Duration.ofDays(7), new SecureRandom()),
            QuestionMessage::form,
            clock,
            failures::add);
    ask(question);
    assertThat(failures).hasSize(1);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).containsExactly(kept);
    }
  }

  @Test
  void givesARepeatableAnswerAgain_withoutAskingAnybody() throws Exception {
    Query question = query("hi", 0, OptionalLong.empty());

    assertThat(ask(question)).isEqualTo("CANARY 1 cached 0 calls 1");
    assertThat(ask(question)).isEqualTo("CANARY 1 cached 7 calls 1");
    assertThat(network.asked).hasSize(1);
    assertThat(network.asked.getFirst().model()).isEqualTo("a".repeat(64));
  }

  @Test
  void keepsSampledAnswersOnlyWithASeed() throws Exception {
    ask(query("hi", 1, OptionalLong.empty()));
    ask(query("hi", 1, OptionalLong.empty()));
    assertThat(network.asked).hasSize(2);
    ask(query("hi", 1, OptionalLong.of(5)));
    assertThat(ask(query("hi", 1, OptionalLong.of(5)))).startsWith("CANARY 3");
    assertThat(ask(query("hi", 1, OptionalLong.of(6)))).startsWith("CANARY 4");
  }

  @Test
  void tellsQuestionsApartByAllThatMatters() throws Exception {
    Query plain = query("hi", 0, OptionalLong.empty());
    ask(plain);
    ask(query("ho", 0, OptionalLong.empty()));
    ask(
        new Query(
            plain.model(),
            plain.prompt(),
            plain.tokensMax(),
            plain.sampling(),
            plain.seed(),
            plain.stop(),
            new Constraint.JsonObject(),
            OptionalInt.empty(),
            plain.conversation()));
    ask(
        new Query(
            plain.model(),
            new Prompt.Text("hi"),
            plain.tokensMax(),
            plain.sampling(),
            plain.seed(),
            plain.stop()));
    assertThat(network.asked).hasSize(4);
    network.model = new ServedModel(new ModelHash("b".repeat(64)), "demo", 512);
    clock.advance(Duration.ofMinutes(1));
    ask(plain);
    assertThat(network.asked).hasSize(5);
  }

  @Test
  void asksAgain_whenTheDayIsAnotherOne_orNobodyHashedTheModel() throws Exception {
    Query question = query("what day is it?", 0, OptionalLong.empty());
    ask(question);
    clock.advance(Duration.ofHours(11));
    assertThat(ask(question)).startsWith("CANARY 1");
    clock.advance(Duration.ofHours(2));
    assertThat(ask(question)).startsWith("CANARY 2");

    network.model = new ServedModel(network.model.hash(), network.model.name(), 512, false, false);
    clock.advance(Duration.ofMinutes(1));
    assertThat(ask(question)).startsWith("CANARY 3");
  }

  @Test
  void keepsNoAnswerThatFailed() throws Exception {
    network.failing = true;
    assertThat(ask(query("hi", 0, OptionalLong.empty()))).isEqualTo("Night.");
    network.failing = false;
    assertThat(ask(query("hi", 0, OptionalLong.empty()))).startsWith("CANARY 2");
  }

  @Test
  void writesNothingThatCanBeRead_andOpensItForThisNodeOnly() throws Exception {
    Query question = query("CANARY question", 0, OptionalLong.empty());
    ask(question);
    try (var files = Files.list(directory)) {
      List<Path> all = files.toList();
      assertThat(all).hasSize(1);
      assertThat(new String(Files.readAllBytes(all.getFirst()), StandardCharsets.ISO_8859_1))
          .doesNotContain("CANARY", "weather");
    }
    byte[] other = SECRET.clone();
    other[0] ^= 1;
    answers = cached(other, 1 << 20);
    assertThat(ask(question)).startsWith("CANARY 2");
  }

  @Test
  void asksAgain_whenAFileWasChanged_orIsTooOld() throws Exception {
    Query question = query("hi", 0, OptionalLong.empty());
    ask(question);
    Path file;
    try (var files = Files.list(directory)) {
      file = files.findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertThat(ask(question)).startsWith("CANARY 2");
    assertThat(ask(question)).startsWith("CANARY 2");
    clock.advance(Duration.ofDays(8));
    assertThat(ask(question)).startsWith("CANARY 3");
  }

  @Test
  void staysWithinItsBytes() throws Exception {
    answers = cached(SECRET, 2_000);
    for (int i = 0; i < 200; i++) {
      ask(query("question " + i, 0, OptionalLong.empty()));
      clock.advance(Duration.ofSeconds(1));
    }
    long bytes = 0;
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    assertThat(bytes).isLessThan(20_000);
  }
}
