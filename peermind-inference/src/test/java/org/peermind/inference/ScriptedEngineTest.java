// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.GenerationEvent.FinishReason;
import org.peermind.testkit.Property;

class ScriptedEngineTest {
  private static final String ANSWER = "The ☀ shines on Brook Hill.";

  @Test
  void givesItsAnswer_andCutsItAtTheStop() throws Exception {
    assertThat(answer(ANSWER, 100, List.of(), List.of()).text()).isEqualTo(ANSWER);
    Transcript stopped = answer(ANSWER, 100, List.of("Brook"), List.of());
    assertThat(stopped.text()).isEqualTo("The ☀ shines on ");
    assertThat(stopped.finished().reason()).isEqualTo(FinishReason.STOP);
    assertThat(answer(ANSWER, 3, List.of(), List.of()).finished().reason())
        .isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void goesOnAfterEveryTokenAsIfNothingHadHappened() {
    Property.forAll(
        1,
        60,
        random -> {
          int maxTokens = 1 + random.nextInt(40);
          List<String> stop = random.nextBoolean() ? List.of("on B") : List.of();
          Transcript whole = answer(ANSWER, maxTokens, stop, List.of());
          for (int k = 0; k <= whole.tokens().size(); k++) {
            Transcript rest = answer(ANSWER, maxTokens, stop, whole.tokens().subList(0, k));
            assertThat(whole.textOf(k) + rest.text()).isEqualTo(whole.text());
            assertThat(rest.finished().reason()).isEqualTo(whole.finished().reason());
          }
        });
  }

  @Test
  void diesWhereTheScriptSays() throws Exception {
    ScriptedEngine engine =
        new ScriptedEngine(ScriptedEngine.Script.answering(ANSWER).dyingAfter(4));
    LoadedModel model = engine.load(Transcript.anySpec(), LoadProgress.ignored());
    List<String> deaths = new java.util.ArrayList<>();
    model.onDeath(() -> deaths.add("dead"));

    Transcript transcript = Transcript.read(model, Transcript.request(ANSWER, 50));

    assertThat(transcript.text()).isEqualTo("The ");
    assertThat(transcript.failed().kind()).isEqualTo(FailureKind.CRASHED);
    assertThat(deaths).containsExactly("dead");
    assertThat(model.alive()).isFalse();
  }

  private static Transcript answer(
      String answer, int maxTokens, List<String> stop, List<Integer> resume) throws Exception {
    ScriptedEngine engine = new ScriptedEngine(ScriptedEngine.Script.answering(answer));
    try (LoadedModel model = engine.load(Transcript.anySpec(), LoadProgress.ignored())) {
      return Transcript.read(
          model,
          GenerationRequest.of(
                  Prompt.chat(List.of(new ChatMessage("user", "?"))), maxTokens, Sampling.greedy())
              .withStop(stop)
              .withResumeTokens(resume));
    }
  }
}
