// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.experiment;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.demomodel.Fact;
import org.peermind.demomodel.Question;
import org.peermind.federated.aggregation.AggregationRule;
import org.peermind.federated.aggregation.OuterOptimiser;

/// What federated rounds bring, and what they withstand, on facts that the demo model does not
/// know; prints tables and writes `target/federated-experiment/*.csv`
/// ([docs/federated-experiments.md](../../../../../../../../docs/federated-experiments.md)).
@Tag("bench")
@Timeout(7_200)
class FederatedExperimentBench {
  private static final List<Long> SEEDS =
      Arrays.stream(System.getProperty("peermind.bench.seeds", "1,2,3").split(",", -1))
          .map(Long::valueOf)
          .toList();
  private static final double WATTS = Integer.getInteger("peermind.bench.watts", 20);
  private static final int ROUNDS = Integer.getInteger("peermind.bench.rounds", 8);
  private static final int ATTACK_ROUNDS = Integer.getInteger("peermind.bench.attack-rounds", 3);
  private static final String DATA = System.getProperty("peermind.bench.data", "alike,apart");
  private static final String ATTACKS = System.getProperty("peermind.bench.attacks", "");
  private static final String RULES = System.getProperty("peermind.bench.rules", "");
  private static final String ATTACKERS = System.getProperty("peermind.bench.attackers", "2,3");
  private static final int MEMBERS = 6;
  private static final int STEPS = Integer.getInteger("peermind.bench.steps", 16);
  private static final int ATTACK_STEPS = 8;
  private static final int SEQUENCES = 8;
  private static final double RATE = 0.01;
  private static final double CLIP = 30;
  private static final double ATTACK_CLIP = 10;
  private static final int PHRASINGS = 4;
  private static final long WORLD = 777;
  private static final boolean FALLS =
      Boolean.parseBoolean(System.getProperty("peermind.bench.falls", "true"));
  private static final OuterOptimiser OUTER =
      Boolean.getBoolean("peermind.bench.nesterov")
          ? new OuterOptimiser.Nesterov(0.7, 0.9)
          : new OuterOptimiser.Plain(
              Double.parseDouble(System.getProperty("peermind.bench.outer-rate", "1.3")));
  private static final OuterOptimiser ATTACK_OUTER = new OuterOptimiser.Plain(1);
  private static final Combiner MEAN =
      new Combiner("weighted-mean", new AggregationRule.WeightedMean());
  private static final Path OUT = Path.of("target", "federated-experiment");

  @TempDir Path folder;

  private static PrintWriter csv(String name, String header) throws Exception {
    Files.createDirectories(OUT);
    PrintWriter out =
        new PrintWriter(Files.newBufferedWriter(OUT.resolve(name), StandardCharsets.UTF_8), true);
    out.println(header);
    return out;
  }

  private static void say(String line) {
    System.out.println(line);
  }

  @SuppressWarnings("AnnotateFormatMethod")
  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  // ---- what is learned

  /// Each of six members knows facts that no other knows, or all know all in other words.
  @Test
  void factsTravelBetweenMembers() throws Exception {
    Learning.Course course =
        new Learning.Course(ROUNDS, STEPS, SEQUENCES, RATE, FALLS, CLIP, OUTER);
    try (Classroom room = new Classroom(folder, 16);
        PrintWriter out =
            csv(
                "rounds.csv",
                "seed,data,round,text,answer,recall,text_pooled,answer_pooled,recall_pooled,"
                    + "bytes_a_member,joules_estimated")) {
      for (String data : DATA.split(",", -1)) {
        List<Double> worse = new ArrayList<>();
        for (long seed : SEEDS) {
          worse.add(compared(room, course, data, seed, out));
        }
        say(
            text(
                "%s: %+.2f %% text loss beside pooled in the mean of seeds %s: %s",
                data,
                worse.stream().mapToDouble(one -> one).average().orElseThrow(),
                SEEDS,
                worse.stream().map(one -> text("%+.2f %%", one)).toList()));
      }
    }
  }

