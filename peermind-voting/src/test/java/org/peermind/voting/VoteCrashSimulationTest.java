// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ModelHealth;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.BallotReveal;
import org.peermind.protocol.governance.Certificate;
import org.peermind.protocol.governance.Commit;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Ready;
import org.peermind.protocol.governance.Sponsor;
import org.peermind.testkit.Property;

/// Any node, and the writer, may crash at any step of a vote: it ends with the same certified
/// result. A node here is its [Duty]s and the files in which it keeps what it sealed; everything
/// else it forgets at a crash.
class VoteCrashSimulationTest {
  private static final Duration TURN = Duration.ofSeconds(30);
  private static final int TURNS_MAX = 200;
  private static final int VOTERS = 3;

  /// What a node that submits again may hear.
  private static final Set<String> HARMLESS =
      Set.of(
          "You sponsored it already.",
          "The time of sponsors is over.",
          "You sealed this already.",
          "You opened it already.",
          "You were ready already.",
          "No certificate is due.",
          "Stages come one after the other.",
          "No adopted model is waiting for a stage.");

  /// Where a node, or the writer, is about to crash.
  private enum Moment {
    BEFORE_KEPT,
    KEPT,
    SUBMITTED,
    ACKNOWLEDGED
  }

  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// Says at which of all moments of a run a crash comes.
  private interface Fate {
    boolean isCrash(Moment moment);
  }

  private record Result(
      Certificate certificate, Course.Step step, int ballots, int reports, Set<String> refusals) {}

  /// One run of one vote.
  private static final class Run {
    private final Town town = new Town(VOTERS);
    private final Fate fate;
    private final Random random;
    private final Digest proposal;

    /// Files of each node: what it sealed, by what it sealed it for.
    private final List<Map<String, SignedEnvelope>> files = new ArrayList<>();

    private final Set<String> refusals = new HashSet<>();
    private HealthWatch health = HealthWatch.begin(town.governance.rules());
    private Optional<Certificate> certificate = Optional.empty();

    Run(Fate fate, long seed) {
      this.fate = fate;
      random = new Random(seed);
      proposal =
          town.says(
              town.voters.getFirst(),
              town.proposal("new", Proposal.Change.MINOR, Optional.empty()));
      for (int node = 0; node < VOTERS; node++) {
        files.add(new HashMap<>());
      }
    }

    Result result() {
      for (int turn = 0; turn < TURNS_MAX && !town.course(proposal).step().isEnd(); turn++) {
        for (int node = 0; node < VOTERS; node++) {
          try {
            works(node);
          } catch (Crash restarted) {
            // What it did not keep is gone; it asks for its duties again at its next turn.
          }
        }
        try {
          reportHealth();
          writes();
        } catch (Crash restarted) {
          health = HealthWatch.begin(town.governance.rules());
        }
        town.now = town.now.plus(TURN);
      }
      Course course = town.course(proposal);
      return new Result(
          certificate.orElseThrow(),
          course.step(),
          course.view().ballotsOpened(),
          course.aggregation(proposal).orElseThrow().reports(),
          refusals);
    }

    private void may(Moment moment) {
      if (fate.isCrash(moment)) {
        throw new Crash();
      }
    }

    private void works(int node) {
      IdentityKey key = town.voters.get(node);
      for (Duty duty : Duty.of(town.governance, key.id(), town.now)) {
        switch (duty) {
          case Duty.Sponsor asked -> submits(new Sponsor(asked.proposal()).sign(key));
          case Duty.Evaluate asked -> {
            SignedEnvelope report =
                kept(node, "report of " + asked.proposal(), measured(asked).sign(key));
            submits(
                new Commit(Commit.Kind.EVALUATION, asked.proposal(), 0, Digest.of(report))
                    .sign(key));
          }
          case Duty.OpenReport asked -> submits(opened(node, asked.commitment()));
          case Duty.Cast asked -> {
            Integer[] ranks = node == 2 ? new Integer[] {2, 1} : new Integer[] {1, 2};
            SignedEnvelope ballot =
                kept(
                    node,
                    "ballot of " + asked.vote(),
                    new BallotReveal(asked.vote(), 1, salt(), List.of(ranks), List.of()).sign(key));
            submits(new Commit(Commit.Kind.BALLOT, asked.vote(), 1, Digest.of(ballot)).sign(key));
          }
          case Duty.OpenBallot asked -> submits(opened(node, asked.commitment()));
          case Duty.SignalReady asked ->
              submits(new Ready(asked.proposal(), asked.candidate().ggufSha256()).sign(key));
        }
      }
    }

    /// The same node would not measure the same twice, and its salt is another.
    private EvaluationReveal measured(Duty.Evaluate asked) {
      long speed = 30_000L + random.nextInt(100);
      EvaluationReveal report =
          town.report(
              asked.proposal(),
              Town.figures(speed, 200, OptionalLong.of(100), 48),
              Town.figures(speed * 11 / 10, 180, OptionalLong.of(90), 51));
      assertThat(report.itemSeed()).isEqualTo(asked.itemSeed());
      assertThat(report.checkpointRoot()).isEqualTo(asked.ledger());
      return report;
    }

