// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ModelHealth;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.Role;
import org.peermind.protocol.governance.Certificate;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.Proposal;
import org.peermind.protocol.governance.Ready;
import org.peermind.protocol.governance.Rollback;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.Stage;
import org.peermind.protocol.governance.Vouch;

/// When a model in its stages goes on, waits or is undone.
class HealthWatchTest {
  private static final Rules RULES = Rules.bootstrap(List.of("MIT"));
  private static final Duration WINDOW = HealthWatch.window(RULES);
  private static final Instant SINCE = Instant.parse("2026-06-21T10:00:00Z");
  private static final ModelHash OLD = Town.model("old");
  private static final ModelHash NEW = Town.model("new");
  private static final NodeId NODE = Town.newKey().id();
  private static final NodeId LIAR = Town.newKey().id();
  private static final Aggregation MEASURED =
      new Aggregation(
          3,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          OptionalLong.of(1_000),
          700,
          900,
          -5,
          List.of(),
          List.of());

  /// A window that is as good as the evaluation, but for what a test changes.
  private record Window(
      int answers, int failures, long latency, long energy, int right, int crashes) {
    static final Window GOOD = new Window(20, 0, 100, 1_000, 18, 0);

    ModelHealth of(ModelHash model, int number) {
      return new ModelHealth(
          new NetworkName("town"),
          model,
          SINCE.plus(WINDOW.multipliedBy(number)),
          WINDOW,
          answers,
          failures,
          OptionalLong.of(latency),
          OptionalLong.of(energy),
          20,
          right,
          crashes);
    }
  }

  private HealthWatch watch = HealthWatch.begin(RULES);

  private HealthWatch.Verdict told(NodeId node, Window... windows) {
    for (int number = 0; number < windows.length; number++) {
      Instant end = SINCE.plus(WINDOW.multipliedBy(number + 1L));
      watch = watch.after(Town.newKey().id(), Window.GOOD.of(OLD, number), end);
      watch = watch.after(node, windows[number].of(NEW, number), end);
    }
    return verdict();
  }

  private HealthWatch.Verdict verdict() {
    return watch.verdict(NEW, Optional.of(OLD), MEASURED, (_, _) -> true, SINCE);
  }

  @Test
  void twoGoodWindowsAreEnough_andOneIsNot() {
    assertThat(told(NODE)).isInstanceOf(HealthWatch.Verdict.Unknown.class);
    assertThat(told(NODE, Window.GOOD)).isInstanceOf(HealthWatch.Verdict.Unknown.class);
    assertThat(told(NODE, Window.GOOD, Window.GOOD))
        .isInstanceOf(HealthWatch.Verdict.Healthy.class);
  }

  @Test
  void eachThresholdUndoesTheModel_inTwoWindowsRunning() {
    record Case(Rollback.Cause cause, Window bad) {}
    for (Case each :
        List.of(
            new Case(Rollback.Cause.ERRORS, new Window(18, 2, 100, 1_000, 18, 0)),
            new Case(Rollback.Cause.LATENCY, new Window(20, 0, 160, 1_000, 18, 0)),
            new Case(Rollback.Cause.ENERGY, new Window(20, 0, 100, 1_200, 18, 0)),
            new Case(Rollback.Cause.ACCURACY, new Window(20, 0, 100, 1_000, 12, 0)))) {
      watch = HealthWatch.begin(RULES);
      assertThat(told(NODE, Window.GOOD, each.bad(), Window.GOOD, Window.GOOD))
          .as(each.toString())
          .isInstanceOf(HealthWatch.Verdict.Healthy.class);
      watch = HealthWatch.begin(RULES);
      assertThat(told(NODE, Window.GOOD, each.bad(), each.bad()))
          .isInstanceOfSatisfying(
              HealthWatch.Verdict.Unhealthy.class,
              found -> assertThat(found.cause()).isEqualTo(each.cause()));
    }
  }

  @Test
  void twoCrashesInOneWindowAreEnough() {
    assertThat(told(NODE, new Window(3, 2, 100, 1_000, 18, 2)))
        .isInstanceOfSatisfying(
            HealthWatch.Verdict.Unhealthy.class,
            found -> assertThat(found.cause()).isEqualTo(Rollback.Cause.CRASHES));
  }