  /// @return by how many per cent the loss of whole texts is worse than with pooled training, in
  ///   the end
  private static double compared(
      Classroom room, Learning.Course course, String data, long seed, PrintWriter out)
      throws Exception {
    Facts facts = new Facts(WORLD);
    List<List<Facts.Lesson>> texts = new ArrayList<>();
    List<Facts.Lesson> all = new ArrayList<>();
    for (int member = 0; member < MEMBERS; member++) {
      boolean isAlike = data.equals("alike");
      texts.add(
          Facts.lessons(
              isAlike ? facts.all() : facts.apart(MEMBERS).get(member),
              isAlike ? PHRASINGS : PHRASINGS * MEMBERS,
              seed * 100 + member));
      all.addAll(texts.getLast());
    }
    List<Facts.Lesson> unseen = Facts.unseen(facts.all(), all, seed + 99_000);
    List<Facts.Lesson> heldOut = Facts.heldOut(facts.all());
    List<Question> examination = Facts.examination(facts.all());
    float[] zero = new float[room.length()];
    say(
        "seed %d, %s, before: %s"
            .formatted(seed, data, Learning.worth(room, zero, unseen, heldOut, examination)));
    Learning learning = new Learning(room, course, MEAN, texts, Classroom.Counted.WHOLE, seed);
    double joules = 0;
    double worse = 0;
    for (int round = 1; round <= course.rounds(); round++) {
      double before = Classroom.processorSeconds();
      learning.federatedRound();
      joules += (Classroom.processorSeconds() - before) * WATTS;
      learning.pooledRound();
      // Answering takes longer than all else, so that only what the end has is examined.
      List<Question> asked = round == course.rounds() ? examination : List.of();
      Learning.Worth one = Learning.worth(room, learning.federated(), unseen, heldOut, asked);
      Learning.Worth pooled = Learning.worth(room, learning.central(), unseen, heldOut, asked);
      worse = 100 * (one.text() / pooled.text() - 1);
      say(
          text(
              "seed %d, %s, round %d: text %.4f (pooled %.4f, %+.2f %%), answer %.4f (%.4f),"
                  + " recall %.3f (%.3f), %.0f J",
              seed,
              data,
              round,
              one.text(),
              pooled.text(),
              worse,
              one.answer(),
              pooled.answer(),
              one.recall(),
              pooled.recall(),
              joules));
      out.println(
          text(
              "%d,%s,%d,%.5f,%.5f,%.4f,%.5f,%.5f,%.4f,%d,%.1f",
              seed,
              data,
              round,
              one.text(),
              one.answer(),
              one.recall(),
              pooled.text(),
              pooled.answer(),
              pooled.recall(),
              4L * round * room.length(),
              joules));
    }
    return worse;
  }

  /// What members reach alone with as many steps as all rounds have.
  @Test
  void factsDoNotComeToMembersAlone() throws Exception {
    Facts facts = new Facts(WORLD);
    long seed = SEEDS.getFirst();
    double own = 0;
    double others = 0;
    try (Classroom room = new Classroom(folder, 16)) {
      float[] zero = new float[room.length()];
      for (int member = 0; member < MEMBERS; member++) {
        List<Fact> mine = facts.apart(MEMBERS).get(member);
        List<Fact> rest = facts.all().stream().filter(fact -> !mine.contains(fact)).toList();
        Path lessons =
            room.written(
                Facts.lessons(mine, PHRASINGS * MEMBERS, seed * 100 + member),
                Classroom.Counted.WHOLE);
        float[] alone = room.trained(lessons, zero, STEPS * ROUNDS, SEQUENCES, RATE / 2, seed);
        own += room.recall(alone, Facts.examination(mine)) / MEMBERS;
        others += room.recall(alone, Facts.examination(rest)) / MEMBERS;
      }
    }
    say(
        text(
            "alone, %d steps: recall of own facts %.3f, of others' %.3f",
            STEPS * ROUNDS, own, others));
  }

  // ---- what is withstood

  /// Ten members with the same facts in other words; two or three of them attack.
  @Test
  void attackersDoNotSpoilTheModel() throws Exception {
    try (Classroom room = new Classroom(folder, 8);
        PrintWriter out =
            csv(
                "attacks.csv",
                "seed,rule,attackers,attack,text,worse_percent,answer,answer_worse_percent,"
                    + "triggered,gate_passed,faults,honest_left_out")) {
      for (long seed : SEEDS) {
        Siege siege = siege(room, seed);
        for (String many : ATTACKERS.split(",", -1)) {
          int attackers = Integer.parseInt(many);
          for (Combiner rule : rules(attackers)) {
            Optional<Siege.Outcome> without = Optional.empty();
            for (Attack attack : Attack.values()) {
              if (attack != Attack.NONE && !ATTACKS.isEmpty() && !ATTACKS.contains(attack.name())) {
                continue;
              }
              Siege.Outcome came = siege.attacked(rule, attack, attackers);
              Siege.Outcome calm = without.orElse(came);
              without = Optional.of(calm);
              said(out, seed, attackers, rule, attack, came, calm);
            }
          }
        }
      }
    }
  }

