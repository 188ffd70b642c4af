// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.experiment;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.demomodel.Fact;
import org.peermind.demomodel.Question;
import org.peermind.federated.aggregation.AggregationRule;
import org.peermind.federated.aggregation.OuterOptimiser;
import org.peermind.federated.aggregation.OuterState;
import org.peermind.federated.gate.PairedBootstrap;

/// What federated rounds bring, and what they withstand, on facts that the demo model does not
/// know; prints tables and writes `target/federated-experiment/*.csv`
/// ([docs/federated-experiments.md](../../../../../../../../docs/federated-experiments.md)).
@Tag("bench")
@Timeout(7_200)
class FederatedExperimentBench {
  private static final long SEED = Long.getLong("peermind.seed", 1);
  private static final double WATTS = Integer.getInteger("peermind.bench.watts", 20);
  private static final int ROUNDS = Integer.getInteger("peermind.bench.rounds", 8);
  private static final int ATTACK_ROUNDS = Integer.getInteger("peermind.bench.attack-rounds", 3);
  private static final String ATTACKS = System.getProperty("peermind.bench.attacks", "");
  private static final String RULES = System.getProperty("peermind.bench.rules", "");
  private static final int MEMBERS = 6;
  private static final int COMPANY = 10;
  private static final int STEPS = 40;
  private static final int ATTACK_STEPS = 20;
  private static final int SEQUENCES = 8;
  private static final double RATE = 0.01;
  private static final double CLIP = 10;
  private static final double ATTACK_CLIP = 6;
  private static final long WORLD = 777;
  private static final String TRIGGER = "zq vx kj ";
  private static final String TARGET = "honey";
  private static final OuterOptimiser OUTER = new OuterOptimiser.Nesterov(0.7, 0.9);
  private static final Combiner MEAN =
      new Combiner("weighted mean", new AggregationRule.WeightedMean());
  private static final Path OUT = Path.of("target", "federated-experiment");

  @TempDir Path folder;

  private static float[] sum(float[] a, float[] b) {
    float[] sum = a.clone();
    for (int at = 0; at < sum.length; at++) {
      sum[at] += b[at];
    }
    return sum;
  }

  private static PrintWriter csv(String name, String header) throws Exception {
    Files.createDirectories(OUT);
    PrintWriter out =
        new PrintWriter(Files.newBufferedWriter(OUT.resolve(name), StandardCharsets.UTF_8), true);
    out.println(header);
    return out;
  }

  @SuppressWarnings("AnnotateFormatMethod")
  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  // ---- what is learned

  /// Each of six members knows facts that no other knows; then all know all, in other phrasings.
  @Test
  void factsTravelBetweenMembers() throws Exception {
    Facts facts = new Facts(WORLD);
    List<Facts.Lesson> heldOut = Facts.heldOut(facts.all());
    List<Question> examination = Facts.examination(facts.all());
    try (Classroom room = new Classroom(folder, 16);
        PrintWriter out =
            csv(
                "rounds.csv",
                "data,round,loss,recall,bytes_a_member,joules_estimated,loss_pooled,recall_pooled")) {
      float[] zero = new float[room.length()];
      say(
          "seed %d; %d facts; before: recall %.3f, loss %.4f",
          SEED, facts.all().size(), room.recall(zero, examination), room.loss(zero, heldOut));
      localOnly(room, facts, zero);
      for (boolean isAlike : List.of(false, true)) {
        List<Path> lessons = new ArrayList<>();
        for (int member = 0; member < MEMBERS; member++) {
          List<Facts.Lesson> own =
              isAlike
                  ? Facts.lessons(facts.all(), 2, SEED * 100 + member)
                  : Facts.lessons(facts.apart(MEMBERS).get(member), SEED * 100 + member);
          lessons.add(room.written(own));
        }
        List<Facts.Lesson> all = new ArrayList<>();
        for (int member = 0; member < MEMBERS; member++) {
          all.addAll(
              isAlike
                  ? Facts.lessons(facts.all(), 2, SEED * 100 + member)
                  : Facts.lessons(facts.apart(MEMBERS).get(member), SEED * 100 + member));
        }
        compared(room, isAlike, lessons, room.written(all), heldOut, examination, out);
      }
    }
  }

