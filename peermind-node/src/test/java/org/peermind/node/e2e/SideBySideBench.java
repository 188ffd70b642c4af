// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Generation;
import org.peermind.inference.GenerationEvent;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.Natives;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.model.ModelDigest;
import org.peermind.testkit.Await;

/// Tokens per second of a C program, of the engine through its child process, and of a network of
/// three processes: the same shared library, model file and prompts, in interleaved rounds
/// (docs/benchmarks.md).
@Tag("bench")
class SideBySideBench {
  @RegisterExtension static final TestNetwork NETWORK = new TestNetwork();

  private static final int ROUNDS = Integer.getInteger("peermind.bench.rounds", 7);
  private static final int WARM_ROUNDS = Integer.getInteger("peermind.bench.warm", 4);
  private static final int TOKENS = Integer.getInteger("peermind.bench.tokens", 64);
  private static final int THREADS = Integer.getInteger("peermind.bench.threads", 1);

  /// The launcher lets a node that stays up use both compilers, the other tests do not.
  private static final String AS_LAUNCHED = "-XX:TieredStopAtLevel=4";

  private static final int SEQUENCES = 8;
  private static final int CONTEXT_TOKENS = 4_096;
  private static final long SEED = 20_261_122;
  private static final Duration QUIET = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /// One answer, or eight at once: `tokens` in all, the engine's processor time beside the wall's.
  private record Sample(Duration wall, Duration toFirst, Duration cpu, int tokens) {
    double tokensPerSecond() {
      return tokens * 1e9 / wall.toNanos();
    }

    /// After the first token.
    double stepsPerSecond() {
      return (tokens - 1) * 1e9 / wall.minus(toFirst).toNanos();
    }

    double cpuMillisPerToken() {
      return cpu.toNanos() / 1e6 / tokens;
    }
  }

  @Test
  void comparesTheSameAnswers() throws Exception {
    Path target = Path.of("target", "bench").toAbsolutePath();
    Path file = RandomModel.in(target, SEED);
    Path folder = Files.createDirectories(NETWORK.directory().resolve("bench"));
    String named = System.getProperty("peermind.native.dir", "");
    Natives natives =
        named.isEmpty()
            ? Natives.bundled(folder)
            : Natives.in(Path.of(named).toAbsolutePath(), false);
    startNetwork(file, named);
    ModelSpec spec =
        new ModelSpec(file, ModelDigest.sha256(file), CONTEXT_TOKENS, SEQUENCES, THREADS);
    try (ReferenceProgram reference =
            ReferenceProgram.start(folder, natives, file, THREADS, CONTEXT_TOKENS, SEQUENCES);
        LoadedModel child = NativeEngine.open(natives).load(spec, LoadProgress.ignored())) {
      checkSameText(reference, child);
      // A node that has run for a while has its code compiled.
      Rows warm = new Rows();
      for (int round = 1; round <= WARM_ROUNDS; round++) {
        warm.round(reference, child, -round);
        // The child computed eight more answers in this round.
        for (String prompt : prompts(-100 - round, SEQUENCES)) {
          warm.network(prompt);
        }
      }
      Rows rows = new Rows();
      for (int round = 0; round < ROUNDS; round++) {
        rows.round(reference, child, round);
      }
      rows.print(natives.text(), child.info().parameters());
    }
  }

  private static void startNetwork(Path file, String nativeDirectory) throws IOException {
    NETWORK.configure(TestNetwork.REFEREE, "referee", Optional.empty());
    NETWORK.up(TestNetwork.REFEREE, AS_LAUNCHED);
    NETWORK.configure("noon", "inferer", Optional.of(Site.sunny(1_000_000)));
    Path config = NETWORK.home("noon").configFile();
    String yaml =
        Files.readString(config)
            .replaceFirst(" {2}file: .*\n", "  file: " + file + "\n  name: peermind-demo\n")
            .replaceFirst("context-tokens: .*\n", "context-tokens: " + CONTEXT_TOKENS + "\n")
            .replaceFirst("slots: .*\n", "slots: " + SEQUENCES + "\n")
            .replaceFirst("threads: .*\n", "threads: " + THREADS + "\n")
            .replaceFirst(" {2}tokens-per-second-max: .*\n", "");
    if (!nativeDirectory.isEmpty()) {
      yaml += "engine:\n  native-dir: " + Path.of(nativeDirectory).toAbsolutePath() + "\n";
    }
    Files.writeString(config, yaml);
    NETWORK.up("noon", AS_LAUNCHED);
    NETWORK.configure(TestNetwork.USER, "light-user", Optional.empty());
    NETWORK.up(TestNetwork.USER, AS_LAUNCHED);
    NETWORK.awaitReady(1);
  }

