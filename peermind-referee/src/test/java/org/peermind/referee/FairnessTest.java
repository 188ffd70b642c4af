// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.Role;
import org.peermind.testkit.Property;

/// A network that everybody wants more of than there is, for hours (design section 7: contributors
/// come first, nobody is shut out for ever).
final class FairnessTest {
  private static final int USERS = 14;
  private static final int CONTRIBUTORS = 3;
  private static final int SLOTS = 2;

  /// Five users hold slots, and others wait: each slot passes on after a lease and an answer.
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(60);

  @Test
  void shutsNobodyOutForEver_whileContributorsFlood() {
    Property.forAll(
        1,
        2,
        random -> {
          Crowd crowd = new Crowd(random);
          for (int second = 0; second < 2 * 3_600; second++) {
            crowd.live();
          }
          assertThat(crowd.longestWait()).isLessThan(LONGEST_WAIT);
          assertThat(crowd.served.get("giver0"))
              .as("contributors come first")
              .isGreaterThan(crowd.served.get("u5"));
        });
  }

  /// Users that always want something, and one inferer that takes every offer.
  private static final class Crowd {
    final Map<String, Integer> served = new HashMap<>();
    private final Stage stage =
        new Stage(
            RefereeSettings.defaults().withSlotsPerInferer(5).withFairness(1_000_000_000, 30));
    private final RandomGenerator random;
    private final List<String> users = new ArrayList<>();
    private final Map<String, Instant> lastServed = new HashMap<>();
    private final Map<String, Integer> waiting = new HashMap<>();
    private final PriorityQueue<Running> running =
        new PriorityQueue<>((one, other) -> one.until.compareTo(other.until));
    private Duration longest = Duration.ZERO;
    private int requests;

    private record Running(String session, Instant until) {}

    Crowd(RandomGenerator random) {
      this.random = random;
      stage.attachInferer("sun");
      for (int i = 0; i < USERS; i++) {
        String name = i < CONTRIBUTORS ? "giver" + i : "u" + i;
        users.add(name);
        lastServed.put(name, stage.now);
        served.put(name, 0);
        Role[] roles =
            i < CONTRIBUTORS
                ? new Role[] {Role.LIGHT_USER, Role.INFERER}
                : new Role[] {Role.LIGHT_USER};
        stage.attach(name, Stage.HOME, roles);
      }
    }

    void live() {
      stage.now = stage.now.plusSeconds(1);
      if (stage.now.getEpochSecond() % 30 == 0) {
        int free = Math.max(0, SLOTS - running.size());
        perform(stage.report("sun", new Sketch().slots(free, SLOTS)));
      }
      while (!running.isEmpty() && !running.peek().until.isAfter(stage.now)) {
        perform(stage.end(running.remove().session, "sun", 10));
      }
      for (String user : users) {
        boolean giver = user.startsWith("giver");
        if (waiting.getOrDefault(user, 0) < (giver ? 4 : 1)
            && random.nextInt(giver ? 1 : 20) == 0) {
          ask(user);
        }
      }
      perform(stage.tick());
    }

    private void ask(String user) {
      waiting.merge(user, 1, Integer::sum);
      perform(
          stage.give(
              stage.request(
                  user,
                  "r" + requests++,
                  "demo",
                  Duration.ofSeconds(20 + random.nextInt(580)),
                  Optional.empty(),
                  10,
                  new Stage.Wishes(Optional.empty(), true, Optional.empty()))));
    }

    private void perform(List<RefereeEffect> effects) {
      for (RefereeEffect effect : effects) {
        if (effect instanceof RefereeEffect.SendOffer offer) {
          perform(stage.accept(stage.name(offer.offer()), "sun"));
        } else if (effect instanceof RefereeEffect.Assign assign) {
          String user = stage.name(assign.user());
          waiting.merge(user, -1, Integer::sum);
          served.merge(user, 1, Integer::sum);
          longest = longest(longest, Duration.between(lastServed.put(user, stage.now), stage.now));
          Instant until = stage.now.plusSeconds(2 + random.nextInt(18));
          running.add(new Running(stage.name(assign.session()), until));
        } else if (effect instanceof RefereeEffect.Refuse refuse) {
          waiting.merge(stage.name(refuse.user()), -1, Integer::sum);
        }
      }
    }

    Duration longestWait() {
      Duration all = longest;
      for (Instant last : lastServed.values()) {
        all = longest(all, Duration.between(last, stage.now));
      }
      return all;
    }

    private static Duration longest(Duration one, Duration other) {
      return one.compareTo(other) > 0 ? one : other;
    }
  }
}