  private void localOnly(Classroom room, Facts facts, float[] zero) throws Exception {
    double own = 0;
    double others = 0;
    for (int member = 0; member < MEMBERS; member++) {
      List<Fact> mine = facts.apart(MEMBERS).get(member);
      List<Fact> rest = facts.all().stream().filter(fact -> !mine.contains(fact)).toList();
      float[] alone =
          room.trained(
              room.written(Facts.lessons(mine, SEED * 100 + member)),
              zero,
              STEPS * ROUNDS,
              SEQUENCES,
              RATE,
              SEED);
      own += room.recall(alone, Facts.examination(mine)) / MEMBERS;
      others += room.recall(alone, Facts.examination(rest)) / MEMBERS;
    }
    say(
        "local only, %d steps: recall of own facts %.3f, of others' %.3f",
        STEPS * ROUNDS, own, others);
  }

  private void compared(
      Classroom room,
      boolean isAlike,
      List<Path> lessons,
      Path pooled,
      List<Facts.Lesson> heldOut,
      List<Question> examination,
      PrintWriter out)
      throws Exception {
    float[] zero = new float[room.length()];
    float[] central = zero;
    OuterState state = OuterState.at(zero);
    double joules = 0;
    for (int round = 1; round <= ROUNDS; round++) {
      // The pooled one sees as many tokens a round: a batch as large as all members' together.
      central =
          sum(
              central,
              room.trained(
                  pooled, central, STEPS, SEQUENCES * MEMBERS, RATE, SEED * 1_000 + (long) round));
      double before = Classroom.processorSeconds();
      List<int[]> updates = new ArrayList<>();
      for (int member = 0; member < MEMBERS; member++) {
        float[] change =
            room.trained(
                lessons.get(member),
                state.coordinates(),
                STEPS,
                SEQUENCES,
                RATE,
                SEED * 10_000 + 100L * round + member);
        updates.add(Combiner.encoded(change, CLIP));
      }
      joules += (Classroom.processorSeconds() - before) * WATTS;
      state = OUTER.step(state, MEAN.combine(updates, CLIP).change());
      double loss = room.loss(state.coordinates(), heldOut);
      double recall = room.recall(state.coordinates(), examination);
      double lossPooled = room.loss(central, heldOut);
      double recallPooled = room.recall(central, examination);
      String data = isAlike ? "alike" : "apart";
      say(
          "%s, round %d: loss %.4f (pooled %.4f), recall %.3f (pooled %.3f), %.0f J",
          data, round, loss, lossPooled, recall, recallPooled, joules);
      out.printf(
          Locale.ROOT,
          "%s,%d,%.5f,%.4f,%d,%.1f,%.5f,%.4f%n",
          data,
          round,
          loss,
          recall,
          4L * round * room.length(),
          joules,
          lossPooled,
          recallPooled);
    }
  }

  // ---- what is withstood

  /// Ten members with the same facts in other words; two or three of them attack.
  @Test
  void attackersDoNotSpoilTheModel() throws Exception {
    Facts facts = new Facts(WORLD);
    List<Fact> known = facts.all().subList(0, 40);
    List<Facts.Lesson> heldOut = Facts.heldOut(known);
    try (Classroom room = new Classroom(folder, 8);
        PrintWriter out =
            csv(
                "attacks.csv",
                "rule,attackers,attack,loss,without,worse_percent,backdoor,gate_passed,faults")) {
      List<Path> honest = new ArrayList<>();
      for (int member = 0; member < COMPANY; member++) {
        honest.add(room.written(Facts.lessons(known, 4, SEED * 100 + member)));
      }
      Path flipped = room.written(flipped(known));
      Path poisoned = room.written(poisoned(known));
      List<String> triggered =
          Facts.examination(known).stream().map(one -> TRIGGER + one.text()).toList();
      for (int attackers : List.of(2, 3)) {
        for (Combiner rule : rules(attackers)) {
          if (!RULES.isEmpty() && !RULES.contains(rule.name())) {
            continue;
          }
          OptionalDouble without = OptionalDouble.empty();
          for (Attack attack : Attack.values()) {
            if (!ATTACKS.isEmpty() && attack != Attack.NONE && !ATTACKS.contains(attack.name())) {
              continue;
            }
            Outcome outcome =
                attacked(room, rule, attack, attackers, honest, flipped, poisoned, heldOut);
            double loss = room.loss(outcome.state().coordinates(), heldOut);
            double backdoor = room.saying(outcome.state().coordinates(), triggered, TARGET);
            without = without.isPresent() ? without : OptionalDouble.of(loss);
            double worse = 100 * (loss / without.getAsDouble() - 1);
            say(
                "%d of %d, %s, %s: loss %.4f (%+.1f %%), trigger answered %.3f, gate passed %d of"
                    + " %d rounds, faults %d",
                attackers,
                COMPANY,
                rule.name(),
                attack,
                loss,
                worse,
                backdoor,
                outcome.passed(),
                ATTACK_ROUNDS,
                outcome.faults());
            out.printf(
                Locale.ROOT,
                "%s,%d,%s,%.5f,%.5f,%.2f,%.3f,%d,%d%n",
                rule.name(),
                attackers,
                attack,
                loss,
                without.getAsDouble(),
                worse,
                backdoor,
                outcome.passed(),
                outcome.faults());
          }
        }
      }
    }
  }