  @Test
  void oneWrongCanaryOfTwenty_isNoSign_whereTheEvaluationSawNoneWrong() {
    Aggregation faultless =
        new Aggregation(
            3,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            OptionalLong.empty(),
            700,
            1_000,
            0,
            List.of(),
            List.of());
    Window one = new Window(20, 0, 100, 1_000, 19, 0);
    Window five = new Window(20, 0, 100, 1_000, 15, 0);
    told(NODE, one, one);
    assertThat(watch.verdict(NEW, Optional.of(OLD), faultless, (_, _) -> true, SINCE))
        .isInstanceOf(HealthWatch.Verdict.Healthy.class);
    watch = HealthWatch.begin(RULES);
    told(NODE, five, five);
    assertThat(watch.verdict(NEW, Optional.of(OLD), faultless, (_, _) -> true, SINCE))
        .isInstanceOf(HealthWatch.Verdict.Unhealthy.class);
  }

  @Test
  void smallDeviationsAndFewAnswersPassForChance() {
    Window slight = new Window(3, 1, 140, 1_100, 17, 0);
    assertThat(told(NODE, slight, slight)).isInstanceOf(HealthWatch.Verdict.Healthy.class);
  }

  @Test
  void repeatedOldAndForeignWindowsChangeNothing() {
    Window bad = new Window(0, 20, 100, 1_000, 0, 0);
    Instant end = SINCE.plus(WINDOW);
    watch = watch.after(NODE, bad.of(NEW, 0), end).after(NODE, bad.of(NEW, 0), end);
    assertThat(verdict()).isInstanceOf(HealthWatch.Verdict.Unknown.class);
    watch = watch.after(NODE, bad.of(NEW, 1), end.plus(WINDOW.multipliedBy(9)));
    assertThat(verdict()).isInstanceOf(HealthWatch.Verdict.Unknown.class);
    watch = watch.after(NODE, bad.of(NEW, 1), end.plus(WINDOW));
    assertThat(watch.verdict(NEW, Optional.of(OLD), MEASURED, (_, _) -> false, SINCE))
        .isInstanceOf(HealthWatch.Verdict.Unknown.class);
    assertThat(verdict()).isInstanceOf(HealthWatch.Verdict.Unhealthy.class);
    assertThat(watch.verdict(NEW, Optional.of(OLD), MEASURED, (_, _) -> true, end))
        .as("windows of the stage before do not count")
        .isInstanceOf(HealthWatch.Verdict.Unknown.class);
  }

  @Test
  void aSmallMinorityOfReportersDoesNotUndoAModel() {
    Window bad = new Window(0, 20, 100, 1_000, 0, 0);
    for (int honest = 0; honest < 4; honest++) {
      told(Town.newKey().id(), Window.GOOD, Window.GOOD);
    }
    assertThat(told(NODE, bad, bad)).isInstanceOf(HealthWatch.Verdict.Healthy.class);
    assertThat(told(Town.newKey().id(), bad, bad))
        .isInstanceOf(HealthWatch.Verdict.Unhealthy.class);
  }

  @Test
  void noInfererFillsTheMemory_norSpeaksInShortWindows() {
    Window bad = new Window(0, 20, 100, 1_000, 0, 0);
    told(NODE, bad, bad);
    Instant end = SINCE.plus(WINDOW.multipliedBy(2));
    HealthWatch flooded = watch;
    for (int junk = 0; junk < 5_000; junk++) {
      flooded = flooded.after(LIAR, bad.of(Town.model("junk" + junk), 1), end);
    }
    flooded = flooded.after(Town.newKey().id(), Window.GOOD.of(NEW, 1), end);
    assertThat(flooded.verdict(NEW, Optional.of(OLD), MEASURED, (_, _) -> true, SINCE))
        .isInstanceOf(HealthWatch.Verdict.Unhealthy.class);
    watch = HealthWatch.begin(RULES);
    for (int number = 0; number < 2; number++) {
      ModelHealth told = bad.of(NEW, 0);
      watch =
          watch.after(
              LIAR,
              new ModelHealth(
                  told.network(),
                  NEW,
                  SINCE.plusMillis(number),
                  Duration.ofMillis(1),
                  told.answers(),
                  told.failures(),
                  told.ttftP95Millis(),
                  told.microWhPer1kTokens(),
                  told.canaries(),
                  told.canariesRight(),
                  told.crashes()),
              SINCE.plusMillis(number + 1L));
    }
    assertThat(verdict()).isInstanceOf(HealthWatch.Verdict.Unknown.class);
  }

