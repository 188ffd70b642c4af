// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EmergencyStop;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.voting.Course;
import org.peermind.voting.Preference;
import org.peermind.voting.Witnessed;

/// Votes that stewards carry out by themselves, in virtual time.
@Timeout(30)
final class StewardTest {
  private static final Duration LOOK = Duration.ofSeconds(30);
  private static final Duration STEP = Duration.ofMinutes(5);

  @TempDir private Path directory;
  private VotingTown town;

  @BeforeEach
  void begin() throws Exception {
    town = new VotingTown(directory, 3);
  }

  private void passUntil(Digest vote, Course.Step step) throws Exception {
    for (int look = 0; look < 400 && town.course(vote).step() != step; look++) {
      town.pass(LOOK, LOOK);
    }
    assertThat(town.course(vote).step()).isEqualTo(step);
  }

  private List<BallotReveal> openedBallots() throws Exception {
    Stream.Builder<BallotReveal> ballots = Stream.builder();
    for (Witnessed entry : town.ledger) {
      if (GovernanceRecord.open(entry.record()) instanceof BallotReveal ballot) {
        ballots.add(ballot);
      }
    }
    return ballots.build().toList();
  }

  @Test
  void carriesAVoteToItsEnd_withNothingButBallotsFromOwners() throws Exception {
    Digest vote = town.propose(0, "small");
    town.nodes.get(0).wishes.cast(vote, BallotWish.yes(vote));
    town.nodes.get(1).wishes.cast(vote, BallotWish.yes(vote));

    passUntil(vote, Course.Step.DONE);
    town.pass(LOOK.multipliedBy(2), LOOK);

    assertThat(town.refusals).isEmpty();
    assertThat(town.governance.incumbent()).contains(VotingTown.model("small"));
    assertThat(openedBallots()).hasSize(2);
    for (VotingTown.Node node : town.nodes) {
      assertThat(node.served.hash()).isEqualTo(VotingTown.model("small"));
      assertThat(node.did).containsEntry("measure", 1).containsEntry("canaries", 1);
      assertThat(node.did).containsEntry("fetch", 1).containsEntry("serve small", 1);
      assertThat(node.sealed.places()).isEmpty();
      assertThat(node.wishes.ballot(vote)).isEmpty();
      assertThat(node.steward.doing().serving()).contains("It serves the network's model.");
    }
  }

  @Test
  void endsTheSame_andSealsNothingTwice_whenEveryLookIsANewProcessThatHearsNoAnswer()
      throws Exception {
    Digest vote = town.propose(0, "small");
    for (VotingTown.Node node : town.nodes) {
      node.wishes.cast(vote, BallotWish.yes(vote));
      node.line = VotingTown.Line.DEAF;
    }
    for (int look = 0; look < 400 && town.course(vote).step() != Course.Step.DONE; look++) {
      // The canaries are asked again by a new process, so one has to live for two looks.
      boolean isTrying = town.course(vote).step() == Course.Step.STARTED;
      town.pass(isTrying ? LOOK.multipliedBy(2) : LOOK, LOOK);
      for (VotingTown.Node node : town.nodes) {
        node.restart();
      }
    }

    assertThat(town.course(vote).step()).isEqualTo(Course.Step.DONE);
    assertThat(town.refusals).isEmpty();
    for (VotingTown.Node node : town.nodes) {
      assertThat(town.entries("evaluation-commit", node.id())).isEqualTo(1);
      assertThat(town.entries("ballot-commit", node.id())).isEqualTo(1);
      assertThat(town.entries("ballot-reveal", node.id())).isEqualTo(1);
      assertThat(node.did).containsEntry("measure", 1);
    }
  }

  @Test
  void usesTheSealedReportAgain_whenTheProcessDiedBeforeItsCommitmentWentOut() throws Exception {
    Digest vote = town.propose(0, "small");
    passUntil(vote, Course.Step.EVALUATING);
    VotingTown.Node node = town.nodes.getFirst();
    node.store.add(VotingTown.model("small"));
    node.line = VotingTown.Line.CUT;
    town.pass(LOOK, LOOK);
    byte[] sealed = bytes(node);
    assertThat(town.entries("evaluation-commit", node.id())).isZero();

    node.restart();
    node.line = VotingTown.Line.WORKS;
    town.pass(LOOK, LOOK);

    assertThat(bytes(node)).isEqualTo(sealed);
    assertThat(node.did).containsEntry("measure", 1);
    assertThat(town.entries("evaluation-commit", node.id())).isEqualTo(1);
  }

  private static byte[] bytes(VotingTown.Node node) throws Exception {
    try (Stream<Path> files = Files.list(node.home.sealedDirectory())) {
      return Files.readAllBytes(files.toList().getFirst());
    }
  }

  @Test
  void sealsNothing_whereItsFileIsDamaged() throws Exception {
    Digest vote = town.propose(0, "small");
    VotingTown.Node node = town.nodes.getFirst();
    Files.createDirectories(node.home.sealedDirectory());
    Files.writeString(node.home.sealedDirectory().resolve("report-" + vote.hex()), "cut");

    passUntil(vote, Course.Step.EVALUATING);
    town.pass(LOOK, LOOK);

    assertThat(town.entries("evaluation-commit", node.id())).isZero();
    assertThat(node.did).doesNotContainKey("measure");
    assertThat(node.steward.doing().of(vote).toString()).contains("is damaged");
  }