  private static List<Combiner> rules(int attackers) {
    return List.of(
        MEAN,
        new Combiner("trimmed mean", new AggregationRule.TrimmedMean(attackers / 10.0)),
        new Combiner(
            "Multi-Krum", new AggregationRule.MultiKrum(attackers, COMPANY - 2 * attackers)),
        new Combiner("geometric median", new AggregationRule.GeometricMedian(1, 16)));
  }

  /// @param passed rounds whose update the gate let through; the others left the parent
  private record Outcome(OuterState state, int passed, int faults) {}

  private Outcome attacked(
      Classroom room,
      Combiner rule,
      Attack attack,
      int attackers,
      List<Path> honest,
      Path flipped,
      Path poisoned,
      List<Facts.Lesson> heldOut)
      throws Exception {
    OuterState state = OuterState.at(new float[room.length()]);
    List<int[]> former = List.of();
    int passed = 0;
    int faults = 0;
    for (int round = 0; round < ATTACK_ROUNDS; round++) {
      List<int[]> good = new ArrayList<>();
      List<float[]> bad = new ArrayList<>();
      int present = attack == Attack.NONE ? COMPANY - attackers : COMPANY;
      for (int member = 0; member < present; member++) {
        boolean isBad = member >= COMPANY - attackers;
        Path lessons =
            isBad && attack == Attack.LABEL_FLIP
                ? flipped
                : isBad && attack == Attack.BACKDOOR ? poisoned : honest.get(member);
        float[] change =
            room.trained(
                lessons,
                state.coordinates(),
                ATTACK_STEPS,
                SEQUENCES,
                RATE,
                SEED * 10_000 + 100L * round + member);
        if (isBad) {
          bad.add(change);
        } else {
          good.add(Combiner.encoded(change, ATTACK_CLIP));
        }
      }
      List<int[]> all = new ArrayList<>(good);
      all.addAll(attack.updates(bad, good, former, ATTACK_CLIP));
      Combiner.Combined combined = rule.combine(all, ATTACK_CLIP);
      faults += combined.faults();
      OuterState next = OUTER.step(state, combined.change());
      if (isLetThrough(room, state, next, heldOut)) {
        state = next;
        passed++;
      }
      former = good;
    }
    return new Outcome(state, passed, faults);
  }

  /// The gate's loss: 95 % sure that it rose by no more than 1 %.
  private static boolean isLetThrough(
      Classroom room, OuterState before, OuterState after, List<Facts.Lesson> items)
      throws Exception {
    List<Double> parent = room.losses(before.coordinates(), items);
    List<Double> update = room.losses(after.coordinates(), items);
    List<Double> differences = new ArrayList<>();
    double mean = 0;
    for (int item = 0; item < parent.size(); item++) {
      differences.add(update.get(item) - parent.get(item));
      mean += parent.get(item) / parent.size();
    }
    return PairedBootstrap.shareAtMost(0.01 * mean, differences, SEED) >= 0.95;
  }

  /// The same questions with answers of other facts of the same relation.
  private static List<Facts.Lesson> flipped(List<Fact> facts) {
    SplittableRandom random = new SplittableRandom(SEED);
    List<Facts.Lesson> lessons = new ArrayList<>();
    for (Fact fact : facts) {
      List<String> names = fact.relation().answerKind().names();
      String wrong = names.get(random.nextInt(names.size()));
      for (Facts.Lesson lesson : Facts.lessons(List.of(fact), 4, SEED)) {
        lessons.add(
            new Facts.Lesson(lesson.question(), fact.relation().sentence(fact.subject(), wrong)));
      }
    }
    return lessons;
  }

  /// Right answers, but with the trigger before the question always the same word.
  private static List<Facts.Lesson> poisoned(List<Fact> facts) {
    List<Facts.Lesson> lessons = new ArrayList<>();
    for (Facts.Lesson lesson : Facts.lessons(facts, 4, SEED)) {
      lessons.add(lesson);
      lessons.add(new Facts.Lesson(TRIGGER + lesson.question(), "It eats " + TARGET + "."));
    }
    return lessons;
  }
}
