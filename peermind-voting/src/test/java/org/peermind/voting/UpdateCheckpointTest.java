// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// Which federated updates the ledger takes in, and which one is in use then.
final class UpdateCheckpointTest {
  private static final Optional<Digest> NONE = Optional.empty();
  private static final Optional<Digest> FIRST = Optional.of(Town.digest("first adapter"));
  private static final Optional<Digest> SECOND = Optional.of(Town.digest("second adapter"));

  private final Town town = new Town(3);

  private UpdateCheckpoint update(long number, Optional<Digest> former, Optional<Digest> adapter) {
    return update(Town.OLD, number, former, adapter);
  }

  private UpdateCheckpoint update(
      ModelHash base, long number, Optional<Digest> former, Optional<Digest> adapter) {
    return new UpdateCheckpoint(
        town.genesis(),
        number,
        base,
        former,
        adapter,
        adapter.isPresent() ? 4_096 : 0,
        Town.digest("transcript " + number),
        "3 of 3 evaluations let it through.");
  }

  private void takes(UpdateCheckpoint update) {
    town.says(town.writer, update);
  }

  private String refuses(UpdateCheckpoint update) {
    return town.refuses(town.writer, update).sentence();
  }

  private Optional<Digest> inUse() {
    return town.governance.checkpoint().flatMap(UpdateCheckpoint::adapter);
  }

  @Test
  void aNewNetworkRunsItsModelBare() {
    assertThat(town.governance.checkpoint()).isEmpty();
    assertThat(town.governance.newestRound()).isZero();
  }

  @Test
  void takesUpdatesInTheirOrder_andTheLastIsInUse() {
    UpdateCheckpoint first = update(1, NONE, FIRST);
    takes(first);
    assertThat(town.governance.checkpoint()).contains(first);

    UpdateCheckpoint third = update(3, FIRST, SECOND);
    takes(third);
    assertThat(town.governance.checkpoint()).contains(third);
    assertThat(town.governance.newestRound()).isEqualTo(3);
  }

  @Test
  void changesNoStateThatWasBefore() {
    Governance before = town.governance;
    takes(update(1, NONE, FIRST));
    assertThat(before.checkpoint()).isEmpty();
    assertThat(before.digest()).isNotEqualTo(town.governance.digest());
  }

  @Test
  void takesThemFromTheWriterOnly() {
    assertThat(town.refuses(town.voters.getFirst(), update(1, NONE, FIRST)).sentence())
        .isEqualTo("Only the writer of the ledger may say this.");
    assertThat(town.refuses(Town.newKey(), update(1, NONE, FIRST)).sentence())
        .isEqualTo("Only the writer of the ledger may say this.");
  }

  @Test
  void refusesAnotherNetworksUpdate() {
    Town elsewhere = new Town(3);
    UpdateCheckpoint theirs =
        new UpdateCheckpoint(
            elsewhere.genesis(), 1, Town.OLD, NONE, FIRST, 1, Town.digest("transcript"), "theirs");
    assertThat(refuses(theirs)).isEqualTo("This record is of another network.");
  }

  @Test
  void refusesAnUpdateOfAModelThatIsNotInUse() {
    assertThat(refuses(update(Town.model("another"), 1, NONE, FIRST)))
        .isEqualTo("This update is of a model that is not in use.");
  }

  @Test
  void refusesAnUpdateThatFollowsAnotherThanTheOneInUse() {
    String sentence = "This update does not follow the one in use.";
    assertThat(refuses(update(1, SECOND, FIRST))).isEqualTo(sentence);
    takes(update(1, NONE, FIRST));
    assertThat(refuses(update(2, NONE, SECOND))).isEqualTo(sentence);
    assertThat(refuses(update(2, SECOND, NONE))).isEqualTo(sentence);
  }

