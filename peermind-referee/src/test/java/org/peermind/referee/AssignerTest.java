// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Activation;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.Role;

/// The order in which inferers are asked (design section 7).
final class AssignerTest {
  private final Stage stage = Stage.settled();
  private int requests;

  @BeforeEach
  void attachUser() {
    stage.attachUser("ann");
  }

  @Test
  void prefersDirectSurplusToBattery() {
    inferer("stored", new Sketch().source("battery").battery(100));
    inferer("reduced", new Sketch().activation(Activation.REDUCED).battery(100));
    inferer("surplus", new Sketch().battery(5));

    assertThat(order()).startsWith("surplus");
  }

  @Test
  void prefersFullerBatteries_inStepsOfTenPercent() {
    inferer("low", new Sketch().source("battery").battery(39));
    inferer("full", new Sketch().source("battery").battery(100));
    inferer("half", new Sketch().source("battery").battery(51));

    assertThat(order()).containsExactly("full", "half", "low");
  }

  @Test
  void savesABatteryThatSurplusWouldCharge_whenAnotherSurplusWouldBeLost() {
    inferer("charging", new Sketch().battery(20));
    inferer("no-battery", new Sketch());

    assertThat(order()).startsWith("no-battery");
  }

  @Test
  void prefersTheNearerCell_amongEqualPower() {
    stage.attach("far", Stage.FAR, Role.INFERER);
    stage.report("far", new Sketch());
    stage.attach("near", Stage.HOME, Role.INFERER);
    stage.report("near", new Sketch());

    assertThat(order()).containsExactly("near", "far");
  }

  @Test
  void prefersTheLessLoaded_amongEqualPlaces() {
    inferer("busy", new Sketch().slots(1, 4));
    inferer("idle", new Sketch().slots(1, 1));

    assertThat(order()).startsWith("idle");
  }

  @Test
  void spreadsRequestsOverEqualInferers() {
    inferer("one", new Sketch().slots(2, 2));
    inferer("two", new Sketch().slots(2, 2));

    List<String> asked = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      asked.add(stage.offeredTo(stage.ask("ann", "r" + i)));
    }

    assertThat(asked.subList(0, 2)).containsExactlyInAnyOrder("one", "two");
    assertThat(asked.subList(2, 4)).containsExactlyInAnyOrder("one", "two");
    assertThat(Stage.refusal(stage.ask("ann", "r4")).sentence()).contains("busy");
  }

  @Test
  void findsAModelByNameOrHash() {
    ModelHash other = new ModelHash("ab".repeat(32));
    inferer("sun", new Sketch());
    inferer("wind", new Sketch().model("other", other));

    assertThat(stage.offeredTo(ask("other"))).isEqualTo("wind");
    assertThat(stage.offeredTo(ask("AB".repeat(32)))).isEqualTo("wind");
    assertThat(stage.offeredTo(ask("demo"))).isEqualTo("sun");
  }

  @Test
  void forgetsAModel_whenNobodyServesItAnyMore() {
    inferer("sun", new Sketch());
    stage.report("sun", new Sketch().model("other", new ModelHash("ab".repeat(32))));

    assertThat(Stage.refusal(ask("demo")).sentence())
        .isEqualTo("No inferer in the network serves demo; those here serve other.");
    assertThat(stage.offeredTo(ask("other"))).isEqualTo("sun");
  }

  @Test
  void choosesAmongFilesOfOneName_byTheSameOrder() {
    inferer("stored", new Sketch().source("battery").battery(90));
    inferer("surplus", new Sketch().model("demo", new ModelHash("ab".repeat(32))));

    assertThat(order()).containsExactly("surplus", "stored");
  }

  @Test
  void prefersWhoCanContinueAnswers_amongEqualPower() {
    inferer("declares", new Sketch().withoutContinuation().slots(2, 2));
    stage.attach("far", Stage.FAR, Role.INFERER);
    stage.report("far", new Sketch().slots(1, 2));

    assertThat(order()).containsExactly("far", "declares");
  }

  @Test
  void asksSurplusBeforeBattery_evenWhenOnlyTheBatteryCouldContinue() {
    inferer("surplus", new Sketch().withoutContinuation());
    inferer("stored", new Sketch().source("battery").battery(90));

    assertThat(order()).containsExactly("surplus", "stored");
  }

  @Test
  void asksOnlyWhoCanContinue_whenTokensWereDelivered() {
    inferer("declares", new Sketch().withoutContinuation());

    assertThat(Stage.refusal(resume("r1")).sentence())
        .isEqualTo("No inferer of demo that has power can continue an answer.");
    inferer("stored", new Sketch().source("battery").battery(30));
    assertThat(stage.offeredTo(resume("r2"))).isEqualTo("stored");
  }

  private List<RefereeEffect> resume(String request) {
    return stage.give(
        stage.request(
            "ann",
            request,
            "demo",
            Duration.ZERO,
            Optional.empty(),
            100,
            new Stage.Wishes(Optional.empty(), false, Optional.empty(), true)));
  }

  @Test
  void offersNoWorkForADeclaredModel() {
    inferer("declares", new Sketch().declared());

    assertThat(Stage.refusal(ask("demo")).sentence()).contains("only declared");
  }

  @Test
  void offersWorkForADeclaredModel_whenTheRefereeAcceptsThem() {
    Stage open = Stage.settled(RefereeSettings.defaults().withUnverifiedModels(true));
    open.attachUser("ann");
    open.attachInferer("declares");
    open.report("declares", new Sketch().declared().withoutContinuation());

    assertThat(open.offeredTo(open.ask("ann", "r"))).isEqualTo("declares");
  }

  private void inferer(String name, Sketch sketch) {
    stage.attachInferer(name);
    stage.report(name, sketch);
  }

  private List<RefereeEffect> ask(String model) {
    return stage.ask("ann", "ask" + requests++, model, Optional.empty());
  }

  /// The inferers that are asked one after the other, each declining.
  private List<String> order() {
    List<String> order = new ArrayList<>();
    List<RefereeEffect> effects = stage.ask("ann", "r");
    while (!Stage.only(effects, RefereeEffect.SendOffer.class).isEmpty()) {
      order.add(stage.offeredTo(effects));
      effects = stage.decline("r.offer" + order.size(), order.getLast(), "No.");
    }
    return order;
  }
}
