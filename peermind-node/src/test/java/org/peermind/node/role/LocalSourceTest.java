// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.peermind.inference.ScriptedEngine.Script;
import org.peermind.node.query.AnswerSoFar;
import org.peermind.node.query.Attempt;
import org.peermind.node.query.AttemptEvent;
import org.peermind.node.query.QueueWatch;
import org.peermind.protocol.Activation;
import org.peermind.protocol.GreenReceipt;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.telemetry.EventLog;
import org.peermind.testkit.Await;
import org.peermind.testkit.VirtualClock;

/// The owner's own questions at the own engine.
class LocalSourceTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final VirtualClock clock = new VirtualClock(Parts.START);
  private final NodeId self = Parts.key().id();

  private EngineRoom engine(Script script) {
    EngineRoom engine = Parts.engine(script, 1, clock);
    engine.apply(Activation.FULL);
    return engine;
  }

  private Attempt ask(EngineRoom engine, EventLog events) throws Exception {
    return new LocalSource(self, engine, Parts.SECRETS, clock, events)
        .start(AnswerSoFar.none(LightUserStage.query("Hi")), QueueWatch.NONE);
  }

  private static int tokensOf(SignedEnvelope receipt) throws Exception {
    return GreenReceipt.open(receipt, receipt.signer()).completionTokens();
  }

  @Test
  void givesTheSlotBack_whenTheEngineHasABug() {
    EngineRoom engine =
        engine(
            new Script(
                _ -> {
                  throw new IllegalStateException("a bug");
                },
                Optional.empty(),
                OptionalLong.empty()));

    assertThatThrownBy(() -> ask(engine, _ -> {})).isInstanceOf(IllegalStateException.class);

    assertThat(engine.slots().free()).isEqualTo(1);
    engine.close();
  }

  @Test
  void givesTheSlotBack_whenTheEndCannotBeTold() throws Exception {
    EngineRoom engine = engine(Script.answering("Hello."));
    Attempt attempt =
        ask(
            engine,
            _ -> {
              throw new IllegalStateException("no log");
            });

    assertThatThrownBy(attempt::close).hasMessage("no log");

    Await.until("the slot", SOON, () -> engine.slots().free() == 1);
    engine.close();
  }

  /// Whoever reads may leave without a word once it was told to: what it has is covered then.
  @Test
  void signsForWhatItBringsBeforeItBringsIt_onceItsPowerEnds() throws Exception {
    EngineRoom engine = engine(Script.answering("Hello."));
    try (Attempt attempt = ask(engine, _ -> {})) {
      assertThat(attempt.next(SOON)).isEqualTo(new AttemptEvent.Waiting());
      assertThat(attempt.next(SOON)).isInstanceOf(AttemptEvent.Tokens.class);
      engine.apply(Activation.DRAINING);

      List<String> told = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        switch (attempt.next(SOON)) {
          case AttemptEvent.Receipt(SignedEnvelope receipt) ->
              told.add("signs " + tokensOf(receipt));
          case AttemptEvent.Tokens tokens -> told.add("brings " + tokens.text());
          case AttemptEvent.Yielding _ -> told.add("yields");
          default -> told.add("else");
        }
      }
      assertThat(told)
          .containsExactly("signs 1", "yields", "signs 2", "brings e", "signs 3", "brings l");
    }
    engine.close();
  }
}