  private static List<String> prompts(int round, int count) {
    return IntStream.range(0, count)
        .mapToObj(
            number ->
                "%d-%d What shines on the hill, and who rests in the shade of the old tree?"
                    .formatted(round, number))
        .toList();
  }

  private static void checkSameText(ReferenceProgram reference, LoadedModel child)
      throws Exception {
    String prompt = prompts(-1, 1).getFirst();
    ReferenceProgram.Run expected = reference.answer(TOKENS, List.of(prompt));
    StringBuilder text = new StringBuilder();
    GenerationEvent.Finished end;
    try (Generation generation = child.generate(request(prompt))) {
      end = drain(generation, text);
    }
    assertThat(end.promptTokens()).isEqualTo(expected.promptTokens());
    assertThat(end.completionTokens()).isEqualTo(expected.answerTokens());
    String streamed = NETWORK.client(TestNetwork.USER).stream(prompt, TOKENS, _ -> {}).text();
    System.out.printf(
        "prompt %d tokens, answer %d tokens; child's text equal to C's: %s; network's to the"
            + " child's: %s%n",
        end.promptTokens(),
        end.completionTokens(),
        // The space before the first word is no part of an answer.
        ReferenceProgram.hash(text.toString()) == expected.firstAnswerHash()
            || ReferenceProgram.hash(" " + text) == expected.firstAnswerHash(),
        streamed.contentEquals(text));
  }

  private static GenerationRequest request(String prompt) {
    return GenerationRequest.of(
        Prompt.chat(List.of(new ChatMessage("user", prompt))), TOKENS, Sampling.greedy());
  }

  private static GenerationEvent.Finished drain(Generation generation, StringBuilder text)
      throws InterruptedException {
    while (true) {
      GenerationEvent event = generation.next(PATIENCE).orElseThrow();
      switch (event) {
        case GenerationEvent.Piece piece -> text.append(piece.text());
        case GenerationEvent.Finished finished -> {
          return finished;
        }
        case GenerationEvent.Failed failed -> throw new AssertionError(failed);
        case GenerationEvent.Prefilled _ -> {}
      }
    }
  }

  private static Sample reference(ReferenceProgram reference, List<String> prompts)
      throws IOException {
    ReferenceProgram.Run run = reference.answer(TOKENS, prompts);
    return new Sample(run.wall(), run.toFirst(), run.cpu(), run.answerTokens());
  }

  private static Sample child(LoadedModel model, List<String> prompts) throws Exception {
    ProcessHandle process = ProcessHandle.of(model.childPid().orElseThrow()).orElseThrow();
    long cpu = cpuNanos(process);
    long began = System.nanoTime();
    List<Generation> running = new ArrayList<>();
    for (String prompt : prompts) {
      running.add(model.generate(request(prompt)));
    }
    // Of eight at once the first answer's; only the whole time of eight is compared.
    long first = 0;
    int tokens = 0;
    for (Generation generation : running) {
      try (generation) {
        GenerationEvent event = generation.next(PATIENCE).orElseThrow();
        while (!(event instanceof GenerationEvent.Piece)) {
          event = generation.next(PATIENCE).orElseThrow();
        }
        first = first == 0 ? System.nanoTime() - began : first;
        tokens += drain(generation, new StringBuilder()).completionTokens();
      }
    }
    long wall = System.nanoTime() - began;
    return new Sample(
        Duration.ofNanos(wall),
        Duration.ofNanos(first),
        Duration.ofNanos(cpuNanos(process) - cpu),
        tokens);
  }

  private static long cpuNanos(ProcessHandle process) {
    return process.info().totalCpuDuration().orElseThrow().toNanos();
  }

  /// What each node of the network took of the processors so far.
  private static Map<String, Long> nodesCpuNanos() {
    Map<String, Long> nanos = new LinkedHashMap<>();
    for (String name : List.of(TestNetwork.USER, TestNetwork.REFEREE, "noon")) {
      nanos.put(name, cpuNanos(NETWORK.node(name).handle()));
    }
    return nanos;
  }

  /// What was measured, in the order in which it was.
  private static final class Rows {
    private final List<Sample> c = new ArrayList<>();
    private final List<Sample> child = new ArrayList<>();
    private final List<Sample> network = new ArrayList<>();
    private final Map<String, Long> nodesNanos = new LinkedHashMap<>();
    private Duration relayed = Duration.ZERO;
    private final List<Sample> cTogether = new ArrayList<>();
    private final List<Sample> childTogether = new ArrayList<>();

