// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.RefusalCode;
import org.peermind.testkit.Property;

/// Whatever nodes do in whatever order, the promises hold after every input: [RandomWorld] checks
/// them.
final class RefereePropertyTest {
  private static final int CASES = 60;
  private static final int STEPS = 300;

  @Test
  void keepsItsPromises_whateverNodesDo() {
    AtomicInteger assigned = new AtomicInteger();
    AtomicInteger queued = new AtomicInteger();
    Map<RefusalCode, Integer> refused = new EnumMap<>(RefusalCode.class);
    Property.forAll(
        1,
        CASES,
        random -> {
          RandomWorld world = new RandomWorld(random);
          for (int i = 0; i < STEPS; i++) {
            world.step();
          }
          world.passQuietly(Duration.ofSeconds(10));
          assertThat(world.pending()).as("requests without an answer").isEmpty();
          world.stage.after(Duration.ofMinutes(16));
          assertThat(world.stage.core.snapshot(world.stage.now).sessions()).isZero();
          assigned.addAndGet(world.assigned);
          queued.addAndGet(world.queued);
          world.refused.forEach((code, count) -> refused.merge(code, count, Integer::sum));
        });
    assertThat(assigned.get()).as("the world is not idle").isGreaterThan(CASES * 10);
    assertThat(queued.get()).as("requests wait").isGreaterThan(CASES);
    assertThat(refused)
        .as("the world is not easy")
        .containsKeys(
            RefusalCode.NO_USER_SLOT,
            RefusalCode.NO_POWER,
            RefusalCode.NO_CAPACITY,
            RefusalCode.BUDGET_SPENT,
            RefusalCode.CONTEXT_TOO_LONG,
            RefusalCode.BAD_REQUEST);
  }

  @Test
  void givesEqualEffects_forEqualInputs() {
    Property.forAll(
        1_000,
        20,
        random -> {
          RandomWorld world = new RandomWorld(random);
          for (int i = 0; i < STEPS; i++) {
            world.step();
          }
          RefereeCore again = new RefereeCore(Stage.SELF, RandomWorld.SETTINGS);
          List<List<RefereeEffect>> outputs = new ArrayList<>();
          for (int i = 0; i < world.inputs.size(); i++) {
            outputs.add(again.apply(world.inputs.get(i), world.times.get(i)));
          }
          assertThat(outputs).isEqualTo(world.outputs);
        });
  }
}
