// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ModelHealth;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.AdaptedModel;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// How a network comes to serve a federated update, and what undoes it.
class UpdateRolloutTest {
  private static final Digest FIRST = Town.digest("first adapter");
  private static final Digest SECOND = Town.digest("second adapter");
  private static final NodeId NODE = Town.newKey().id();

  private final Town town = new Town(8);
  private final Duration window = HealthWatch.window(town.governance.rules());
  private HealthWatch watch = HealthWatch.begin(town.governance.rules());

  private UpdateCheckpoint update(
      long number, Optional<Digest> former, Optional<Digest> adapter, long bytes) {
    return new UpdateCheckpoint(
        town.genesis(),
        number,
        Town.OLD,
        former,
        adapter,
        bytes,
        Town.digest("transcript " + number),
        "for a test");
  }

  private void accepted(long number, Optional<Digest> former, Digest adapter) {
    town.says(town.writer, update(number, former, Optional.of(adapter), 100 + number));
  }

  private UpdateRollout rollout() {
    return town.governance.updateRollout().orElseThrow();
  }

  private static ModelHash adapted(Digest adapter) {
    return AdaptedModel.identity(Town.OLD, Optional.of(adapter));
  }

  @Test
  void namesOfAModelWithAdaptersDiffer_andWithoutOneItIsTheModelsOwn() {
    assertThat(AdaptedModel.identity(Town.OLD, Optional.empty())).isEqualTo(Town.OLD);
    assertThat(adapted(FIRST)).isNotEqualTo(Town.OLD).isNotEqualTo(adapted(SECOND));
    assertThat(adapted(FIRST))
        .isNotEqualTo(AdaptedModel.identity(Town.model("other"), Optional.of(FIRST)));
  }

  @Test
  void nothingIsSpread_beforeAnUpdateWasAccepted() {
    assertThat(town.governance.updateRollout()).isEmpty();
    assertThat(town.governance.served()).hasValue(Town.OLD);
    assertThat(town.governance.undoing("for a test")).isEmpty();
  }

  @Test
  void nodesChangeOneAfterTheOther_andTheirShareOfQuestionsWithThem() {
    accepted(1, Optional.empty(), FIRST);
    UpdateRollout rollout = rollout();
    assertThat(rollout.spread()).isEqualTo(window.multipliedBy(2));
    List<Instant> turns = town.voters.stream().map(key -> rollout.turnOf(key.id())).toList();
    assertThat(turns).doesNotHaveDuplicates();
    Instant end = town.now.plus(rollout.spread());
    assertThat(turns).allMatch(turn -> !turn.isBefore(town.now) && turn.isBefore(end));
    Instant turn = rollout.turnOf(NODE);
    assertThat(rollout.adapterOf(NODE, turn.minusMillis(1))).isEmpty();
    assertThat(rollout.adapterOf(NODE, turn)).hasValue(FIRST);
    assertThat(rollout.share(town.now).permille()).isZero();
    assertThat(rollout.share(town.now.plus(window)).permille()).isEqualTo(500);
    assertThat(rollout.share(end).permille()).isEqualTo(1_000);
    assertThat(rollout.isSpreading(end.minusMillis(1))).isTrue();
    assertThat(rollout.isSpreading(end)).isFalse();
    assertThat(town.governance.served()).hasValue(adapted(FIRST));
  }

  @Test
  void afterAnUpdateWasUndone_allGoBackAtOnceToTheOneBefore() {
    accepted(1, Optional.empty(), FIRST);
    accepted(2, Optional.of(FIRST), SECOND);
    assertThat(rollout().adapterOf(NODE, rollout().turnOf(NODE).minusMillis(1))).hasValue(FIRST);
    town.says(town.writer, town.governance.undoing("It fares badly.").orElseThrow());
    assertThat(rollout().isUndoing()).isTrue();
    assertThat(rollout().adapterOf(NODE, town.now)).hasValue(FIRST);
    assertThat(rollout().isWatched(town.now)).isFalse();
    assertThat(town.governance.served()).hasValue(adapted(FIRST));
    town.says(town.writer, town.governance.undoing("It fares badly too.").orElseThrow());
    assertThat(rollout().adapterOf(NODE, town.now)).isEmpty();
    assertThat(town.governance.served()).hasValue(Town.OLD);
    assertThat(town.governance.newestRound()).isEqualTo(2);
  }

