// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.peermind.inference.EngineException;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.ScriptedEngine;
import org.peermind.node.evaluation.Canaries.Outcome;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.governance.Digest;

class CanariesTest {
  private static final Digest SEED = Digest.over("canaries".getBytes(StandardCharsets.UTF_8));
  private static final Duration SOON = Duration.ofSeconds(10);

  private final Canaries canaries = new Canaries(ItemSuite.GENERAL);

  @Test
  void countsRightWrongAndMissingAnswers() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Outcome outcome =
        canaries.run(
            SEED,
            10,
            (question, _) ->
                switch (asked.getAndIncrement()) {
                  case 0, 5 -> throw new EngineException("There is no power.");
                  case 1, 2 -> "I do not know.";
                  default -> SolvedTask.answer(question);
                });

    assertThat(outcome).isEqualTo(new Outcome(10, 6, 2));
    assertThat(outcome.rightPermille()).isEqualTo(750);
    assertThat(new Outcome(3, 0, 3).rightPermille()).isZero();
  }

  @Test
  void asksAnEngineThatGenerates() throws Exception {
    try (LoadedModel model = load(CountedEngine.wise())) {
      assertThat(canaries.run(SEED, 20, Canaries.through(model::generate, SOON, () -> true)))
          .isEqualTo(new Outcome(20, 20, 0));
      assertThat(canaries.run(SEED, 20, Canaries.through(model::generate, SOON, () -> false)))
          .isEqualTo(new Outcome(20, 0, 20));
    }
  }

  @Test
  void countsAnswersThatBreakOff_asMissing() throws Exception {
    try (LoadedModel model = load(CountedEngine.wise().dyingAfter(0))) {
      assertThat(canaries.run(SEED, 5, Canaries.through(model::generate, SOON, () -> true)))
          .isEqualTo(new Outcome(5, 0, 5));
    }
  }

  private static LoadedModel load(ScriptedEngine.Script script) throws Exception {
    ModelSpec spec = new ModelSpec(Path.of("any.gguf"), new ModelHash("0".repeat(64)), 2_048, 1, 1);
    return new ScriptedEngine(script).load(spec, LoadProgress.ignored());
  }
}
