// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

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