    private Digest salt() {
      byte[] salt = new byte[32];
      random.nextBytes(salt);
      return Digest.over(salt);
    }

    /// Writes `made` down unless something is kept for this already.
    private SignedEnvelope kept(int node, String name, SignedEnvelope made) {
      may(Moment.BEFORE_KEPT);
      SignedEnvelope kept = files.get(node).computeIfAbsent(name, _ -> made);
      may(Moment.KEPT);
      return kept;
    }

    private SignedEnvelope opened(int node, Digest commitment) {
      return files.get(node).values().stream()
          .filter(one -> Digest.of(one).equals(commitment))
          .findFirst()
          .orElseThrow();
    }

    /// Sends a record; some are sent again, as after a lost word.
    private void submits(SignedEnvelope record) {
      may(Moment.KEPT);
      int times = random.nextInt(4) == 0 ? 2 : 1;
      for (int time = 0; time < times; time++) {
        Witnessed entry = new Witnessed(town.ledger.size(), town.now, record);
        switch (town.governance.after(entry)) {
          case Governance.Outcome.Accepted(Governance next) -> {
            town.governance = next;
            town.ledger.add(entry);
          }
          case Governance.Outcome.Refused(String sentence, var proof) -> {
            assertThat(proof).as(sentence).isEmpty();
            refusals.add(sentence);
          }
        }
        may(Moment.SUBMITTED);
      }
      may(Moment.ACKNOWLEDGED);
    }

    private void writes() {
      Optional<GovernanceRecord> due = WriterDuties.due(town.governance, health, town.now);
      due.filter(Certificate.class::isInstance)
          .map(Certificate.class::cast)
          .ifPresent(one -> certificate = Optional.of(one));
      due.ifPresent(record -> submits(record.sign(town.writer)));
    }

    /// Nodes of the new model report good windows.
    private void reportHealth() {
      Rollout rollout = Rollout.of(town.governance, town.now);
      if (rollout.trial().isEmpty()) {
        return;
      }
      Duration window = HealthWatch.window(town.governance.rules());
      Instant since = rollout.trial().get().since();
      for (IdentityKey voter : town.voters) {
        Instant from = town.now.minus(window);
        if (!from.isBefore(since)) {
          health =
              health.after(
                  voter.id(),
                  goodWindow(rollout.modelOf(voter.id(), town.now).orElseThrow(), from, window),
                  town.now);
        }
      }
    }
  }

  private static ModelHealth goodWindow(ModelHash model, Instant from, Duration window) {
    return new ModelHealth(
        new NetworkName("town"),
        model,
        from,
        window,
        20,
        0,
        OptionalLong.of(100),
        OptionalLong.empty(),
        20,
        20,
        0);
  }

  private static void endsAsWithoutACrash(Run run) {
    Result result = run.result();
    assertThat(result.refusals()).isSubsetOf(HARMLESS);
    assertThat(result.step()).isEqualTo(Course.Step.DONE);
    assertThat(result.certificate().winner()).isPresent();
    assertThat(result.ballots()).isEqualTo(VOTERS);
    assertThat(result.reports()).isEqualTo(VOTERS);
    assertThat(run.town.governance.incumbent()).hasValue(Town.model("new"));
  }

  private static Governance replay(List<Witnessed> entries) {
    Governance state =
        ((Governance.Outcome.Accepted) Governance.begin(entries.getFirst())).governance();
    for (Witnessed entry : entries.subList(1, entries.size())) {
      state = ((Governance.Outcome.Accepted) state.after(entry)).governance();
    }
    return state;
  }

  @Test
  void crashAtAnyMomentChangesNothing() {
    int[] moments = {0};
    endsAsWithoutACrash(
        new Run(
            _ -> {
              moments[0]++;
              return false;
            },
            1));
    assertThat(moments[0]).isGreaterThan(50);
    for (int crash = 1; crash <= moments[0]; crash++) {
      int at = crash;
      int[] seen = {0};
      endsAsWithoutACrash(new Run(_ -> ++seen[0] == at, 1));
    }
  }

  @Test
  void crashesOfAllNodesAllTheTimeChangeNothing() {
    Property.forAll(
        20_260_621L,
        15,
        random -> {
          Run run = new Run(_ -> random.nextInt(8) == 0, random.nextLong());
          endsAsWithoutACrash(run);
          Governance again = replay(run.town.ledger);
          assertThat(again.digest()).isEqualTo(run.town.governance.digest());
          assertThat(again.course(run.proposal, run.town.now).orElseThrow().view())
              .isEqualTo(run.town.course(run.proposal).view());
        });
  }
}
