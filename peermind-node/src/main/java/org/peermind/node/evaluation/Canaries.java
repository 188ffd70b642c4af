// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.peermind.inference.EngineException;
import org.peermind.inference.GenerationRequest;
import org.peermind.inference.Sampling;
import org.peermind.protocol.governance.Digest;

/// Puts a few items to an engine that runs: before a node says that it is ready for an adopted
/// model, and while one is being introduced.
public final class Canaries {
  private final ItemSuite suite;

  /// @param suite the network's
  public Canaries(ItemSuite suite) {
    this.suite = requireNonNull(suite);
  }

  /// An engine as a question sees it.
  @FunctionalInterface
  public interface Asked {
    /// The whole answer to `question`, at temperature 0.
    ///
    /// @param tokensMax after so many tokens the answer is cut off
    /// @throws EngineException with one sentence when there is no answer; that is a failure of the
    ///   engine, not a wrong answer
    String answer(String question, int tokensMax) throws EngineException, InterruptedException;
  }

  /// What came of it.
  ///
  /// @param asked how many items were put
  /// @param right how many were answered rightly
  /// @param failed how many were not answered at all
  public record Outcome(int asked, int right, int failed) {
    /// Right answers in thousandths of all that were answered; 0 when none was.
    public int rightPermille() {
      int answered = asked - failed;
      return answered == 0 ? 0 : 1_000 * right / answered;
    }
  }

  /// Puts `count` items that the seed draws, one after the other; fewer when there are fewer.
  public Outcome run(Digest seed, int count, Asked engine) throws InterruptedException {
    int asked = 0;
    int right = 0;
    int failed = 0;
    for (Item item : suite.items(seed, count)) {
      asked++;
      try {
        right += item.accepts(engine.answer(item.question(), suite.answerTokensMax())) ? 1 : 0;
      } catch (EngineException _) {
        failed++;
      }
    }
    return new Outcome(asked, right, failed);
  }

  /// An engine that generates here, such as `room::generate`.
  ///
  /// @param most an answer that takes longer is a failure
  /// @param goOn looked at all the time; once it is false, answers are left and count as failures
  public static Asked through(Generating engine, Duration most, BooleanSupplier goOn) {
    return (question, tokensMax) -> {
      GenerationRequest request =
          Hearing.request(question, tokensMax, Sampling.greedy()).withDeadline(most);
      Hearing.Heard heard = Hearing.hear(engine, request, goOn);
      if (heard.failure().isPresent()) {
        throw EngineException.ofRefusal(
            heard.failure().get().kind(), heard.failure().get().sentence());
      }
      if (heard.isCut()) {
        throw new EngineException("The answer was left before its end.");
      }
      return heard.text();
    };
  }
}
