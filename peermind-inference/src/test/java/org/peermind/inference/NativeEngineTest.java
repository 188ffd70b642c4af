// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.model.ModelDigest;
import org.peermind.testkit.Property;

/// The real library in a real child process, with a tiny model of random weights.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NativeEngineTest {
  private static final String STORY = "the sun shines on a hill and the wind blows";
  private static final int SLOTS = 2;

  private Path directory;
  private Path file;
  private NativeEngine engine;
  private LoadedModel model;

  /// The libraries that are tested.
  NativesAtHand natives() {
    return NativesAtHand.BUNDLED;
  }

  @BeforeAll
  void loadModel(@TempDir Path shared) throws Exception {
    directory = shared;
    file = directory.resolve("tiny.gguf");
    TinyLlama.of(7).write(file);
    engine = NativeEngine.open(natives().natives(directory));
    model = engine.load(spec(file), LoadProgress.ignored());
  }

  @AfterAll
  void unloadModel() {
    model.close();
  }

  @Test
  void namesItsBuildAndTheGuardsThatPassed() throws EngineException {
    EngineInfo info = engine.info();

    assertThat(info.build())
        .isEqualTo(
            switch (natives()) {
              case BUNDLED -> "b4916 (c6af2161)";
              case CURRENT -> "v0.5.0 (0.5.0-dev)";
            });
    assertThat(info.guards()).contains("known defaults at their offsets").hasSize(5);
    assertThat(info.notices()).isEmpty();
    assertThat(info.devices())
        .singleElement()
        .satisfies(
            cpu -> {
              assertThat(cpu.kind()).isEqualTo(EngineDevice.Kind.CPU);
              assertThat(cpu.freeBytes().orElseThrow())
                  .isPositive()
                  .isLessThan(cpu.totalBytes().orElseThrow());
            });
  }

  @Test
  void reportsWhatItLoaded() {
    assertThat(model.info().parameters()).isEqualTo(102_208);
    assertThat(model.info().contextTokens()).isEqualTo(TinyLlama.CONTEXT_TOKENS);
  }

  @Test
  void givesTheSameAnswerAgain_andCountsItsTokens() throws Exception {
    Transcript first = Transcript.read(model, request(Sampling.greedy(), 30, List.of()));
    Transcript second = Transcript.read(model, request(Sampling.greedy(), 30, List.of()));

    assertThat(second.tokens()).isEqualTo(first.tokens());
    assertThat(second.text()).isEqualTo(first.text()).isNotEmpty();
    assertThat(first.finished().completionTokens()).isEqualTo(30);
    assertThat(first.finished().reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(first.events().getFirst()).isInstanceOf(GenerationEvent.Prefilled.class);
  }

  @Test
  void samplesByItsSeed() throws Exception {
    Sampling warm = new Sampling(1.0, 0.95, 11);
    Transcript first = Transcript.read(model, request(warm, 24, List.of()));
    Transcript again = Transcript.read(model, request(warm, 24, List.of()));
    Transcript other = Transcript.read(model, request(new Sampling(1.0, 0.95, 12), 24, List.of()));

    assertThat(again.tokens()).isEqualTo(first.tokens());
    assertThat(other.tokens()).isNotEqualTo(first.tokens());
  }

  @Test
  void goesOnAfterEveryTokenAsIfNothingHadHappened() throws Exception {
    for (Sampling sampling : List.of(Sampling.greedy(), new Sampling(0.9, 0.9, 5))) {
      Transcript whole = Transcript.read(model, request(sampling, 32, List.of()));
      for (int k = 0; k <= whole.tokens().size(); k++) {
        Transcript rest =
            Transcript.read(model, request(sampling, 32, whole.tokens().subList(0, k)));
        List<Integer> joined = new ArrayList<>(whole.tokens().subList(0, k));
        joined.addAll(rest.tokens());
        int differs = firstDifference(joined, whole.tokens());
        if (differs >= 0) {
          assertThat(whole.nearTies()).contains(differs);
        } else {
          assertThat(whole.textOf(k) + rest.text()).isEqualTo(whole.text());
          assertThat(rest.finished().completionTokens())
              .isEqualTo(whole.finished().completionTokens());
        }
      }
    }
  }

  @Test
  void finishesAtOnce_whenTheTokensToResumeFromEndTheAnswer() throws Exception {
    Transcript ended =
        Transcript.read(model, request(Sampling.greedy(), 32, List.of(TinyLlama.END_OF_TURN)));
    assertThat(ended.events()).hasSize(1);
    assertThat(ended.finished().reason()).isEqualTo(FinishReason.STOP);

    Transcript full = Transcript.read(model, request(Sampling.greedy(), 2, List.of(270, 271, 272)));
    assertThat(full.events()).hasSize(1);
    assertThat(full.finished().reason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void answersSeveralAtOnceAsIfEachWereAlone() throws Exception {
    List<String> prompts = List.of(STORY, "a light", "the wind blows the wind", "user");
    List<Transcript> alone = new ArrayList<>();
    for (String prompt : prompts) {
      alone.add(Transcript.read(model, Transcript.request(prompt, 40)));
    }
    List<Generation> together = new ArrayList<>();
    for (String prompt : prompts) {
      together.add(model.generate(Transcript.request(prompt, 40)));
    }
    for (int i = 0; i < prompts.size(); i++) {
      Transcript transcript = Transcript.read(together.get(i));
      int differs = firstDifference(transcript.tokens(), alone.get(i).tokens());
      if (differs >= 0) {
        assertThat(alone.get(i).nearTies()).contains(differs);
      }
    }
  }

  @Test
  void stopsAtAStopString() throws Exception {
    Transcript whole = Transcript.read(model, request(Sampling.greedy(), 40, List.of()));
    String stop = whole.text().substring(6, 8);
    GenerationRequest same = request(Sampling.greedy(), 40, List.of());
    Transcript stopped = Transcript.read(model, same.withStop(List.of(stop)));

    assertThat(stopped.text()).isEqualTo(whole.text().substring(0, whole.text().indexOf(stop)));
    assertThat(stopped.finished().reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void endsSoonAfterACancel() throws Exception {
    model.pace(OptionalDouble.of(20));
    try (Generation generation = model.generate(request(Sampling.greedy(), 400, List.of()))) {
      awaitPieces(generation, 2);
      generation.cancel();
      GenerationEvent.Finished finished = Transcript.read(generation).finished();
      assertThat(finished.reason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(finished.completionTokens()).isLessThan(100);
    } finally {
      model.pace(OptionalDouble.empty());
    }
  }

  @Test
  void keepsThePace_andGivesSignsOfLife() throws Exception {
    model.pace(OptionalDouble.of(0.01));
    try (Generation generation = model.generate(request(Sampling.greedy(), 10, List.of()))) {
      awaitPieces(generation, 2);
      GenerationEvent life = generation.next(Duration.ofMillis(1900)).orElseThrow();
      assertThat(life).isInstanceOf(GenerationEvent.Prefilled.class);
    } finally {
      model.pace(OptionalDouble.empty());
    }
  }

  @Test
  void refusesAConversationLongerThanTheContext() throws Exception {
    Transcript transcript = Transcript.read(model, Transcript.request("word ".repeat(600), 5));

    assertThat(transcript.failed().kind()).isEqualTo(FailureKind.CONTEXT_TOO_LONG);
  }

  @Test
  void endsAnAnswerWhereTheContextEnds() throws Exception {
    Transcript transcript =
        Transcript.read(model, Transcript.request("wind blows ".repeat(32), 100_000));

    GenerationEvent.Finished finished = transcript.finished();
    if (finished.reason() == FinishReason.LENGTH) {
      assertThat(finished.promptTokens() + finished.completionTokens())
          .isEqualTo(TinyLlama.CONTEXT_TOKENS);
    } else {
      assertThat(transcript.tokens()).endsWith(TinyLlama.END_OF_TURN);
    }
  }

  @Test
  void refusesTokensOfAnotherVocabulary() throws Exception {
    for (int token : new int[] {-1, 100_000, Integer.MIN_VALUE}) {
      Transcript transcript = Transcript.read(model, request(Sampling.greedy(), 5, List.of(token)));
      assertThat(transcript.failed().kind()).isEqualTo(FailureKind.BAD_REQUEST);
    }
  }

  @Test
  void endsEveryAnswer_whenManyOfAllLengthsShareASmallMemory() throws Exception {
    ModelSpec small = new ModelSpec(file, spec(file).sha256(), 160, 4, 1);
    try (LoadedModel shared = engine.load(small, LoadProgress.ignored())) {
      Property.forAll(
          1,
          12,
          random -> {
            List<Generation> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
              String content = "the wind ".repeat(random.nextInt(24));
              all.add(shared.generate(Transcript.request(content, 1 + random.nextInt(60))));
              if (random.nextInt(4) == 0) {
                all.get(random.nextInt(all.size())).cancel();
              }
            }
            for (Generation generation : all) {
              assertThat(Transcript.read(generation).finished().nearTies()).isNotNegative();
            }
          });
    }
  }

  @Test
  void takesTheLargestPromptThatARequestMayHave() throws Exception {
    Transcript transcript =
        Transcript.read(
            model, Transcript.request("☀".repeat(GenerationRequest.PROMPT_BYTES_MAX / 3), 5));

    assertThat(transcript.failed().kind()).isEqualTo(FailureKind.CONTEXT_TOO_LONG);
    assertThat(model.alive()).isTrue();
  }

  @Test
  void refusesMoreThanItCanQueue() throws Exception {
    List<Generation> all = new ArrayList<>();
    model.pace(OptionalDouble.of(0.01));
    try {
      for (int i = 0; i < SLOTS * 9 + 16; i++) {
        all.add(model.generate(request(Sampling.greedy(), 50, List.of())));
      }
      int refused = 0;
      for (Generation generation : all) { // the first event says whether it waits or was refused
        GenerationEvent first = generation.next(Duration.ofSeconds(30)).orElseThrow();
        if (first instanceof GenerationEvent.Failed(FailureKind kind, String _)) {
          assertThat(kind).isEqualTo(FailureKind.BUSY);
          refused++;
        }
      }
      assertThat(refused).isGreaterThanOrEqualTo(16);
    } finally {
      all.forEach(Generation::close);
      model.pace(OptionalDouble.empty());
    }
    for (Generation generation : all) {
      assertThat(Transcript.read(generation).events()).isNotEmpty();
    }
  }

  @Test
  void failsTheAnswerOnly_whenTheChildIsKilled() throws Exception {
    LoadedModel doomed = engine.load(spec(file), LoadProgress.ignored());
    List<String> deaths = new ArrayList<>();
    doomed.pace(OptionalDouble.of(20));
    Generation generation = doomed.generate(request(Sampling.greedy(), 400, List.of()));
    awaitPieces(generation, 3);
    CountDownLatch died = new CountDownLatch(1);
    doomed.onDeath(
        () -> {
          deaths.add("dead");
          died.countDown();
        });

    ProcessHandle.of(doomed.childPid().getAsLong()).orElseThrow().destroyForcibly();

    GenerationEvent.Failed failed = Transcript.read(generation).failed();
    assertThat(failed.kind()).isEqualTo(FailureKind.CRASHED);
    assertThat(failed.sentence()).contains("signal 9").doesNotContain("sun");
    assertThat(died.await(5, TimeUnit.SECONDS)).isTrue();
    assertThat(deaths).containsExactly("dead");
    assertThat(doomed.alive()).isFalse();
    assertThatThrownBy(() -> doomed.generate(request(Sampling.greedy(), 5, List.of())))
        .isInstanceOf(EngineException.class);
    doomed.close();
    assertThat(Transcript.read(model, request(Sampling.greedy(), 5, List.of())).tokens())
        .hasSize(5);
  }

  @Test
  void leavesNoCrashReport_whenNativeCodeFaults() throws Exception {
    LoadedModel doomed = engine.load(spec(file), LoadProgress.ignored());
    doomed.pace(OptionalDouble.of(20));
    Generation generation = doomed.generate(request(Sampling.greedy(), 400, List.of()));
    awaitPieces(generation, 3);
    long pid = doomed.childPid().getAsLong();

    new ProcessBuilder("kill", "-SEGV", Long.toString(pid)).start().waitFor();

    assertThat(Transcript.read(generation).failed().kind()).isEqualTo(FailureKind.CRASHED);
    doomed.close();
    for (Path place : List.of(Path.of(""), Path.of(System.getProperty("java.io.tmpdir")))) {
      try (Stream<Path> files = Files.list(place.toAbsolutePath())) {
        assertThat(files.map(Path::toString).filter(name -> name.contains("pid" + pid))).isEmpty();
      }
    }
  }

  @Test
  void endsTheChildAndItsFolder_whenClosed() throws Exception {
    LoadedModel loaded = engine.load(spec(file), LoadProgress.ignored());
    ProcessHandle child = ProcessHandle.of(loaded.childPid().getAsLong()).orElseThrow();
    Path scratch = scratch(child);
    assertThat(scratch.getFileName().toString()).startsWith("peermind-engine-");
    assertThat(scratch).isDirectory();
    loaded.pace(OptionalDouble.of(20));
    Generation generation = loaded.generate(request(Sampling.greedy(), 400, List.of()));

    loaded.close();

    assertThat(child.isAlive()).isFalse();
    assertThat(scratch).doesNotExist();
    assertThat(Transcript.read(generation).failed().kind()).isEqualTo(FailureKind.UNLOADED);
    loaded.close();
  }

  @Test
  void refusesAFileThatIsNotTheNamedModel() throws Exception {
    Path other = directory.resolve("other.gguf");
    TinyLlama.of(8).write(other);
    ModelSpec wrong = new ModelSpec(other, spec(file).sha256(), 512, 1, 1);

    assertThatThrownBy(() -> engine.load(wrong, LoadProgress.ignored()))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("is not the model " + spec(file).sha256().shortText());
  }

  @Test
  void refusesAnArchitectureThatItDoesNotKnow_beforeNativeCodeSeesIt() throws Exception {
    for (String architecture : List.of("qwen3", "of-the-next-year")) {
      Path newer = directory.resolve("newer.gguf");
      TinyLlama.of(7, TinyLlama.Size.tiny().of(architecture)).write(newer);

      boolean installable = natives() == NativesAtHand.BUNDLED && architecture.equals("qwen3");
      boolean known = natives() == NativesAtHand.CURRENT && architecture.equals("qwen3");
      assertThatThrownBy(() -> engine.load(spec(newer), LoadProgress.ignored()))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining(
              known ? "cannot load the model file" : "of the architecture " + architecture)
          .hasMessageContaining(
              known
                  ? "llama.cpp (v0.5.0)"
                  : installable
                      ? "run `peermind engine install` for a newer one."
                      : "choose another model.");
    }
  }

  @Test
  void refusesAFileCutShort() throws Exception {
    Path cut = directory.resolve("cut.gguf");
    byte[] whole = Files.readAllBytes(file);
    Files.write(cut, java.util.Arrays.copyOf(whole, whole.length - 1000));

    assertThatThrownBy(() -> engine.load(spec(cut), LoadProgress.ignored()))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("may be cut short");
  }

  @Test
  void refusesConversations_whenTheTemplateLeavesTheQuestionOut() throws Exception {
    Path unknown = directory.resolve("unknown.gguf");
    TinyLlama.of(7, "{{ bespoke }}").write(unknown);

    try (LoadedModel loaded = engine.load(spec(unknown), LoadProgress.ignored())) {
      assertThat(Transcript.read(loaded, Transcript.request("the sun", 5)).failed())
          .isEqualTo(
              new GenerationEvent.Failed(
                  GenerationEvent.FailureKind.BAD_REQUEST,
                  "The model's chat template cannot be used: it leaves out what the user asks;"
                      + " choose a model with another template."));
      GenerationRequest text =
          GenerationRequest.of(new Prompt.Text("the sun"), 3, Sampling.greedy());
      assertThat(Transcript.read(loaded, text).finished().completionTokens()).isEqualTo(3);
    }
  }

  @Test
  void putsNoPromptIntoArgumentsOrEnvironment() throws Exception {
    String canary = "canary-7f3a";
    Transcript.read(model, Transcript.request(canary, 5));
    Path process = Path.of("/proc/" + model.childPid().getAsLong());

    for (String name : List.of("cmdline", "environ")) {
      assertThat(new String(Files.readAllBytes(process.resolve(name)), StandardCharsets.UTF_8))
          .doesNotContain(canary);
    }
  }

  @Test
  void endsTheChild_whenTheNodeIsKilled() throws Exception {
    Process node =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                DoomedNode.class.getName(),
                directory.resolve("natives").toString(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    ProcessHandle child;
    Path scratch;
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(node.getInputStream(), StandardCharsets.US_ASCII))) {
      child = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
      assertThat(child.isAlive()).isTrue();
      scratch = scratch(child);
    } finally {
      node.destroyForcibly();
    }

    child.onExit().get(10, TimeUnit.SECONDS);
    assertThat(child.isAlive()).isFalse();
    assertThat(scratch).doesNotExist();
  }

  private static Path scratch(ProcessHandle child) throws IOException {
    String command = Files.readString(Path.of("/proc/" + child.pid() + "/cmdline"));
    return Path.of(List.of(command.split("\0")).getLast());
  }

  private static ModelSpec spec(Path path) throws IOException {
    return new ModelSpec(path, ModelDigest.sha256(path), TinyLlama.CONTEXT_TOKENS, SLOTS, 1);
  }

  private static GenerationRequest request(
      Sampling sampling, int maxTokens, List<Integer> resumeTokens) {
    return GenerationRequest.of(
            Prompt.chat(
                List.of(new ChatMessage("system", "be brief"), new ChatMessage("user", STORY))),
            maxTokens,
            sampling)
        .withResumeTokens(resumeTokens);
  }

  private static void awaitPieces(Generation generation, int count) throws InterruptedException {
    int seen = 0;
    while (seen < count) {
      GenerationEvent event = generation.next(Duration.ofSeconds(30)).orElseThrow();
      assertThat(event.isLast()).isFalse();
      seen += event instanceof GenerationEvent.Piece ? 1 : 0;
    }
  }

  private static int firstDifference(List<Integer> one, List<Integer> other) {
    for (int i = 0; i < Math.max(one.size(), other.size()); i++) {
      if (i >= one.size() || i >= other.size() || !one.get(i).equals(other.get(i))) {
        return i;
      }
    }
    return -1;
  }
}