    void round(ReferenceProgram reference, LoadedModel model, int round) throws Exception {
      List<String> one = prompts(round, 1);
      List<String> many = prompts(round, SEQUENCES);
      // The order turns, so that nobody always has the quiet moment.
      for (int turn = 0; turn < 3; turn++) {
        switch ((round + turn) % 3) {
          case 0 -> c.add(reference(reference, one));
          case 1 -> child.add(child(model, one));
          default -> network(one.getFirst());
        }
      }
      cTogether.add(reference(reference, many));
      childTogether.add(child(model, many));
    }

    private void network(String prompt) {
      ProcessHandle engine = NETWORK.engineOf("noon");
      long cpu = cpuNanos(engine);
      Map<String, Long> before = nodesCpuNanos();
      long[] first = {0};
      long began = System.nanoTime();
      ChatClient.Streamed answer =
          NETWORK.client(TestNetwork.USER).stream(
              prompt,
              TOKENS,
              chunks -> first[0] = chunks == 1 ? System.nanoTime() - began : first[0]);
      long wall = System.nanoTime() - began;
      assertThat(answer.done()).isTrue();
      assertThat(answer.finishReason()).isEqualTo("length");
      Duration took = Duration.ofNanos(wall);
      Duration toFirst = Duration.ofNanos(first[0]);
      network.add(new Sample(took, toFirst, Duration.ofNanos(cpuNanos(engine) - cpu), TOKENS));
      nodesCpuNanos()
          .forEach(
              (name, nanos) ->
                  nodesNanos.merge(name, nanos - before.getOrDefault(name, 0L), Long::sum));
      relayed = relayed.plus(took);
    }

    void print(String natives, long parameters) {
      System.out.printf(
          Locale.ROOT,
          "%n%s, %d parameters, %d thread(s), answers of %d tokens, medians of %d interleaved"
              + " rounds; load %s%n",
          natives,
          parameters,
          THREADS,
          TOKENS,
          ROUNDS,
          load());
      System.out.println(
          "                      tokens/s  after the first  first token ms  CPU ms/token");
      row("C, one sequence", c);
      row("child, one sequence", child);
      row("network, one sequence", network);
      nodes();
      row("C, eight at once", cTogether);
      row("child, eight at once", childTogether);
      ratio("child / C", child, c, 0.98);
      ratio("network / child", network, child, 0.98);
      ratio("eight: child / C", childTogether, cTogether, 0.95);
    }

    /// What relaying takes, and how much of it such a node takes in the same time without a
    /// question.
    private void nodes() {
      Map<String, Long> before = nodesCpuNanos();
      long began = System.nanoTime();
      Await.until("a quiet while", PATIENCE, () -> System.nanoTime() - began > QUIET.toNanos());
      Map<String, Long> after = nodesCpuNanos();
      double seconds = (System.nanoTime() - began) / 1e9;
      nodesNanos.forEach(
          (name, nanos) ->
              System.out.printf(
                  Locale.ROOT,
                  "  node %-14s CPU %.2f ms/token, %.1f ms/s while answering, %.1f ms/s idle%n",
                  name,
                  nanos / 1e6 / TOKENS / network.size(),
                  1e3 * nanos / relayed.toNanos(),
                  (after.getOrDefault(name, 0L) - before.getOrDefault(name, 0L)) / 1e6 / seconds));
    }

    private static void row(String name, List<Sample> samples) {
      System.out.printf(
          Locale.ROOT,
          "%-22s %7.1f %16.1f %15.1f %13.3f%n",
          name,
          Medians.of(samples, Sample::tokensPerSecond),
          Medians.of(samples, Sample::stepsPerSecond),
          Medians.of(samples, sample -> sample.toFirst().toNanos() / 1e6),
          Medians.of(samples, Sample::cpuMillisPerToken));
    }

    /// The median of the rounds' own ratios, which a machine that is busy for a while spoils less.
    private static void ratio(String name, List<Sample> ours, List<Sample> theirs, double target) {
      System.out.printf(
          Locale.ROOT,
          "%-18s whole answer %.3f, after the first token %.3f, by CPU %.3f (target %.2f)%n",
          name,
          Medians.ofRatios(ours, theirs, Sample::tokensPerSecond),
          Medians.ofRatios(ours, theirs, Sample::stepsPerSecond),
          1 / Medians.ofRatios(ours, theirs, Sample::cpuMillisPerToken),
          target);
    }

    private static String load() {
      try {
        return Files.readString(Path.of("/proc/loadavg")).strip();
      } catch (IOException unknown) {
        return "unknown";
      }
    }
  }
}
