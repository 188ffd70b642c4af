// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.gate.LeaveOneOut;
import org.peermind.federated.round.Round;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.RoundEvaluation;

/// Suspects of a real round whose adapter names the members that it was made of.
class AttributionTest {
  private static final ByteString ITEMS = ByteString.copyFromUtf8("items");

  @TempDir private Path folder;
  private RoundTown town;
  private Round round;
  private final List<String> tried = new ArrayList<>();

  @BeforeEach
  void finishARound() throws Exception {
    town = new RoundTown(folder, 6);
    round = town.finished();
  }

  @AfterEach
  void close() throws Exception {
    town.close();
  }

  private static String names(Iterable<NodeId> members) {
    StringBuilder names = new StringBuilder();
    members.forEach(member -> names.append(member).append(' '));
    return names.toString();
  }

  private static Combining.Combined naming(Round round, Map<NodeId, byte[]> vectors) {
    ByteString named = ByteString.copyFromUtf8(names(new TreeSet<>(vectors.keySet())));
    return new Combining.Combined(
        round.aggregate().orElseThrow().exclusions(), ByteString.EMPTY, ByteString.EMPTY, named);
  }

  private List<List<NodeId>> suspects(Combining combining, NodeId... liars)
      throws IOException, InterruptedException {
    Examiner examiner =
        (same, items, parent, adapter) -> {
          assertThat(same).isSameAs(round);
          assertThat(items).isEqualTo(ITEMS);
          assertThat(parent).isEmpty();
          String made = adapter.toStringUtf8();
          tried.add(made);
          int harm = 0;
          for (NodeId liar : liars) {
            harm += made.contains(liar.toString()) ? 1 : 0;
          }
          return new Examiner.Finding(
              8,
              1_000_000,
              harm == liars.length ? RoundEvaluation.NO_LOSS : 1_000_000 + harm,
              harm == 0 ? List.of() : List.of("The loss rose."));
        };
    Map<NodeId, ByteString> updates = new TreeMap<>();
    for (NodeId member : round.updates().keySet()) {
      updates.put(member, ByteString.copyFromUtf8("update of " + member));
    }
    Attribution.Left left = new Attribution.Left(round, updates, ITEMS, Optional.empty());
    Attribution attribution = new Attribution(combining, examiner);
    LeaveOneOut course = Attribution.course(left).orElseThrow();
    int most = course.most();
    for (int done = 0; course.next().isPresent(); done++) {
      assertThat(course.done()).isEqualTo(done).isLessThan(most);
      course = attribution.tried(left, course);
    }
    assertThat(course.done()).isLessThanOrEqualTo(most);
    return course.suspects();
  }

  private List<NodeId> members() {
    return List.copyOf(round.updates().keySet());
  }

  @Test
  void namesTheMemberWithoutWhomTheGatePasses_afterOneTrialForEach() throws Exception {
    assertThat(members()).hasSize(6);

    assertThat(suspects(AttributionTest::naming, members().get(4)))
        .containsExactly(List.of(members().get(4)));
    assertThat(tried).hasSize(6).doesNotHaveDuplicates();
  }

  @Test
  void namesTwoTogether_whenNeitherSufficesAlone() throws Exception {
    List<List<NodeId>> groups =
        suspects(AttributionTest::naming, members().get(1), members().get(3));

    assertThat(groups).hasSize(1);
    assertThat(groups.getFirst()).containsExactlyInAnyOrder(members().get(1), members().get(3));
    assertThat(tried).hasSize(11);
  }

  @Test
  void namesNobody_whenNothingComesOfTheOthers() throws Exception {
    Combining never =
        (_, _) -> {
          throw new IllegalArgumentException("too few updates.");
        };

    assertThat(suspects(never, members().get(1))).isEmpty();
    assertThat(tried).isEmpty();
  }

  @Test
  void findsWhatARoundLeftOnTheDisk() throws Exception {
    Attribution.Left left = Attribution.Left.in(folder.resolve("aggregator"), round);

    assertThat(left.updates()).containsOnlyKeys(members());
    assertThat(left.items()).isEqualTo(town.wishes.items());
    assertThat(left.parent()).isEmpty();
    assertThatThrownBy(() -> Attribution.Left.in(folder.resolve("nowhere"), round))
        .isInstanceOf(IOException.class)
        .hasMessage("An update of this round is not on this node any more.");
  }

  @Test
  void keepsACopyOut_whenWhatItCopiesIsLeftOut() throws Exception {
    RoundTown other = new RoundTown(folder.resolve("other"), 4);
    try {
      other.seats.get(3).pupil.numbers = other.seats.get(0).pupil.numbers.clone();
      round = other.finished();
      NodeId copy = round.aggregate().orElseThrow().exclusions().getFirst().member();
      NodeId original = other.seats.get(other.seats.get(0).key.id().equals(copy) ? 3 : 0).key.id();

      assertThat(suspects(AttributionTest::naming, original)).containsExactly(List.of(original));
      assertThat(tried).hasSize(3).noneMatch(one -> one.contains(copy.toString()));
    } finally {
      other.close();
    }
  }
}
