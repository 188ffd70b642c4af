// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.Piece;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.model.ModelDigest;
import org.peermind.protocol.Id16;

/// Scores of given tokens and LoRA adapters, through the real library in a real child process.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ScoresAndAdaptersTest {
  private static final String STORY = "the sun shines on a hill and the wind blows";
  private static final int SLOTS = 3;

  private Path directory;
  private Path file;
  private AdapterFile first;
  private AdapterFile second;
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
    first = TinyLora.write(directory.resolve("first.gguf"), 1);
    second = TinyLora.write(directory.resolve("second.gguf"), 2);
    engine = NativeEngine.open(natives().natives(directory));
    model = engine.load(spec().withFullPrecision(), LoadProgress.ignored());
  }

  @AfterAll
  void unloadModel() {
    model.close();
  }

  private ModelSpec spec() throws Exception {
    return new ModelSpec(file, ModelDigest.sha256(file), TinyLlama.CONTEXT_TOKENS, SLOTS, 1);
  }

  @Test
  void saysThatItCan() {
    assertThat(model.features().scoring()).isTrue();
    assertThat(model.features().adapters()).isTrue();
  }

  @Test
  void scoresAnAnswerAsItsOwnLogprobsDo() throws Exception {
    GenerationRequest request =
        GenerationRequest.of(new Prompt.Text(STORY), 20, Sampling.greedy())
            .withTopLogprobs(OptionalInt.of(0));
    Transcript answer = Transcript.read(model, request);
    List<Integer> tokens = new ArrayList<>(List.of(1));
    tokens.addAll(model.tokenize(STORY, false));
    int from = tokens.size();
    tokens.addAll(answer.tokens());
    List<Double> said =
        answer.events().stream()
            .filter(Piece.class::isInstance)
            .flatMap(event -> ((Piece) event).logprobs().stream())
            .map(logprob -> logprob.token().logprob())
            .toList();

    SequenceScore score = model.score(List.of(new ScoredSequence(tokens, from))).getFirst();

    assertThat(said).hasSize(20);
    assertThat(score.logprobs()).hasSize(20);
    for (int i = 0; i < said.size(); i++) {
      assertThat(score.logprobs().get(i)).isCloseTo(said.get(i), within(1e-4));
    }
    SequenceScore whole = model.score(List.of(ScoredSequence.of(tokens))).getFirst();
    assertThat(whole.logprobs().subList(from - 1, whole.logprobs().size()))
        .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-4 ? 0 : 1)
        .containsExactlyElementsOf(score.logprobs());
  }

  @Test
  void scoresTheSameAloneAndTogether_andInPieces() throws Exception {
    List<Integer> tokens = story(14);
    List<ScoredSequence> sequences = new ArrayList<>();
    for (int length : new int[] {2, 7, 40, 3, 200, 11, 2, 90}) {
      sequences.add(ScoredSequence.of(tokens.subList(length % 5, length % 5 + length)));
    }
    sequences.add(new ScoredSequence(tokens.subList(0, 200), 150));

    List<SequenceScore> together = model.score(sequences);

    for (int i = 0; i < sequences.size(); i++) {
      SequenceScore alone = model.score(List.of(sequences.get(i))).getFirst();
      assertThat(together.get(i).logprobs()).hasSameSizeAs(alone.logprobs());
      assertThat(together.get(i).sum()).isCloseTo(alone.sum(), within(1e-4 * -alone.sum()));
    }
    assertThat(together.getLast().sum())
        .isCloseTo(
            model
                .score(List.of(ScoredSequence.of(tokens.subList(0, 200))))
                .getFirst()
                .logprobs()
                .subList(149, 199)
                .stream()
                .mapToDouble(Double::doubleValue)
                .sum(),
            within(1e-3));
  }

  @Test
  void refusesWhatItCannotScore() throws Exception {
    refused(List.of(), "1 to 4096 sequences");
    refused(List.of(ScoredSequence.of(1, model.info().vocabularySize())), "not of this model's");
    refused(List.of(ScoredSequence.of(1, 2), ScoredSequence.of(-1, 2)), "not of this model's");
    refused(
        List.of(ScoredSequence.of(java.util.Collections.nCopies(513, 1))),
        "has 513 tokens, and this model's context holds 512");
    List<ScoredSequence> many =
        java.util.Collections.nCopies(
            600, ScoredSequence.of(java.util.Collections.nCopies(512, 1)));
    refused(many, "262144 tokens");
    assertThatThrownBy(() -> ScoredSequence.of(1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ScoredSequence(List.of(1, 2), 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private void refused(List<ScoredSequence> sequences, String sentence) {
    assertThatThrownBy(() -> model.score(sequences))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining(sentence);
  }

  @Test
  void tokenizesAsAPromptIsRead_andSpecialOnlyIfWanted() throws Exception {
    assertThat(model.tokenize("the sun shines on a hill", false))
        .startsWith(262, 263)
        .doesNotContain(1);
    assertThat(model.tokenize("<|im_end|>", true)).containsExactly(TinyLlama.END_OF_TURN);
    assertThat(model.tokenize("<|im_end|>", false)).doesNotContain(TinyLlama.END_OF_TURN);
    assertThat(model.tokenize("", false)).isEmpty();
    assertThat(model.tokenize("a ".repeat(5_000), false)).hasSizeGreaterThan(5_000);
    assertThatThrownBy(() -> model.tokenize("a".repeat((1 << 20) + 1), false))
        .hasMessageContaining("1048576 bytes");
  }

  @Test
  void scoresWithAnAdapter_andAsBeforeWhenItIsTakenAway() throws Exception {
    List<ScoredSequence> text = List.of(ScoredSequence.of(story(2)));
    double base = model.score(text).getFirst().loss();
    try {
      model.adapt(Optional.of(first));
      double withFirst = model.score(text).getFirst().loss();
      model.adapt(Optional.of(first.withScale(0)));
      double withNothing = model.score(text).getFirst().loss();
      model.adapt(Optional.of(first.withScale(-1)));
      double turned = model.score(text).getFirst().loss();
      model.adapt(Optional.of(second));
      double withSecond = model.score(text).getFirst().loss();
      model.adapt(Optional.of(first));
      double again = model.score(text).getFirst().loss();

      assertThat(Math.abs(withFirst - base)).isGreaterThan(1e-3);
      assertThat(Math.abs(turned - withFirst)).isGreaterThan(1e-3);
      assertThat(Math.abs(withSecond - withFirst)).isGreaterThan(1e-3);
      assertThat(withNothing).isEqualTo(base);
      assertThat(again).isEqualTo(withFirst);
    } finally {
      model.adapt(Optional.empty());
    }
    assertThat(model.score(text).getFirst().loss()).isEqualTo(base);
  }

  @Test
  void answersAfterAChangeAsAFreshProcessDoes() throws Exception {
    GenerationRequest request =
        GenerationRequest.of(new Prompt.Text(STORY), 24, Sampling.greedy())
            .withConversation(Optional.of(new Id16(3, 4)));
    Transcript before = Transcript.read(model, request);
    Transcript adapted;
    try {
      model.adapt(Optional.of(first));
      adapted = Transcript.read(model, request);
    } finally {
      model.adapt(Optional.empty());
    }
    Transcript after = Transcript.read(model, request);

    assertThat(adapted.finished().cachedTokens()).isZero();
    assertThat(after.finished().cachedTokens()).isZero();
    assertThat(after.tokens()).isEqualTo(before.tokens());
    assertThat(adapted.tokens()).isNotEqualTo(before.tokens());
    try (LoadedModel fresh =
        engine.load(
            spec().withFullPrecision().withAdapter(Optional.of(first)), LoadProgress.ignored())) {
      assertThat(Transcript.read(fresh, request).tokens()).isEqualTo(adapted.tokens());
      assertThat(fresh.score(List.of(ScoredSequence.of(story(1))))).hasSize(1);
    }
  }

  @Test
  void refusesABadAdapter_andGoesOnWithTheOneBefore() throws Exception {
    List<ScoredSequence> text = List.of(ScoredSequence.of(story(1)));
    try {
      model.adapt(Optional.of(first));
      double before = model.score(text).getFirst().loss();
      Path wide = directory.resolve("wide.gguf");
      Path foreign = directory.resolve("foreign.gguf");
      Path text1 = directory.resolve("text.gguf");
      Files.writeString(text1, "no adapter at all");
      Path cut = directory.resolve("cut.gguf");
      byte[] whole = Files.readAllBytes(first.file());
      Files.write(cut, java.util.Arrays.copyOf(whole, whole.length - 600));

      refusedAdapter(TinyLora.write(wide, "llama", 96, 1), "wide.gguf");
      refusedAdapter(TinyLora.write(foreign, "gemma", 64, 1), "foreign.gguf");
      refusedAdapter(new AdapterFile(text1, ModelDigest.sha256(text1), 1), "text.gguf");
      refusedAdapter(new AdapterFile(cut, ModelDigest.sha256(cut), 1), "cut.gguf");
      refusedAdapter(new AdapterFile(file, ModelDigest.sha256(file), 1), "tiny.gguf");
      refusedAdapter(new AdapterFile(first.file(), second.sha256(), 1), "is not the adapter");
      refusedAdapter(
          new AdapterFile(directory.resolve("none.gguf"), first.sha256(), 1), "no adapter file");
      assertThatThrownBy(() -> first.withScale(Float.NaN))
          .isInstanceOf(IllegalArgumentException.class);

      assertThat(model.score(text).getFirst().loss()).isEqualTo(before);
    } finally {
      model.adapt(Optional.empty());
    }
  }

  private void refusedAdapter(AdapterFile adapter, String sentence) {
    assertThatThrownBy(() -> model.adapt(Optional.of(adapter)))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining(sentence)
        .message()
        .endsWith(".");
  }

  @Test
  void scoresBesideAnswers_butChangesNoAdapterUnderThem() throws Exception {
    List<ScoredSequence> text = List.of(ScoredSequence.of(story(3)));
    double alone = model.score(text).getFirst().sum();
    List<Generation> running = new ArrayList<>();
    for (int i = 0; i < SLOTS - 1; i++) {
      running.add(
          model.generate(GenerationRequest.of(new Prompt.Text(STORY), 120, Sampling.greedy())));
    }
    assertThatThrownBy(() -> model.adapt(Optional.of(first)))
        .isInstanceOfSatisfying(
            EngineException.class, busy -> assertThat(busy.kind()).isEqualTo(FailureKind.BUSY))
        .hasMessageContaining("is answering");
    assertThat(model.score(text).getFirst().sum()).isCloseTo(alone, within(1e-4 * -alone));
    for (Generation generation : running) {
      assertThat(Transcript.read(generation).finished().completionTokens()).isPositive();
    }
    model.adapt(Optional.of(first));
    model.adapt(Optional.empty());
    assertThat(model.score(text).getFirst().sum()).isEqualTo(alone);
  }

  /// Tokens of a text that says the same several times, with what begins a prompt.
  private List<Integer> story(int times) throws Exception {
    List<Integer> tokens = new ArrayList<>(List.of(1));
    for (int i = 0; i < times; i++) {
      tokens.addAll(model.tokenize(STORY + " and " + "a ".repeat(i), false));
    }
    return tokens;
  }
}
