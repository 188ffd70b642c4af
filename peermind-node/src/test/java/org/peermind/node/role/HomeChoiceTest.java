// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.peermind.node.role.HomeChoice.Choice;
import org.peermind.node.role.HomeChoice.Rules;
import org.peermind.protocol.NodeId;
import org.peermind.testkit.Property;

class HomeChoiceTest {
  private static final Rules RULES = Rules.standard();

  private final List<NodeId> ranked =
      List.of(Parts.key().id(), Parts.key().id(), Parts.key().id(), Parts.key().id());
  private final NodeId first = ranked.get(0);
  private final NodeId second = ranked.get(1);
  private final NodeId third = ranked.get(2);
  private final HomeChoice choice = new HomeChoice(RULES);
  private Instant now = Parts.START;

  private Choice after(Duration time) {
    now = now.plus(time);
    return choice.tick(now);
  }

  private Choice bothAttached() {
    choice.known(ranked, now);
    choice.attached(second, now);
    return choice.attached(first, now);
  }

  @Test
  void dialsTheTwoThatItRanksFirst_andWaitsABitForTheFirstAsHome() {
    assertThat(choice.known(ranked, now))
        .isEqualTo(new Choice(Optional.empty(), List.of(first, second)));
    assertThat(choice.attached(second, now).home()).isEmpty();
    now = now.plusMillis(50);
    assertThat(choice.attached(first, now).home()).contains(first);
  }

  @Test
  void takesTheStandbyAsHome_whenTheFirstDoesNotComeSoon() {
    choice.known(ranked, now);
    choice.attached(second, now);
    assertThat(after(RULES.firstWait().minusMillis(1)).home()).isEmpty();
    assertThat(after(Duration.ofMillis(1)).home()).contains(second);
  }

  @Test
  void makesTheStandbyHome_inTheSameStepThatLosesTheHome() {
    assertThat(bothAttached().home()).contains(first);
    assertThat(choice.detached(first, now).home()).contains(second);
  }

  @Test
  void movesBack_onlyAfterTheOldHomeHasBeenSteady() {
    bothAttached();
    choice.detached(first, now);
    now = now.plusSeconds(5);
    assertThat(choice.attached(first, now).home()).contains(second);
    assertThat(after(RULES.steady().minusMillis(1)).home()).contains(second);
    assertThat(after(Duration.ofMillis(1)).home()).contains(first);
  }

  @Test
  void countsTheSteadyTimeAnew_whenTheOldHomeGoesAgain() {
    bothAttached();
    choice.detached(first, now);
    choice.attached(first, now);
    after(RULES.steady().minusSeconds(1));
    choice.detached(first, now);
    choice.attached(first, now);
    assertThat(after(RULES.steady().minusSeconds(1)).home()).contains(second);
    assertThat(after(Duration.ofSeconds(1)).home()).contains(first);
  }

  @Test
  void staysAtHome_whenTheStandbyGoes() {
    bothAttached();
    assertThat(choice.detached(second, now).home()).contains(first);
  }

  @Test
  void hasNoHome_whileNobodyIsAttached_andTakesTheFirstThatComesBack() {
    bothAttached();
    choice.detached(first, now);
    assertThat(choice.detached(second, now).home()).isEmpty();
    now = now.plusSeconds(3);
    assertThat(choice.attached(second, now).home()).contains(second);
  }

  @Test
  void dialsAnother_whenOneOfTheTwoIsGoneForLong_andLetsItGoOnceBothAreSteady() {
    bothAttached();
    choice.detached(first, now);
    assertThat(after(RULES.goneAfter().minusMillis(1)).dialled()).containsExactly(first, second);
    assertThat(after(Duration.ofMillis(1)).dialled()).containsExactly(first, second, third);
    choice.attached(third, now);
    assertThat(choice.attached(first, now).dialled()).containsExactly(first, second, third);
    assertThat(after(RULES.steady().minusMillis(1)).dialled())
        .containsExactly(first, second, third);
    assertThat(after(Duration.ofMillis(1)))
        .isEqualTo(new Choice(Optional.of(first), List.of(first, second)));
  }

  @Test
  void dialsEveryReferee_whenNoneCanBeReached() {
    choice.known(ranked, now);
    after(RULES.goneAfter());
    assertThat(after(RULES.goneAfter()).dialled()).containsExactlyElementsOf(ranked);
  }

  @Test
  void attachesToTheOnlyReferee_whenThereIsOne() {
    assertThat(choice.known(List.of(third), now).dialled()).containsExactly(third);
    assertThat(choice.attached(third, now).home()).contains(third);
    assertThat(choice.detached(third, now)).isEqualTo(new Choice(Optional.empty(), List.of(third)));
  }

  @Test
  void movesToARefereeThatBecomesKnownLater_onlyWhenItRanksFirstAndIsSteady() {
    choice.known(List.of(second, third), now);
    choice.attached(second, now);
    choice.attached(third, now);
    assertThat(choice.known(ranked, now).dialled()).startsWith(first, second);
    choice.attached(first, now);
    assertThat(after(Duration.ofSeconds(1)).home()).contains(second);
    assertThat(after(RULES.steady()).home()).contains(first);
  }

  /// Whatever comes and goes: the home is attached, and there is one while anybody is.
  @Test
  void neverHasAHomeThatIsGone() {
    Property.forAll(
        7,
        300,
        random -> {
          HomeChoice any = new HomeChoice(RULES);
          Instant time = Parts.START;
          Set<NodeId> attached = new HashSet<>();
          Choice last = any.known(ranked, time);
          time = time.plus(RULES.firstWait());
          for (int step = 0; step < 60; step++) {
            time = time.plusMillis(random.nextInt(20_000));
            last = any.tick(time);
            attached.retainAll(last.dialled());
            NodeId node = last.dialled().get(random.nextInt(last.dialled().size()));
            if (attached.remove(node)) {
              last = any.detached(node, time);
            } else {
              attached.add(node);
              last = any.attached(node, time);
            }
            attached.retainAll(last.dialled());
            assertThat(last.dialled()).hasSizeGreaterThanOrEqualTo(HomeChoice.WANTED);
            assertThat(last.home().map(attached::contains).orElse(attached.isEmpty())).isTrue();
          }
        });
  }
}
