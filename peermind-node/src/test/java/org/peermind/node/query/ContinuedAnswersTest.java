// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Prompt;
import org.peermind.inference.Sampling;
import org.peermind.inference.TokenLogprob;
import org.peermind.node.query.AnswerEvent.FinishReason;
import org.peermind.protocol.Id16;
import org.peermind.protocol.RefusalCode;
import org.peermind.telemetry.Event;
import org.peermind.telemetry.QueryEvent;
import org.peermind.testkit.Property;
import org.peermind.testkit.VirtualClock;

/// Promise 4: no lost answer (design section 6, step 6).
class ContinuedAnswersTest {
  private static final Instant START = Instant.parse("2026-06-21T10:00:00Z");
  private static final String TEXT = "The river Ilsa carries sunlight to the mills.";

  private final VirtualClock clock = new VirtualClock(START);
  private final List<Event> events = new ArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();

  private ContinuedAnswers answers(AttemptSource... sources) {
    return new ContinuedAnswers(
        List.of(sources),
        ContinuationRules.standard(),
        clock,
        pause -> {
          pauses.add(pause);
          clock.advance(pause);
        },
        () -> new Id16(1, 2),
        events::add);
  }

  private static Query query(int tokensMax) {
    return new Query(
        "demo",
        Prompt.chat(List.of(new ChatMessage("user", "Where does Ilsa flow?"))),
        tokensMax,
        new Sampling(0, 1, 0),
        OptionalLong.empty(),
        List.of());
  }

  private static String textOf(Answer answer) throws InterruptedException {
    StringBuilder text = new StringBuilder();
    while (answer.next() instanceof AnswerEvent.Text(String more, var _)) {
      text.append(more);
    }
    return text.toString();
  }

  @Test
  void givesTheSameTextAndIds_whereverTheWorkerDies() throws Exception {
    for (int death = 0; death <= TEXT.length(); death++) {
      ScriptedWorkers workers = new ScriptedWorkers(TEXT).dyingAfter(death);
      Answer answer = answers(workers).ask(query(100));
      assertThat(textOf(answer)).as("death after %s tokens", death).isEqualTo(TEXT);
      assertThat(answer.next())
          .isEqualTo(new AnswerEvent.Done(FinishReason.STOP, 5, TEXT.length(), 0, 1));
      assertThat(workers.started().getLast().tokens())
          .containsExactlyElementsOf(ScriptedWorkers.ids(TEXT).subList(0, death));
    }
  }

  @Test
  void losesAndRepeatsNothing_overAnyNumberOfDeaths() {
    Property.forAll(
        1,
        100,
        random -> {
          List<Integer> deaths = new ArrayList<>();
          int at = 0;
          while (at < TEXT.length()) {
            deaths.add(at);
            at += 1 + random.nextInt(8);
          }
          ScriptedWorkers workers =
              new ScriptedWorkers(TEXT)
                  .dyingAfter(deaths.stream().mapToInt(Integer::intValue).toArray());
          Answer answer = answers(workers).ask(query(100));
          assertThat(textOf(answer)).isEqualTo(TEXT);
          assertThat(workers.open()).isEqualTo(1);
          answer.close();
          assertThat(workers.open()).isZero();
        });
  }

  @Test
  void goesOnAtAWorkerThatWasReadied_whenOneYields() throws Exception {
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).yieldingAfter(7);
    Answer answer = answers(workers).ask(query(100));