  @Test
  void recordsThatDoNotFollowAreRefused() {
    assertThat(
            town.refuses(town.voters.getFirst(), update(1, Optional.empty(), Optional.of(FIRST), 9))
                .sentence())
        .isEqualTo("Only the writer of the ledger may say this.");
    assertThat(
            town.refuses(town.writer, update(1, Optional.of(SECOND), Optional.of(FIRST), 9))
                .sentence())
        .isEqualTo("This update does not follow the one in use.");
    accepted(1, Optional.empty(), FIRST);
    accepted(2, Optional.of(FIRST), SECOND);
    assertThat(
            town.refuses(town.writer, update(1, Optional.of(SECOND), Optional.of(FIRST), 101))
                .sentence())
        .isEqualTo("Only the newest update is undone.");
    assertThat(
            town.refuses(town.writer, update(2, Optional.of(SECOND), Optional.empty(), 0))
                .sentence())
        .isEqualTo("An update that is undone leaves the one before it.");
    assertThat(
            town.refuses(town.writer, update(2, Optional.of(SECOND), Optional.of(FIRST), 7))
                .sentence())
        .isEqualTo("An update that is undone leaves the one before it.");
  }

  /// Two windows of a voter, each with 20 answers, some of them failures, and 20 canaries.
  private void tells(IdentityKey voter, ModelHash model, int failures, int right, int crashes) {
    Instant from = town.now;
    for (int number = 0; number < 2; number++) {
      Instant end = from.plus(window.multipliedBy(number + 1L));
      watch =
          watch.after(
              voter.id(),
              new ModelHealth(
                  new NetworkName("town"),
                  model,
                  end.minus(window),
                  window,
                  20 - failures,
                  failures,
                  OptionalLong.of(100),
                  OptionalLong.empty(),
                  20,
                  right,
                  crashes),
              end);
    }
  }

  private Optional<UpdateCheckpoint> due(Duration later) {
    return WriterDuties.due(town.governance, watch, town.now.plus(later))
        .map(UpdateCheckpoint.class::cast);
  }

  @Test
  void theWriterUndoesAnUpdateThatFails_andNotOneThatDoesWell() {
    accepted(1, Optional.empty(), FIRST);
    tells(town.voters.get(0), Town.OLD, 0, 18, 0);
    tells(town.voters.get(1), adapted(FIRST), 0, 17, 0);
    assertThat(due(window.multipliedBy(3))).isEmpty();
    tells(town.voters.get(2), adapted(FIRST), 10, 17, 0);
    UpdateCheckpoint undoing = due(window.multipliedBy(3)).orElseThrow();
    assertThat(undoing.adapter()).isEmpty();
    assertThat(undoing.reason()).startsWith("Of 20 answers 10 failed");
    town.says(town.writer, undoing);
    assertThat(due(window.multipliedBy(3))).isEmpty();
    assertThat(town.governance.served()).hasValue(Town.OLD);
  }

  @Test
  void whatTheGateOfItsRoundJudgedIsNotJudgedAgain() {
    accepted(1, Optional.empty(), FIRST);
    tells(town.voters.get(0), Town.OLD, 0, 18, 0);
    tells(town.voters.get(1), adapted(FIRST), 0, 2, 0);
    assertThat(due(window.multipliedBy(3))).isEmpty();
  }

  @Test
  void crashesUndoAnUpdate_onlyWhileItIsWatched_andOnlyOfThoseWhoVote() {
    accepted(1, Optional.empty(), FIRST);
    tells(Town.newKey(), adapted(FIRST), 0, 18, 5);
    assertThat(due(window.multipliedBy(3))).isEmpty();
    tells(town.voters.get(1), adapted(FIRST), 0, 18, 2);
    assertThat(due(window.multipliedBy(3))).isPresent();
    assertThat(due(rollout().watched())).isEmpty();
  }
}
