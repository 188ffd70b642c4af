// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.inference.Constraint;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.inference.GenerationEvent.Prefilled;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.GenerationRequest.Priority;
import org.peermind.inference.NativesAtHand;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.TokenLogprob;
import org.peermind.inference.ToolDefinition;
import org.peermind.inference.child.LoopRig.Reading;
import org.peermind.inference.internal.link.LinkMessage;
import org.peermind.inference.internal.natives.LlamaEngine;
import org.peermind.inference.internal.natives.LlamaModel;
import org.peermind.inference.internal.natives.TinyLlama;
import org.peermind.protocol.Id16;

/// Who computes when, and that it makes no difference to what an answer says.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EngineLoopTest {
  private static final Sampling WARM = new Sampling(0.9, 0.9, 5, 40, 0.02, 0.6, 0.4, Map.of());
  private static final String STORY = "the sun shines on a hill and the wind blows ";

  private LlamaEngine engine;
  private Path file;
  private Optional<LlamaModel> model = Optional.empty();

  NativesAtHand natives() {
    return NativesAtHand.BUNDLED;
  }

  @BeforeAll
  void open(@TempDir Path directory) throws Exception {
    file = directory.resolve("tiny.gguf");
    TinyLlama.of(7).write(file);
    engine = natives().open(directory);
  }

  @AfterEach
  void unload() {
    model.ifPresent(LlamaModel::close);
  }

  @Test
  void givesEachAnswerItsTokenInEveryTick_whileALongPromptIsRead() throws Exception {
    LoopRig rig = rig(512, 3);
    long answer = rig.ask(text("the wind", 100));
    rig.steps(1);
    long slow = rig.ask(text(STORY.repeat(9), 5));
    int before = rig.reading(answer).pieces().size();
    int steps = 0;
    while (rig.reading(slow).pieces().isEmpty()) {
      rig.steps(1);
      steps++;
      assertThat(rig.reading(answer).pieces()).hasSize(before + steps);
    }
    assertThat(steps).as("the prompt is read in several ticks").isGreaterThan(1);
  }

  @Test
  void readsAShortPrompt_besideALongOne() throws Exception {
    LoopRig rig = rig(1024, 2);
    long slow = rig.ask(text(STORY.repeat(14), 5));
    long quick = rig.ask(text("the sun", 5));
    rig.steps(2);

    assertThat(rig.reading(quick).pieces()).isNotEmpty();
    assertThat(rig.reading(slow).pieces()).isEmpty();
  }

  @Test
  void endsAnAnswer_whenItsDeadlineIsOver() throws Exception {
    LoopRig rig = rig(512, 1);
    long running = rig.ask(text("the sun", 300).withDeadline(Duration.ofSeconds(5)));
    long waiting = rig.ask(text("the sun", 300).withDeadline(Duration.ofSeconds(3)));
    rig.steps(3);
    rig.nowNanos += Duration.ofSeconds(3).toNanos();
    rig.steps(1);
    assertThat(rig.reading(waiting).failed().kind()).isEqualTo(FailureKind.DEADLINE);
    assertThat(rig.reading(running).ended()).isFalse();

    rig.nowNanos += Duration.ofSeconds(2).toNanos();
    rig.steps(1);
    assertThat(rig.reading(running).failed().kind()).isEqualTo(FailureKind.DEADLINE);
  }

  @Test
  void endsTheYoungestBorrowedAnswer_whenTheOwnerNeedsItsSlot() throws Exception {
    LoopRig rig = rig(512, 2);
    long older = rig.ask(text("the sun", 100));
    long younger = rig.ask(text("the hill", 100));
    long waiting = rig.ask(text("the wind", 100));
    rig.steps(3);
    long owner = rig.ask(text("a light", 4).withPriority(Priority.OWNER));
    rig.steps(1);

    assertThat(rig.reading(younger).failed().kind()).isEqualTo(FailureKind.PREEMPTED);
    assertThat(rig.reading(owner).pieces()).isNotEmpty();
    assertThat(rig.finish(owner).finished().completionTokens()).isEqualTo(4);
    assertThat(rig.reading(older).ended()).isFalse();
    rig.steps(1);
    assertThat(rig.reading(waiting).pieces()).isNotEmpty();
  }

  @Test
  void endsOthersForCellsToo_butNeverTheOwnersOwn() throws Exception {
    LoopRig rig = rig(256, 4);
    long owner = rig.ask(text("the sun", 100).withPriority(Priority.OWNER));
    long borrowed = rig.ask(text("the hill", 100));
    rig.steps(2);
    long second = rig.ask(text("the wind", 100).withPriority(Priority.OWNER));
    long third = rig.ask(text("a light", 100).withPriority(Priority.OWNER));
    rig.steps(2);

    assertThat(rig.reading(borrowed).failed().kind()).isEqualTo(FailureKind.PREEMPTED);
    assertThat(rig.reading(owner).ended()).isFalse();
    assertThat(rig.reading(second).pieces()).isNotEmpty();
    assertThat(rig.reading(third).pieces()).as("it waits for the owner's others").isEmpty();
    rig.finish(third);
  }

  @Test
  void goesOnAfterEveryToken_underPenaltiesCutsFormsAndProbabilities() throws Exception {
    LoopRig rig = rig(512, 2);
    ToolDefinition tool = new ToolDefinition("weather", "tells it", "{\"type\":\"object\"}");
    List<GenerationRequest> requests =
        List.of(
            text("the sun", 24, WARM).withTopLogprobs(OptionalInt.of(3)),
            text("the sun", 24, new Sampling(0, 1, 0, 0, 0, 1.5, 1.5, Map.of(270, 2.0))),
            text("the sun", 40, WARM).withConstraint(new Constraint.JsonObject()),
            text("the sun", 40, WARM)
                .withConstraint(
                    new Constraint.Tools(List.of(tool), Optional.empty(), true, false)));
    for (GenerationRequest request : requests) {
      Reading whole = rig.read(request);
      for (int k = 0; k <= whole.tokens().size(); k++) {
        List<Integer> given = whole.tokens().subList(0, k);
        Reading rest = rig.read(request.withResumeTokens(given));
        List<Integer> joined = new ArrayList<>(given);
        joined.addAll(rest.tokens());
        int differs = firstDifference(joined, whole.tokens());
        if (differs >= 0) {
          assertThat(whole.nearTies()).contains(differs);
        } else {
          assertThat(whole.textOf(k) + rest.text()).isEqualTo(whole.text());
          assertThat(rest.finished().toolCalls()).isEqualTo(whole.finished().toolCalls());
          assertThat(rest.finished().reason()).isEqualTo(whole.finished().reason());
        }
      }
    }
  }

  @Test
  void refusesTokensThatTheFormForbids() throws Exception {
    GenerationRequest request = text("the sun", 40).withConstraint(new Constraint.JsonObject());

    Reading reading = rig(512, 1).read(request.withResumeTokens(List.of(262, 263)));

    assertThat(reading.failed().kind()).isEqualTo(FailureKind.BAD_REQUEST);
    assertThat(reading.failed().sentence()).contains("form");
  }

  @Test
  void callsATool_whenItMust() throws Exception {
    ToolDefinition tool =
        new ToolDefinition("weather", "tells it", "{\"enum\":[{\"place\":\"here\"}]}");
    GenerationRequest request =
        text("the sun", 120)
            .withConstraint(new Constraint.Tools(List.of(tool), Optional.empty(), true, false));

    Reading reading = rig(1024, 1).read(request);

    assertThat(reading.finished().reason()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(reading.text()).isBlank();
    assertThat(reading.finished().toolCalls())
        .singleElement()
        .satisfies(
            call -> {
              assertThat(call.name()).isEqualTo("weather");
              assertThat(call.argumentsJson()).contains("here");
            });
  }

  @Test
  void endsWhereNothingMayFollow_withoutAnEndToken() throws Exception {
    LoopRig rig = rig(512, 1);
    Constraint sun = new Constraint.JsonSchema("{\"enum\":[\"sun\"]}");
    Reading whole = rig.read(text("the sun", 40).withConstraint(sun));
    int needed = whole.finished().completionTokens();

    assertThat(whole.text().strip()).isEqualTo("\"sun\"");
    assertThat(whole.finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(whole.tokens()).hasSize(needed);
    Reading atTheLimit = rig.read(text("the sun", needed).withConstraint(sun));
    assertThat(atTheLimit.tokens()).isEqualTo(whole.tokens());
    assertThat(atTheLimit.finished().reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void keepsACallThatIsWholeAtTheLimit_andNoneThatIsCutOff() throws Exception {
    LoopRig rig = rig(512, 1);
    ToolDefinition tool = new ToolDefinition("weather", "tells it", "{\"enum\":[{}]}");
    Constraint must = new Constraint.Tools(List.of(tool), Optional.empty(), true, false);
    Reading whole = rig.read(text("the sun", 120).withConstraint(must));
    int needed = whole.finished().completionTokens();

    Reading markCutOff = rig.read(text("the sun", needed - 1).withConstraint(must));
    assertThat(markCutOff.finished().reason()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(markCutOff.finished().toolCalls()).isEqualTo(whole.finished().toolCalls());
    Reading callCutOff = rig.read(text("the sun", needed / 2).withConstraint(must));
    assertThat(callCutOff.finished().reason()).isEqualTo(FinishReason.LENGTH);
    assertThat(callCutOff.finished().toolCalls()).isEmpty();
  }

  @Test
  void tellsProbabilities_onlyWhenAsked() throws Exception {
    LoopRig rig = rig(512, 1);
    assertThat(rig.read(text("the sun", 3)).pieces())
        .allSatisfy(piece -> assertThat(piece.logprobs()).isEmpty());

    Reading told = rig.read(text("the sun", 6).withTopLogprobs(OptionalInt.of(4)));
    assertThat(told.pieces())
        .allSatisfy(
            piece -> {
              TokenLogprob logprob = piece.logprobs().getFirst();
              assertThat(piece.logprobs()).hasSize(1);
              assertThat(logprob.top()).hasSize(4);
              assertThat(logprob.token()).isEqualTo(logprob.top().getFirst());
              double mass =
                  logprob.top().stream()
                      .mapToDouble(candidate -> Math.exp(candidate.logprob()))
                      .sum();
              assertThat(mass).isPositive().isLessThan(1);
            });
    assertThat(rig.read(text("the sun", 2).withTopLogprobs(OptionalInt.of(0))).pieces())
        .allSatisfy(piece -> assertThat(piece.logprobs().getFirst().top()).isEmpty());
  }

  @Test
  void givesTheSameVectors_besideAnswersAndAlone() throws Exception {
    LoopRig rig = rig(1024, 2);
    List<String> texts = List.of("the sun", "the wind blows", STORY.repeat(9));
    LinkMessage.Embedded alone = embedded(rig, rig.embed(texts));
    Reading undisturbed = rig.read(text("a light", 40));
    long answer = rig.ask(text("a light", 40));
    rig.steps(2);
    LinkMessage.Embedded beside = embedded(rig, rig.embed(texts));

    assertThat(rig.finish(answer).differs(undisturbed)).isEmpty();
    for (int i = 0; i < texts.size(); i++) {
      List<Float> vector = alone.embeddings().vectors().get(i);
      assertThat(cosine(vector, vector)).isBetween(0.999, 1.001);
      assertThat(cosine(vector, beside.embeddings().vectors().get(i))).isBetween(0.999, 1.001);
    }
    assertThat(cosine(alone.embeddings().vectors().get(0), alone.embeddings().vectors().get(1)))
        .isLessThan(0.999);
    assertThat(alone.embeddings().tokens()).isGreaterThan(100);
  }

  @Test
  void refusesATextThatIsTooLongForAVector() throws Exception {
    LoopRig rig = rig(256, 1);
    rig.embed(List.of("the sun", "the wind ".repeat(300)));

    assertThat(rig.said.getLast())
        .isInstanceOfSatisfying(
            LinkMessage.RequestRefused.class,
            refused -> {
              assertThat(refused.kind()).isEqualTo(FailureKind.CONTEXT_TOO_LONG);
              assertThat(refused.sentence()).contains("more than this model's 256 tokens");
            });
  }

  @Test
  void goesOnWithAText_withoutATemplate() throws Exception {
    Reading reading = rig(512, 1).read(text("the sun", 5));

    int begin = 1;
    int words = 2;
    assertThat(reading.finished().promptTokens()).isEqualTo(begin + words);
  }

  @Test
  void survivesExtremeValues() throws Exception {
    LoopRig rig = rig(512, 1);
    List<Sampling> extremes =
        List.of(
            new Sampling(2, 1e-300, -1, 1, 1, -2, -2, Map.of(5, -100.0)),
            new Sampling(Double.MIN_VALUE, 1, 0, 0, 0, 0, 0, Map.of()),
            new Sampling(2, Math.nextDown(1.0), 0, Sampling.TOP_K_MAX, 1e-300, 2, 2, Map.of()));
    for (Sampling sampling : extremes) {
      assertThat(rig.read(text("the sun", 8, sampling)).finished().completionTokens())
          .isBetween(1, 8);
    }
    Reading foreign =
        rig.read(text("the sun", 8, new Sampling(0, 1, 0, 0, 0, 0, 0, Map.of(1 << 30, 1.0))));
    assertThat(foreign.failed().sentence()).contains("logit_bias");
    Reading nested =
        rig.read(text("the sun", 8).withConstraint(new Constraint.JsonSchema("[".repeat(60_000))));
    assertThat(nested.failed().kind()).isEqualTo(FailureKind.BAD_REQUEST);
    assertThat(rig.read(text("the sun", 8)).finished().completionTokens()).isEqualTo(8);
  }

  @Test
  void leavesAPromptAsItWas_whenItsComputationIsGivenUp() throws Exception {
    LlamaModel loaded = load(512, 1);
    GenerationRequest request = text(STORY.repeat(3), 4);
    Reading expected = new LoopRig(loaded, 1).read(request);
    boolean[] giveUp = {true};
    Ticks ticks = new Ticks(loaded, 1, () -> 0, () -> giveUp[0]);
    Intake intake = new Intake(loaded);
    if (!(intake.prepare(new LinkMessage.Generate(1, request), 0)
        instanceof Intake.Prepared.Ready(Sequence sequence))) {
      throw new AssertionError("The request was refused");
    }
    sequence.admitted(0, 0);
    Collecting heard = new Collecting();
    ticks.run(List.of(sequence), false, heard);
    assertThat(heard.computed).isZero();
    assertThat(loaded.nextPosition(0)).isZero();

    giveUp[0] = false;
    while (sequence.logitsRow() < 0) {
      ticks.run(List.of(sequence), false, heard);
    }
    float[] logits = new float[loaded.vocabularySize()];
    loaded.logits(sequence.logitsRow(), logits);
    assertThat(sequence.accept(logits).getFirst()).isEqualTo(expected.pieces().getFirst());
    loaded.removeSequence(0);
  }

  @Test
  void tellsHowFarThePromptIs_asSignsOfLife() throws Exception {
    LoopRig rig = rig(512, 1);
    long first = rig.ask(text("the sun", 100));
    long waiting = rig.ask(text("the sun", 100));
    rig.steps(2);
    rig.nowNanos += Duration.ofSeconds(1).toNanos();
    rig.steps(1);

    assertThat(rig.reading(waiting).events()).hasSize(2).hasOnlyElementsOfType(Prefilled.class);
    rig.loop.command(new LinkMessage.Cancel(first));
    rig.loop.command(new LinkMessage.Cancel(waiting));
    rig.steps(1);
    assertThat(rig.reading(first).finished().reason()).isEqualTo(FinishReason.CANCELLED);
    assertThat(rig.reading(waiting).finished().reason()).isEqualTo(FinishReason.CANCELLED);
  }

  @Test
  void knowsAConversationByItsKeyAlone() throws Exception {
    LoopRig rig = rig(512, 2);
    Optional<Id16> key = Optional.of(new Id16(1, 2));
    GenerationRequest request = text(STORY.repeat(4), 8);
    assertThat(rig.read(request).finished().cachedTokens()).isZero();
    assertThat(rig.read(request).finished().cachedTokens()).as("no key").isZero();
    Reading first = rig.read(request.withConversation(key));
    assertThat(first.finished().cachedTokens()).isZero();

    Reading other = rig.read(request.withConversation(Optional.of(new Id16(1, 3))));
    assertThat(other.finished().cachedTokens()).as("another key").isZero();
    Reading again = rig.read(request.withConversation(key));
    assertThat(again.finished().cachedTokens())
        .isEqualTo(again.finished().promptTokens() - 1)
        .isGreaterThan(40);
    assertThat(again.differs(first)).isEmpty();
  }

  @Test
  void givesARunningAnswerAllCells_andAnIdleConversationItsTokensBack() throws Exception {
    LoopRig rig = rig(256, 2);
    GenerationRequest asked =
        text(STORY.repeat(4), 8).withConversation(Optional.of(new Id16(1, 2)));
    Reading first = rig.read(asked);
    assertThat(rig.read(asked).finished().cachedTokens()).isPositive();

    long large = rig.ask(text(STORY.repeat(5), 80));
    rig.steps(1);
    assertThat(rig.reading(large).events().getLast())
        .isInstanceOfSatisfying(
            Prefilled.class, progress -> assertThat(progress.done()).isPositive());
    rig.finish(large);
    Reading again = rig.read(asked);
    assertThat(again.finished().cachedTokens()).isEqualTo(again.finished().promptTokens() - 1);
    assertThat(again.differs(first)).isEmpty();
  }

  @Test
  void forgetsAnIdleConversation_afterAWhile() throws Exception {
    LoopRig rig = rig(256, 2);
    List<GenerationRequest> asked =
        List.of(
            text(STORY.repeat(2), 8).withConversation(Optional.of(new Id16(1, 2))),
            text(STORY.repeat(2), 8).withConversation(Optional.of(new Id16(1, 3))));
    for (GenerationRequest request : asked) {
      rig.read(request);
    }

    rig.nowNanos += IdleConversations.IDLE_NANOS_MAX + 1;
    for (GenerationRequest request : asked) {
      assertThat(rig.read(request).finished().cachedTokens()).isZero();
    }
  }

  private static LinkMessage.Embedded embedded(LoopRig rig, long id) throws Exception {
    for (int i = 0; i < 200; i++) {
      rig.steps(1);
      for (LinkMessage message : rig.said) {
        if (message instanceof LinkMessage.Embedded vectors && vectors.id() == id) {
          return vectors;
        }
      }
    }
    throw new AssertionError("No vectors came");
  }

  private static double cosine(List<Float> one, List<Float> other) {
    double sum = 0;
    for (int i = 0; i < one.size(); i++) {
      sum += one.get(i) * other.get(i);
    }
    return sum;
  }

  private static final class Collecting implements Ticks.Listener {
    private int computed;

    @Override
    public void computed(Sequence sequence) {
      computed++;
    }

    @Override
    public void exhausted(Sequence sequence) {
      throw new AssertionError("There is memory");
    }
  }

  private LoopRig rig(int cells, int slots) throws Exception {
    return new LoopRig(load(cells, slots), slots);
  }

  private LlamaModel load(int cells, int slots) throws Exception {
    LlamaModel loaded = engine.load(file, EngineLoop.shape(cells, slots, 1), _ -> {});
    model = Optional.of(loaded);
    return loaded;
  }

  private static GenerationRequest text(String prompt, int maxTokens) {
    return text(prompt, maxTokens, Sampling.greedy());
  }

  private static GenerationRequest text(String prompt, int maxTokens, Sampling sampling) {
    return GenerationRequest.of(new Prompt.Text(prompt), maxTokens, sampling);
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