    assertThat(textOf(answer)).isEqualTo(TEXT);
    assertThat(answer.next())
        .isEqualTo(new AnswerEvent.Done(FinishReason.STOP, 5, TEXT.length(), 0, 1));
    List<AnswerSoFar> started = workers.started();
    assertThat(started).hasSize(3);
    assertThat(started.get(1).query().tokensMax()).isEqualTo(8);
    assertThat(started.get(1).excluded()).containsExactly(ScriptedWorkers.node(0));
    assertThat(started.get(2).tokens())
        .isEqualTo(started.get(1).tokens())
        .containsExactlyElementsOf(ScriptedWorkers.ids(TEXT).subList(0, 7));
    assertThat(started.get(2).query().tokensMax()).isEqualTo(100);
    assertThat(started.get(2).query().conversation())
        .isPresent()
        .isEqualTo(started.get(1).query().conversation());
    answer.close();
    assertThat(workers.open()).isZero();
  }

  @Test
  void staysWithAWorkerThatYields_whenNobodyElseIsThere() throws Exception {
    ScriptedWorkers workers =
        new ScriptedWorkers(TEXT)
            .yieldingAfter(7)
            .goingOnAllTheSame()
            .refusingAfterFirst(RefusalCode.NO_POWER, 3);
    Answer answer = answers(workers).ask(query(100));

    assertThat(textOf(answer)).isEqualTo(TEXT);
    assertThat(answer.next())
        .isEqualTo(new AnswerEvent.Done(FinishReason.STOP, 5, TEXT.length(), 0, 0));
  }

  @Test
  void readiesNobody_whenTheAnswerIsAboutToEndAnyway() throws Exception {
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).yieldingAfter(8).goingOnAllTheSame();
    assertThat(textOf(answers(workers).ask(query(9)))).isEqualTo(TEXT.substring(0, 9));
    assertThat(workers.started()).hasSize(1);
  }

  @Test
  void givesUpReadying_whenTheAnswerIsClosed() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    ScriptedWorkers workers =
        new ScriptedWorkers(TEXT)
            .yieldingAfter(0)
            .goingOnAllTheSame()
            .beforeSecondStart(
                () -> {
                  asked.countDown();
                  new CountDownLatch(1).await();
                });
    Answer answer = answers(workers).ask(query(100));
    assertThat(answer.next()).isEqualTo(new AnswerEvent.Text(TEXT.substring(0, 1)));
    asked.await();
    answer.close();
    assertThat(workers.open()).isZero();
    assertThat(workers.started()).hasSize(1);
  }

  @Test
  void keepsSeedModelAndJob_forTheNextWorker() throws Exception {
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).dyingAfter(3);
    assertThat(textOf(answers(workers).ask(query(100)))).isEqualTo(TEXT);
    AnswerSoFar second = workers.started().get(1);
    assertThat(second.seed()).hasValue(ScriptedWorkers.SEED);
    assertThat(second.model()).contains(ScriptedWorkers.MODEL);
    assertThat(second.job()).contains(ScriptedWorkers.JOB);
    assertThat(second.excluded()).containsExactly(ScriptedWorkers.node(0));
  }

  @Test
  void endsByLength_whenTheWorkerDiesAtTheVeryLastToken() throws Exception {
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).dyingAfter(9);
    Answer answer = answers(workers).ask(query(9));
    assertThat(textOf(answer)).isEqualTo(TEXT.substring(0, 9));
    assertThat(answer.next()).isEqualTo(new AnswerEvent.Done(FinishReason.LENGTH, 5, 9, 0, 1));
  }

  @Test
  void continuesElsewhere_whenAWorkerSendsMoreThanWasAskedFor() throws Exception {
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).overflowingFirst();
    Answer answer = answers(workers).ask(query(9));
    assertThat(textOf(answer)).isEqualTo(TEXT.substring(0, 9));
    assertThat(workers.started()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({"0, 102401", "1, 1025", "2, 2049"})
  void continuesElsewhere_whenAWorkerSendsTextThatItsTokensCannotHold(int ids, int characters)
      throws Exception {
    AttemptEvent.Tokens odd =
        new AttemptEvent.Tokens(Collections.nCopies(ids, 7), "x".repeat(characters), List.of());
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).sendingFirst(odd);
    assertThat(textOf(answers(workers).ask(query(100)))).isEqualTo(TEXT);
    assertThat(workers.started()).hasSize(2);
    assertThat(workers.started().getLast().tokens()).isEmpty();
  }

  @Test
  void continuesElsewhere_whenAWorkerSendsProbabilitiesThatNobodyAskedFor() throws Exception {
    TokenLogprob.Candidate token = new TokenLogprob.Candidate("x", List.of(120), -0.5);
    AttemptEvent.Tokens odd =
        new AttemptEvent.Tokens(
            List.of(7), "x", List.of(), List.of(new TokenLogprob(token, List.of())));
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).sendingFirst(odd);
    assertThat(textOf(answers(workers).ask(query(100)))).isEqualTo(TEXT);
    assertThat(workers.started()).hasSize(2);
  }

  @Test
  void isAskedAgain_whenAnEngineWithoutTokensBreaksBeforeItShowedAnything() throws Exception {
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).withoutIds().dyingAfter(0);
    Answer answer = answers(workers).ask(query(100));
    assertThat(textOf(answer)).isEqualTo(TEXT);
    assertThat(workers.started()).hasSize(2);
  }

  @Test
  void failsClearly_whenAnEngineWithoutTokensBreaksAfterItShowedSomething() throws Exception {
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).withoutIds().dyingAfter(9);
    Answer answer = answers(workers).ask(query(100));
    assertThat(textOf(answer)).isEqualTo(TEXT.substring(0, 9));
    assertThat(answer.next())
        .isEqualTo(
            new AnswerEvent.Failed(
                RefusalCode.INFERER_FAILED,
                "It died. What was shown came without tokens, so that nobody can go on with it;"
                    + " ask again.",
                0));
    assertThat(workers.started()).hasSize(1);
    assertThat(workers.open()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "CONTEXT_TOO_LONG, INFERER_FAILED",
    "UNKNOWN_MODEL, INFERER_FAILED",
    "NO_POWER, NO_POWER",
    "NO_REFEREE, NO_REFEREE"
  })
  void keepsTheFailuresCode_unlessTheRefusalTellsWhyNobodyIsThere(
      RefusalCode refusal, RefusalCode told) throws Exception {
    ScriptedWorkers workers =
        new ScriptedWorkers(TEXT).dyingAfter(4).refusingAfterFirst(refusal, 9_999);
    Answer answer = answers(workers).ask(query(100));
    assertThat(textOf(answer)).isEqualTo(TEXT.substring(0, 4));
    assertThat(answer.next())
        .isEqualTo(new AnswerEvent.Failed(told, "It died. Nobody else could go on: Not now.", 30));
  }

  @ParameterizedTest
  @EnumSource(
      value = RefusalCode.class,
      names = {"CONTEXT_TOO_LONG", "BAD_REQUEST"})
  void triesNobodyElse_whenTheQuestionIsAtFault(RefusalCode code) throws Exception {
    ScriptedWorkers workers =
        new ScriptedWorkers(TEXT).breakingFirst(new AttemptEvent.Broken(code, "No.", false));
    Answer answer = answers(workers).ask(query(9));
    assertThat(answer.next()).isEqualTo(new AnswerEvent.Failed(code, "No.", 0));
    assertThat(answer.next()).isEqualTo(new AnswerEvent.Failed(code, "No.", 0));
    assertThat(workers.started()).hasSize(1);
    assertThat(workers.open()).isZero();
    assertThat(events).containsExactly(new QueryEvent.AnswerFailed(id(), code, 0, Duration.ZERO));
  }

  @Test
  void startsElsewhere_whenTheFirstWorkerBreaksBeforeItsFirstToken() throws Exception {
    ScriptedWorkers workers =
        new ScriptedWorkers(TEXT)
            .breakingFirst(new AttemptEvent.Broken(RefusalCode.INFERER_FAILED, "Dead.", true));
    Answer answer = answers(workers).ask(query(100));
    assertThat(textOf(answer)).isEqualTo(TEXT);
    assertThat(events)
        .hasExactlyElementsOfTypes(
            QueryEvent.AnswerStarted.class,
            QueryEvent.AnswerContinued.class,
            QueryEvent.AnswerFinished.class);
  }

  @Test
  void givesUp_afterSixFailuresInARow() throws Exception {
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).alwaysBreaking();
    Answer answer = answers(workers).ask(query(100));
    assertThat(answer.next()).isInstanceOf(AnswerEvent.Failed.class);
    assertThat(workers.started()).hasSize(ContinuationRules.standard().failuresMax() + 1);
    assertThat(workers.open()).isZero();
  }

  @Test
  void emptyTokenFramesAreNoProgress_soTheyDoNotLengthenTheTries() throws Exception {
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).alwaysBreaking().afterEmptyTokens();
    Answer answer = answers(workers).ask(query(100));
    assertThat(answer.next()).isInstanceOf(AnswerEvent.Failed.class);
    assertThat(workers.started()).hasSize(ContinuationRules.standard().failuresMax() + 1);
  }

  @Test
  void waitsForAWorkerAtMostTwelveSeconds_thenSaysWhatHappenedAndWhen() throws Exception {
    ScriptedWorkers workers =
        new ScriptedWorkers(TEXT).dyingAfter(4).refusingAfterFirst(RefusalCode.NO_POWER, 9_999);
    Answer answer = answers(workers).ask(query(100));
    assertThat(textOf(answer)).isEqualTo(TEXT.substring(0, 4));
    assertThat(answer.next())
        .isEqualTo(
            new AnswerEvent.Failed(
                RefusalCode.NO_POWER, "It died. Nobody else could go on: Not now.", 30));
    assertThat(Duration.between(START, clock.instant()))
        .isBetween(Duration.ofSeconds(12), Duration.ofSeconds(13));
  }

  @Test
  void asksTheFailedWorkerAgain_whenNobodyElseIsThere() throws Exception {
    ScriptedWorkers workers =
        new ScriptedWorkers(TEXT).dyingAfter(4).refusingAfterFirst(RefusalCode.NO_CAPACITY, 1);
    assertThat(textOf(answers(workers).ask(query(100)))).isEqualTo(TEXT);
    assertThat(workers.asked().get(1).excluded()).containsExactly(ScriptedWorkers.node(0));
    assertThat(workers.asked().get(2).excluded()).isEmpty();
    assertThat(pauses).containsExactly(ContinuationRules.standard().restartPause());
  }

  @Test
  void excludesABoundedNumberOfWorkers_howeverOftenTheAnswerMoves() throws Exception {
    int[] deaths = java.util.stream.IntStream.rangeClosed(1, 40).toArray();
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).dyingAfter(deaths);
    assertThat(textOf(answers(workers).ask(query(100)))).isEqualTo(TEXT);
    assertThat(workers.started()).hasSize(41);
    assertThat(workers.started())
        .allSatisfy(soFar -> assertThat(soFar.excluded()).hasSizeLessThanOrEqualTo(16));
    assertThat(workers.started().getLast().excluded()).contains(ScriptedWorkers.node(39));
  }

  @Test
  void tellsTheMove_onceTheNextWorkerHasBroughtAToken() throws Exception {
    ScriptedWorkers workers = new ScriptedWorkers(TEXT).dyingAfter(4);
    assertThat(textOf(answers(workers).ask(query(100)))).isEqualTo(TEXT);
    assertThat(events)
        .containsExactly(
            new QueryEvent.AnswerStarted(
                id(), ScriptedWorkers.MODEL, ScriptedWorkers.node(0), Duration.ZERO),
            new QueryEvent.AnswerContinued(
                id(),
                ScriptedWorkers.node(0),
                ScriptedWorkers.node(1),
                4,
                Duration.ZERO,
                RefusalCode.INFERER_FAILED),
            new QueryEvent.AnswerFinished(
                id(), QueryEvent.Ending.STOP, 5, TEXT.length(), 0, 1, Duration.ZERO));
  }

  @Test
  void asksTheSourcesInOrder_andTheLastRefusalStands() {
    AttemptSource own = new ScriptedWorkers(TEXT).refusing(RefusalCode.NO_POWER);
    AttemptSource network = new ScriptedWorkers(TEXT).refusing(RefusalCode.NO_CAPACITY);
    assertThatThrownBy(() -> answers(own, network).ask(query(9)))
        .isInstanceOfSatisfying(
            QueryRefused.class,
            refused -> assertThat(refused.code()).isEqualTo(RefusalCode.NO_CAPACITY));
    assertThat(events)
        .containsExactly(
            new QueryEvent.QueryRefused(RefusalCode.NO_CAPACITY, Duration.ofSeconds(30)));
  }

  @Test
  void closingEndsTheAnswerOnce_withOneEvent() throws Exception {
    ScriptedWorkers workers = new ScriptedWorkers(TEXT);
    Answer answer = answers(workers).ask(query(100));
    assertThat(answer.next()).isEqualTo(new AnswerEvent.Text("T"));
    answer.close();
    answer.close();
    assertThat(answer.next()).isInstanceOf(AnswerEvent.Failed.class);
    assertThat(workers.open()).isZero();
    assertThat(events)
        .hasSize(2)
        .last()
        .isEqualTo(
            new QueryEvent.AnswerFinished(
                id(), QueryEvent.Ending.CANCELLED, 0, 1, 0, 0, Duration.ZERO));
  }

  @Test
  void leavesNoWorkerBehind_whenClosedWhileTheNextOneIsLookedFor() throws Exception {
    CountDownLatch looking = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    ScriptedWorkers workers =
        new ScriptedWorkers(TEXT)
            .dyingAfter(4)
            .beforeSecondStart(
                () -> {
                  looking.countDown();
                  closed.await();
                });
    Answer answer = answers(workers).ask(query(100));
    AtomicReference<AnswerEvent> last = new AtomicReference<>();
    Thread reader =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    textOf(answer);
                    last.set(answer.next());
                  } catch (InterruptedException unexpected) {
                    Thread.currentThread().interrupt();
                  }
                });
    looking.await();
    answer.close();
    closed.countDown();
    reader.join();
    assertThat(workers.started()).hasSize(2);
    assertThat(workers.open()).isZero();
    assertThat(last.get()).isInstanceOf(AnswerEvent.Failed.class);
  }

  @Test
  void nothingThatReachesALogTellsTheQuestionOrTheAnswer() {
    Query secret =
        new Query(
            "demo",
            Prompt.chat(List.of(new ChatMessage("user", "CANARY"))),
            9,
            new Sampling(0, 1, 0),
            OptionalLong.empty(),
            List.of("CANARY"));
    assertThat(
            List.of(
                secret,
                secret.prompt(),
                AnswerSoFar.none(secret),
                new AnswerEvent.Text("CANARY"),
                new AttemptEvent.Tokens(List.of(1), "CANARY", List.of())))
        .noneMatch(each -> each.toString().contains("CANARY"));
  }

  @Test
  void listsEachModelOnce_andRefusesOnlyWhenNoSourceCanTell() throws Exception {
    ScriptedWorkers one = new ScriptedWorkers(TEXT);
    AttemptSource silent = new ScriptedWorkers(TEXT).refusing(RefusalCode.NO_REFEREE);
    assertThat(answers(one, new ScriptedWorkers(TEXT), silent).models()).hasSize(1);
    assertThatThrownBy(() -> answers(silent).models()).isInstanceOf(QueryRefused.class);
  }

  private static Id16 id() {
    return new Id16(1, 2);
  }
}