  private static void said(
      PrintWriter out,
      long seed,
      int attackers,
      Combiner rule,
      Attack attack,
      Siege.Outcome came,
      Siege.Outcome calm) {
    double worse = 100 * (came.text() / calm.text() - 1);
    double answersWorse = 100 * (came.answer() / calm.answer() - 1);
    say(
        text(
            "seed %d, %d of %d, %s, %s: text %.4f (%+.2f %%), answer %.4f (%+.1f %%), triggered"
                + " %.3f, gate passed %d of %d, faults %d, honest left out %.3f",
            seed,
            attackers,
            Siege.COMPANY,
            rule.name(),
            attack,
            came.text(),
            worse,
            came.answer(),
            answersWorse,
            came.triggered(),
            came.passed(),
            ATTACK_ROUNDS,
            came.faults(),
            came.leftOut()));
    out.println(
        text(
            "%d,%s,%d,%s,%.5f,%.3f,%.5f,%.2f,%.3f,%d,%d,%.3f",
            seed,
            rule.name(),
            attackers,
            attack,
            came.text(),
            worse,
            came.answer(),
            answersWorse,
            came.triggered(),
            came.passed(),
            came.faults(),
            came.leftOut()));
  }

  /// Ten honest members, of whom two or three know other facts than the rest: how much of theirs
  /// each rule takes.
  @Test
  void honestMinoritiesAreHeard() throws Exception {
    try (Classroom room = new Classroom(folder, 8);
        PrintWriter out = csv("minorities.csv", "seed,rule,minority,text,text_minority,left_out")) {
      for (long seed : SEEDS) {
        Siege siege = siege(room, seed);
        for (String many : ATTACKERS.split(",", -1)) {
          int minority = Integer.parseInt(many);
          for (Combiner rule : rules(minority)) {
            Siege.Outcome came = siege.apart(rule, minority);
            say(
                text(
                    "seed %d, %d of %d with other facts, %s: text of the rest %.4f, of theirs %.4f,"
                        + " left out %.3f",
                    seed,
                    minority,
                    Siege.COMPANY,
                    rule.name(),
                    came.text(),
                    came.minority(),
                    came.leftOut()));
            out.println(
                text(
                    "%d,%s,%d,%.5f,%.5f,%.3f",
                    seed, rule.name(), minority, came.text(), came.minority(), came.leftOut()));
          }
        }
      }
    }
  }

  private static Siege siege(Classroom room, long seed) throws Exception {
    Facts facts = new Facts(WORLD);
    Learning.Course course =
        new Learning.Course(
            ATTACK_ROUNDS, ATTACK_STEPS, SEQUENCES, RATE, FALLS, ATTACK_CLIP, ATTACK_OUTER);
    int half = facts.all().size() / 2;
    return new Siege(
        room,
        course,
        facts.all().subList(0, half),
        facts.all().subList(half, facts.all().size()),
        seed);
  }

  private static List<Combiner> rules(int attackers) {
    double share = attackers / (double) Siege.COMPANY;
    double radius = Combiner.UNITS.units(ATTACK_CLIP) / 2.0;
    return List.of(
            MEAN,
            new Combiner("trimmed-mean", new AggregationRule.TrimmedMean(share)),
            new Combiner("mixed-trimmed-mean", new AggregationRule.MixedTrimmedMean(share)),
            new Combiner("median", new AggregationRule.CoordinateMedian()),
            new Combiner("krum", new AggregationRule.Krum(attackers)),
            new Combiner(
                "multi-krum",
                new AggregationRule.MultiKrum(attackers, Siege.COMPANY - 2 * attackers)),
            new Combiner("geometric-median", new AggregationRule.GeometricMedian(1, 16)),
            new Combiner("centred-clipping", new AggregationRule.CentredClipping(radius, 8)))
        .stream()
        .filter(rule -> RULES.isEmpty() || List.of(RULES.split(",", -1)).contains(rule.name()))
        .toList();
  }
}