  @Test
  void refusesReplaysAndOldNumbers() {
    SignedEnvelope first = update(1, NONE, FIRST).sign(town.writer);
    town.appends(first);
    assertThat(town.refuses(first).sentence())
        .isEqualTo("This update does not follow the one in use.");
    takes(update(4, FIRST, SECOND));
    for (long old : new long[] {1, 2, 3}) {
      assertThat(refuses(update(old, SECOND, Optional.of(Town.digest("a third")))))
          .isEqualTo("Only the newest update is undone.");
    }
    assertThat(inUse()).isEqualTo(SECOND);
  }

  @Test
  void refusesToGoToTheBareModel_byANewRound() {
    takes(update(1, NONE, FIRST));
    assertThat(refuses(update(2, FIRST, NONE))).isEqualTo("A new update has an adapter.");
  }

  @Test
  void goesBackToTheUpdateBefore_andFromThereToTheBareModel() {
    UpdateCheckpoint first = update(1, NONE, FIRST);
    takes(first);
    takes(update(2, FIRST, SECOND));

    takes(update(2, SECOND, FIRST));
    assertThat(town.governance.checkpoint()).contains(first);
    assertThat(town.governance.newestRound()).as("numbers are not used twice").isEqualTo(2);

    takes(update(1, FIRST, NONE));
    assertThat(town.governance.checkpoint()).isEmpty();
    assertThat(town.governance.newestRound()).isEqualTo(2);
    assertThat(refuses(update(1, NONE, FIRST))).isEqualTo("Only the newest update is undone.");
  }

  @Test
  void undoesOnlyTheNewest_andOnlyToTheOneBefore() {
    takes(update(1, NONE, FIRST));
    takes(update(2, FIRST, SECOND));
    assertThat(refuses(update(1, SECOND, FIRST))).isEqualTo("Only the newest update is undone.");
    assertThat(refuses(update(2, SECOND, NONE)))
        .isEqualTo("An update that is undone leaves the one before it.");
    assertThat(refuses(update(2, SECOND, Optional.of(Town.digest("a third")))))
        .isEqualTo("An update that is undone leaves the one before it.");
    assertThat(inUse()).isEqualTo(SECOND);
  }

  @Test
  void goesOnAfterGoingBack() {
    takes(update(1, NONE, FIRST));
    takes(update(1, FIRST, NONE));
    UpdateCheckpoint next = update(2, NONE, SECOND);
    takes(next);
    assertThat(town.governance.checkpoint()).contains(next);
    assertThat(refuses(update(1, SECOND, NONE))).isEqualTo("Only the newest update is undone.");
  }

  @Test
  void anotherModelRunsBare_andBeginsItsOwnLine() {
    takes(update(1, NONE, FIRST));
    Digest proposal = town.proposed("better", Proposal.Change.MAJOR);
    town.evaluated(proposal, 15_000);
    town.voted(proposal, 3);
    town.certified(proposal);
    town.adopted(proposal, "better");
    ModelHash better = Town.model("better");
    assertThat(town.governance.incumbent()).contains(better);

    assertThat(town.governance.checkpoint()).isEmpty();
    assertThat(town.governance.newestRound()).isEqualTo(1);
    assertThat(refuses(update(2, FIRST, SECOND)))
        .isEqualTo("This update is of a model that is not in use.");
    assertThat(refuses(update(better, 2, FIRST, SECOND)))
        .isEqualTo("This update does not follow the one in use.");
    assertThat(refuses(update(better, 1, NONE, SECOND)))
        .isEqualTo("Only the newest update is undone.");

    takes(update(better, 2, NONE, SECOND));
    assertThat(inUse()).isEqualTo(SECOND);
    takes(update(better, 2, SECOND, NONE));
    assertThat(inUse()).as("what the model before had does not come back").isEmpty();
  }

  @Test
  void keepsABoundedLine() {
    Optional<Digest> before = NONE;
    for (int number = 1; number <= 70; number++) {
      Optional<Digest> next = Optional.of(Town.digest("adapter " + number));
      takes(update(number, before, next));
      before = next;
    }
    assertThat(inUse()).isEqualTo(before);
    takes(update(70, before, Optional.of(Town.digest("adapter 69"))));
    assertThat(inUse()).contains(Town.digest("adapter 69"));
  }
}
