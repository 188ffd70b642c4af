// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.federated.round.Round;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.node.api.OwnerPage;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.federated.RoundClose;

/// An owner asks whose update made a gate fail, at a real member of a real round.
@Timeout(60)
class SuspectSearchTest {
  private static final Examiner.Finding BAD =
      new Examiner.Finding(20, 1_400_000, 1_600_000, List.of("The loss rose by 14 %."));
  private static final Examiner.Finding GOOD =
      new Examiner.Finding(20, 1_400_000, 1_300_000, List.of());
  private static final Duration REST = Duration.ofSeconds(11);

  @TempDir private Path folder;
  private RoundTown town;
  private RoundSeat asked;
  private NodeId liar;

  @BeforeEach
  void open() throws Exception {
    town = new RoundTown(folder, 4);
    asked = town.seats.getFirst();
    liar = town.seats.get(2).key.id();
  }

  @AfterEach
  void close() throws Exception {
    town.close();
  }

  /// A round whose gate fails with the liar's update, and passes without it.
  private Round failedRound() throws Exception {
    town.seats.forEach(seat -> seat.pupil.finding = BAD);
    Round round = town.finished();
    town.membersLook();
    assertThat(round.end().orElseThrow().end()).isEqualTo(RoundClose.End.FAILED);
    assertThat(round.updates()).containsKey(liar).hasSize(4);
    Set<ByteString> good = without(round, liar);
    asked.pupil.finder = Optional.of((_, _, _, adapter) -> good.contains(adapter) ? GOOD : BAD);
    asked.pupil.trials.set(0);
    return round;
  }

  private Set<ByteString> without(Round round, NodeId left) {
    Map<NodeId, byte[]> others = new HashMap<>();
    for (RoundSeat seat : town.seats) {
      if (!seat.key.id().equals(left)) {
        others.put(seat.key.id(), FixedPoint.toBytes(seat.pupil.numbers));
      }
    }
    return Set.of(town.sums.combine(round, others).adapter());
  }

  private JsonNode page(String method, Optional<RoundMember> member) throws Exception {
    FederatedPages pages =
        new FederatedPages(town.ledger, asked.key.id(), member, Optional.empty());
    OwnerPage page =
        pages.pages().stream()
            .filter(one -> one.method().equals(method) && one.path().equals("federated/suspects"))
            .findFirst()
            .orElseThrow();
    OwnerPage.Request nothing =
        new OwnerPage.Request(Map.of(), new ObjectMapper().createObjectNode());
    return new ObjectMapper().readTree(page.answering().answer(nothing).text());
  }

  private JsonNode ask() throws Exception {
    return page("POST", Optional.of(asked.member));
  }

  private JsonNode standing() throws Exception {
    return page("GET", Optional.of(asked.member));
  }

  @Test
  void namesTheMemberWithoutWhomTheGatePasses_andOnlyWhenAsked() throws Exception {
    Round round = failedRound();
    asked.look();
    assertThat(asked.pupil.trials).as("nobody asked").hasValue(0);
    assertThat(standing().path("state").asText()).isEqualTo("none");

    assertThat(ask().path("state").asText()).isEqualTo("trying");
    asked.look();

    JsonNode found = standing();
    assertThat(found.path("state").asText()).isEqualTo("done");
    assertThat(found.path("number").asLong()).isEqualTo(1);
    assertThat(found.path("round").asText()).isEqualTo(round.id().hex());
    assertThat(found.path("suspects").toString()).isEqualTo("[[\"%s\"]]".formatted(liar));
    assertThat(found.path("trials").asInt()).isEqualTo(4);
    assertThat(found.path("sentence").asText()).contains("A suspect is no culprit");
    assertThat(asked.pupil.trials).as("once with all and once without each").hasValue(5);

    assertThat(ask()).as("asked again").isEqualTo(found);
    asked.look();
    assertThat(asked.pupil.trials).hasValue(5);
  }

