// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.nio.file.Path;
import java.time.Duration;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineException;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.node.governance.CanaryRun;
import org.peermind.node.governance.Evaluation.EvaluationFailed;
import org.peermind.protocol.ServedModel;
import org.peermind.protocol.governance.Digest;

/// Asks an adopted model its canaries in a process of its own, beside the model in use, on
/// renewable power.
public final class TrialRun implements CanaryRun {
  private static final Duration POWER_PATIENCE = Duration.ofHours(12);
  private static final Duration ANSWER_MOST = Duration.ofMinutes(2);
  private static final int CONTEXT_TOKENS_MAX = 2_048;

  private final Engine engine;
  private final int threads;
  private final PowerGate power;

  /// @param threads processor cores that a model uses
  public TrialRun(Engine engine, int threads, PowerGate power) {
    this.engine = engine;
    this.threads = threads;
    this.power = power;
  }

  @Override
  public Outcome run(Path file, ServedModel model, Digest seed, String suite, int count)
      throws EvaluationFailed, InterruptedException {
    ItemSuite items =
        ItemSuite.named(suite)
            .orElseThrow(
                () ->
                    new EvaluationFailed(
                        "This version does not know the network's suite of items; update it."));
    if (!power.await(POWER_PATIENCE)) {
      throw new EvaluationFailed("There is no renewable power to try the model on.");
    }
    int context = Math.min(model.contextTokens(), CONTEXT_TOKENS_MAX);
    ModelSpec spec = new ModelSpec(file, model.hash(), context, 1, threads);
    try (LoadedModel loaded = engine.load(spec, LoadProgress.ignored())) {
      Canaries.Outcome outcome =
          new Canaries(items)
              .run(seed, count, Canaries.through(loaded::generate, ANSWER_MOST, power::isAllowed));
      if (outcome.failed() > 0) {
        throw new EvaluationFailed(
            "%d of %d questions had no answer; it is asked again with power."
                .formatted(outcome.failed(), outcome.asked()));
      }
      return new Outcome(outcome.asked(), outcome.right());
    } catch (EngineException refused) {
      throw new EvaluationFailed("The model cannot be loaded here: " + refused.getMessage());
    }
  }
}