  @Test
  void onlyThoseWhoServeAModelAreHeardOfIt() {
    Town town = new Town(4);
    Digest proposal = town.proposed("new", Proposal.Change.MINOR);
    IdentityKey light = Town.newKey();
    town.says(town.voters.getFirst(), new Vouch(town.genesis(), light.id(), Role.LIGHT_USER));
    town.evaluated(proposal, 30_000);
    town.voted(proposal, 4);
    town.certified(proposal);
    town.voters.forEach(voter -> town.says(voter, new Ready(proposal, NEW)));
    town.says(town.writer, new Stage(proposal, Stage.Step.FIVE_PERCENT));
    NodeId serving = Rollout.of(town.governance, town.now).trial().orElseThrow().nodes().getFirst();
    List<NodeId> others =
        Stream.concat(town.voters.stream(), Stream.of(light))
            .map(IdentityKey::id)
            .filter(node -> !node.equals(serving))
            .toList();
    reports(town, others, new Window(0, 20, 100, 1_000, 0, 0));
    Course course = town.course(proposal);
    assertThat(WriterDuties.verdict(course, town.governance, watch))
        .isInstanceOf(HealthWatch.Verdict.Unknown.class);
    reports(town, List.of(serving), new Window(0, 20, 100, 1_000, 0, 0));
    assertThat(WriterDuties.verdict(course, town.governance, watch))
        .isInstanceOf(HealthWatch.Verdict.Unhealthy.class);
  }

  @Test
  void theWriterCertifies_stagesOnlyWhatIsHealthy_andUndoesWhatIsNot() {
    Town town = new Town(3);
    Digest proposal = town.proposed("new", Proposal.Change.MINOR);
    town.evaluated(proposal, 30_000);
    town.voted(proposal, 3);
    assertThat(due(town))
        .hasValueSatisfying(due -> assertThat(due).isInstanceOf(Certificate.class));
    town.says(town.writer, due(town).orElseThrow());
    assertThat(due(town)).isEmpty();
    town.voters.forEach(voter -> town.says(voter, new Ready(proposal, NEW)));
    assertThat(due(town)).hasValue(new Stage(proposal, Stage.Step.FIVE_PERCENT));
    town.says(town.writer, due(town).orElseThrow());
    assertThat(due(town)).isEmpty();
    reports(town, ids(town), new Window(20, 0, 100, 90, 17, 0));
    assertThat(due(town)).hasValue(new Stage(proposal, Stage.Step.QUARTER));
    town.says(town.writer, due(town).orElseThrow());
    reports(town, ids(town), new Window(10, 9, 100, 90, 17, 0));
    assertThat(due(town))
        .hasValueSatisfying(
            due ->
                assertThat(due)
                    .isInstanceOfSatisfying(
                        Rollback.class,
                        undone -> assertThat(undone.cause()).isEqualTo(Rollback.Cause.ERRORS)));
    town.says(town.writer, due(town).orElseThrow());
    assertThat(town.course(proposal).step()).isEqualTo(Course.Step.ROLLED_BACK);
    assertThat(town.governance.incumbent()).hasValue(OLD);
    assertThat(due(town)).isEmpty();
  }

  private Optional<GovernanceRecord> due(Town town) {
    return WriterDuties.due(town.governance, watch, town.now);
  }

  private static List<NodeId> ids(Town town) {
    return town.voters.stream().map(IdentityKey::id).toList();
  }

  /// Four windows of each, until the stage is over.
  private void reports(Town town, List<NodeId> nodes, Window window) {
    Instant from = town.now;
    for (int number = 0; number < 4; number++) {
      town.now = from.plus(WINDOW.multipliedBy(number + 1L));
      for (NodeId node : nodes) {
        ModelHealth told = window.of(NEW, 0);
        watch =
            watch.after(
                node,
                new ModelHealth(
                    told.network(),
                    NEW,
                    town.now.minus(WINDOW),
                    WINDOW,
                    told.answers(),
                    told.failures(),
                    told.ttftP95Millis(),
                    told.microWhPer1kTokens(),
                    told.canaries(),
                    told.canariesRight(),
                    told.crashes()),
                town.now);
      }
    }
  }
}