  @Test
  void suspectsNobody_whenTheUpdateOfAllPassesHere() throws Exception {
    failedRound();
    asked.pupil.finder = Optional.of((_, _, _, _) -> GOOD);
    ask();
    asked.look();
    assertThat(standing().path("suspects")).isEmpty();
    assertThat(standing().path("sentence").asText())
        .isEqualTo("The update of all passes here, so this node has nobody to suspect.");
    assertThat(asked.pupil.trials).hasValue(1);
  }

  @Test
  void saysThatNobodyStandsOut_whenLeavingOutDoesNotHelp() throws Exception {
    failedRound();
    asked.pupil.finder = Optional.of((_, _, _, _) -> BAD);
    ask();
    asked.look();
    assertThat(standing().path("suspects")).isEmpty();
    assertThat(standing().path("sentence").asText())
        .isEqualTo("The gate fails here whoever's update is left out, so nobody stands out.");
  }

  @Test
  void goesOnFromTheLastTrial_afterTheEngineFailedAndANewRoundCame() throws Exception {
    Round round = failedRound();
    Set<ByteString> good = without(round, liar);
    Set<ByteString> tried = new HashSet<>();
    asked.pupil.finder =
        Optional.of(
            (_, _, _, adapter) -> {
              if (asked.pupil.trials.get() == 3) {
                throw new IOException("The engine is busy.");
              }
              tried.add(adapter);
              return good.contains(adapter) ? GOOD : BAD;
            });
    ask();
    asked.look();
    asked.look();
    assertThat(standing().path("sentence").asText())
        .isEqualTo("It waits and tries again: The engine is busy.");
    assertThat(standing().path("trials").asInt()).isEqualTo(1);
    assertThat(asked.member.doing())
        .isEqualTo(
            "It looks for whose updates made round 1 fail: It waits and tries again:"
                + " The engine is busy.");

    town.seats.forEach(seat -> seat.pupil.finding = GOOD);
    town.clock.advance(RoundWishes.PAUSE);
    town.host.look();
    assertThat(town.round().descriptor().number()).isEqualTo(2);
    asked.look();
    assertThat(town.round().enrolled()).as("the new round comes first").containsKey(asked.key.id());
    asked.look();
    assertThat(standing().path("suspects").toString()).isEqualTo("[[\"%s\"]]".formatted(liar));
    assertThat(standing().path("number").asLong()).isEqualTo(1);
    assertThat(tried).as("each once").hasSize(5);
    assertThat(asked.pupil.trials).as("and once more what failed").hasValue(6);
  }

  @Test
  void givesUpWhatFailsTooOften_andBeginsAgainWhenAsked() throws Exception {
    failedRound();
    Optional<Examiner> works = asked.pupil.finder;
    asked.pupil.finder =
        Optional.of(
            (_, _, _, _) -> {
              throw new IOException("The engine is away.");
            });
    ask();
    for (int look = 0; look < 3 * SuspectSearch.FAILURES_MAX; look++) {
      asked.look();
      town.clock.advance(REST);
    }
    assertThat(standing().path("state").asText()).isEqualTo("given-up");
    assertThat(standing().path("sentence").asText())
        .isEqualTo("It was given up: The engine is away.");
    assertThat(asked.pupil.trials).hasValue(SuspectSearch.FAILURES_MAX);

    asked.pupil.finder = works;
    ask();
    asked.look();
    assertThat(standing().path("state").asText()).isEqualTo("done");
  }

  @Test
  void refusesInASentence_whereThereIsNothingToSearch() throws Exception {
    assertThatThrownBy(() -> page("POST", Optional.empty()))
        .isInstanceOf(OwnerPage.Refused.class)
        .hasMessage(
            "This node takes no part in rounds, so it cannot try updates; ask at an inferer that"
                + " does.");
    town.finished();
    town.membersLook();
    assertThatThrownBy(this::ask)
        .isInstanceOf(OwnerPage.Refused.class)
        .hasMessage(
            "Since this node started it has followed no round to its end that failed at the"
                + " gate.");
  }
}