  @Test
  void opensInTime_whatItSealedBeforeTheNetworkWasGoneForAWhile() throws Exception {
    Digest vote = town.propose(0, "small");
    for (VotingTown.Node node : town.nodes) {
      node.wishes.cast(vote, BallotWish.yes(vote));
    }
    passUntil(vote, Course.Step.REPORTS_OPENING);
    VotingTown.Node node = town.nodes.get(2);
    node.line = VotingTown.Line.CUT;
    town.pass(Duration.ofMinutes(3), LOOK);
    assertThat(town.entries("evaluation-reveal", node.id())).isZero();
    assertThat(node.steward.doing().of(vote)).contains("No referee is reached.");
    node.line = VotingTown.Line.WORKS;

    passUntil(vote, Course.Step.VOTING);

    assertThat(town.entries("evaluation-reveal", node.id())).isEqualTo(1);
    passUntil(vote, Course.Step.DONE);
    assertThat(town.refusals).isEmpty();
  }

  @Test
  void votesByPreferenceInTheLastThird_andTheOwnersLateBallotReplacesIt() throws Exception {
    Digest vote = town.propose(0, "small");
    VotingTown.Node node = town.nodes.getFirst();
    node.wishes.prefer(Optional.of(new Preference(8_192, Set.of("Apache-2.0"), true)));
    passUntil(vote, Course.Step.VOTING);
    town.pass(STEP.dividedBy(2), LOOK);
    assertThat(town.entries("ballot-commit", node.id())).isZero();
    assertThat(node.steward.doing().of(vote).getFirst())
        .contains("it votes as you prefer (small > KEEP), unless you vote before");

    town.pass(STEP.dividedBy(3), LOOK);
    assertThat(town.entries("ballot-commit", node.id())).isEqualTo(1);
    node.wishes.cast(vote, new BallotWish(Map.of(), 1, List.of()));
    town.pass(LOOK, LOOK);
    node.restart();
    town.pass(STEP, LOOK);

    assertThat(town.entries("ballot-commit", node.id())).isEqualTo(2);
    assertThat(openedBallots()).hasSize(1);
    assertThat(openedBallots().getFirst().ranks()).containsExactly(0, 1);
    assertThat(openedBallots().getFirst().sequence()).isEqualTo(2);
    assertThat(town.refusals).isEmpty();
  }

  @Test
  void doesNothingThatItsOwnerForbids() throws Exception {
    for (VotingTown.Node node : town.nodes) {
      node.settings = new Steward.Settings(false, false, false);
      node.restart();
    }
    Digest vote = town.propose(0, "small");
    town.pass(Duration.ofMinutes(1), LOOK);

    VotingTown.Node second = town.nodes.get(1);
    assertThat(town.course(vote).step()).isEqualTo(Course.Step.SPONSORING);
    assertThat(second.steward.doing().of(vote).getFirst()).contains("peermind vote sponsor");
    second.settings = new Steward.Settings(false, false, true);
    second.restart();
    town.pass(LOOK.multipliedBy(3), LOOK);

    assertThat(town.course(vote).step()).isEqualTo(Course.Step.EVALUATING);
    assertThat(second.steward.doing().of(vote).getFirst()).contains("votes.evaluate is false");
    assertThat(second.did).doesNotContainKey("measure");
    second.steward.evaluate(vote);
    town.pass(LOOK.multipliedBy(2), LOOK);
    assertThat(second.did).containsEntry("measure", 1);
    assertThat(second.served.hash()).isEqualTo(VotingTown.OLD);
  }

  @Test
  void isNotReady_whenTheModelAnswersFarWorseHereThanMeasured() throws Exception {
    Digest vote = town.propose(0, "small");
    for (VotingTown.Node node : town.nodes) {
      node.wishes.cast(vote, BallotWish.yes(vote));
      node.rightOfTwenty = 5;
    }
    passUntil(vote, Course.Step.STARTED);
    town.pass(Duration.ofMinutes(2), LOOK);

    assertThat(town.course(vote).step()).isEqualTo(Course.Step.STARTED);
    assertThat(town.nodes.getFirst().steward.doing().of(vote).getFirst())
        .contains("5 of 20 questions rightly here, far below what was measured (85.0 %)")
        .contains("tried again");
    assertThat(town.nodes.getFirst().did.get("canaries")).isBetween(2, 6);
  }

  @Test
  void goesBackAtOnce_whenTheAdoptedModelIsStopped() throws Exception {
    Digest vote = town.propose(0, "small");
    for (VotingTown.Node node : town.nodes) {
      node.wishes.cast(vote, BallotWish.yes(vote));
    }
    passUntil(vote, Course.Step.DONE);
    town.pass(LOOK.multipliedBy(2), LOOK);
    EmergencyStop stop =
        new EmergencyStop(
            town.governance.genesis(), VotingTown.model("small"), "It leaks its prompts.");
    town.append(stop.sign(town.nodes.get(0).identity));
    town.append(stop.sign(town.nodes.get(1).identity));
    town.append(stop.sign(town.writer));
    assertThat(town.governance.isStopped(VotingTown.model("small"))).isTrue();

    town.look();

    assertThat(town.nodes).allMatch(node -> node.served.hash().equals(VotingTown.OLD));
  }
}
