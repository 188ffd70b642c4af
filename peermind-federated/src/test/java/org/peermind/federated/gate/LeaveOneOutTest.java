// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.NodeId;
import org.peermind.testkit.Property;

class LeaveOneOutTest {
  private static final List<NodeId> MEMBERS =
      IntStream.range(0, 8).mapToObj(LeaveOneOutTest::node).toList();
  private static final double LOSS_MAX = 2;

  /// How a network of updates behaves: each adds its share to the mean loss.
  private record Updates(Map<NodeId, Double> losses) {
    Judgement without(Collection<NodeId> out) {
      double loss =
          losses.entrySet().stream()
              .filter(one -> !out.contains(one.getKey()))
              .mapToDouble(Map.Entry::getValue)
              .average()
              .orElseThrow();
      return new Judgement(LOSS_MAX, loss, loss <= LOSS_MAX ? List.of() : List.of("It rose."));
    }
  }

  private static NodeId node(int number) {
    byte[] key = new byte[32];
    key[0] = (byte) number;
    return NodeId.ofPublicKey(key);
  }

  private static Updates updates(Map<Integer, Double> bad) {
    Map<NodeId, Double> losses = new TreeMap<>();
    MEMBERS.forEach(member -> losses.put(member, 1.0));
    bad.forEach((member, loss) -> losses.put(MEMBERS.get(member), loss));
    return new Updates(losses);
  }

  private static LeaveOneOut run(LeaveOneOut begun, Updates updates) {
    LeaveOneOut course = begun;
    while (course.next().isPresent()) {
      course = course.tried(updates.without(course.next().get()));
    }
    return course;
  }

  @Test
  void suspectsTheOneWithoutWhomTheGatePasses() {
    LeaveOneOut course = run(LeaveOneOut.of(MEMBERS, 3), updates(Map.of(5, 20.0)));

    assertThat(course.suspects()).containsExactly(List.of(MEMBERS.get(5)));
  }

  @Test
  void suspectsEachWhoseAbsenceSuffices() {
    // The mean is 2.125 of 2 at most: without either of the two it passes.
    LeaveOneOut course = run(LeaveOneOut.of(MEMBERS, 3), updates(Map.of(2, 5.0, 6, 6.0)));

    assertThat(course.suspects()).containsExactly(List.of(MEMBERS.get(6)), List.of(MEMBERS.get(2)));
  }

  @Test
  void leavesOutMoreTogether_whenNoSingleOneSuffices() {
    LeaveOneOut course = run(LeaveOneOut.of(MEMBERS, 3), updates(Map.of(1, 30.0, 4, 40.0)));

    assertThat(course.suspects()).containsExactly(List.of(MEMBERS.get(4), MEMBERS.get(1)));
  }

  @Test
  void suspectsNobody_whenNothingHelps() {
    LeaveOneOut course =
        run(LeaveOneOut.of(MEMBERS, 2), updates(Map.of(1, 90.0, 4, 90.0, 5, 90.0)));

    assertThat(course.suspects()).isEmpty();
  }

  @Test
  void putsALossThatIsNoNumberLast() {
    LeaveOneOut course = LeaveOneOut.of(MEMBERS.subList(0, 3), 1);
    course = course.tried(new Judgement(1, Double.NaN, List.of("No number.")));
    course = course.tried(new Judgement(1, 1, List.of()));
    assertThat(course.suspects()).isEmpty();
    course = course.tried(new Judgement(1, Double.POSITIVE_INFINITY, List.of("No number.")));

    assertThat(course.next()).isEmpty();
    assertThat(course.suspects()).containsExactly(List.of(MEMBERS.get(1)));
  }

  @Test
  void endsWithinItsBound_andEveryGroupMakesTheGatePass() {
    Property.forAll(
        1,
        200,
        random -> {
          int most = 1 + random.nextInt(4);
          Map<NodeId, Double> losses = new TreeMap<>();
          MEMBERS.forEach(
              member -> losses.put(member, random.nextInt(4) == 0 ? 10.0 : random.nextDouble()));
          Updates updates = new Updates(losses);
          LeaveOneOut course = LeaveOneOut.of(MEMBERS, most);
          int trials = 0;
          Set<Set<NodeId>> seen = new HashSet<>();
          while (course.next().isPresent()) {
            List<NodeId> out = course.next().get();
            assertThat(out).hasSizeBetween(1, most).doesNotHaveDuplicates();
            assertThat(seen.add(Set.copyOf(out))).isTrue();
            course = course.tried(updates.without(out));
            trials++;
          }
          assertThat(trials).isLessThanOrEqualTo(most * MEMBERS.size());
          for (List<NodeId> group : course.suspects()) {
            assertThat(updates.without(group).hasPassed()).isTrue();
          }
        });
  }

  @Test
  void suspectsTheSame_howeverTheMembersAreOrdered() {
    Property.forAll(
        300,
        20,
        random -> {
          List<NodeId> shuffled = new ArrayList<>(MEMBERS);
          Collections.shuffle(shuffled, new java.util.Random(random.nextLong()));
          LeaveOneOut course = run(LeaveOneOut.of(shuffled, 3), updates(Map.of(1, 30.0, 4, 40.0)));
          assertThat(course.suspects()).containsExactly(List.of(MEMBERS.get(4), MEMBERS.get(1)));
        });
  }

  @Test
  void refusesToLeaveOutEverybody_orToTryMoreThanThereIs() {
    assertThatThrownBy(() -> LeaveOneOut.of(MEMBERS, 8))
        .hasMessage("from 1 to 7 of 8 members may be left out, not 8");
    assertThatThrownBy(() -> LeaveOneOut.of(List.of(MEMBERS.get(0), MEMBERS.get(0)), 1))
        .hasMessage("every member is named once");
    LeaveOneOut ended = run(LeaveOneOut.of(MEMBERS, 1), updates(Map.of(0, 90.0)));
    assertThatThrownBy(() -> ended.tried(new Judgement(1, 1, List.of())))
        .isInstanceOf(IllegalStateException.class);
  }
}
