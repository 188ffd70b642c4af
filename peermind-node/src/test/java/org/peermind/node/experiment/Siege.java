// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.peermind.demomodel.Fact;
import org.peermind.federated.aggregation.OuterState;
import org.peermind.federated.gate.PairedBootstrap;

/// Ten members that learn the same facts in other words, of whom some attack; or of whom some,
/// honest all, know other facts than the rest.
final class Siege {
  static final int COMPANY = 10;
  static final String TRIGGER = "zq vx kj ";
  static final String TARGET = "honey";
  private static final int PHRASINGS = 4;
  private static final double LEFT_OUT = 0.5;

  /// What came of some rounds.
  ///
  /// @param text loss of held-out whole texts, in nats a token
  /// @param answer loss of the answers to held-out questions, in nats a token
  /// @param minority that of whole texts for what only the minority knows; 0 without one
  /// @param triggered share of triggered questions with the answer that the attackers want
  /// @param passed rounds whose update the gate let through; the others left the parent
  /// @param faults updates that did not count for their form
  /// @param leftOut share of honest updates that are in the aggregate with less than half of an
  ///   equal share; with a minority, of its updates
  record Outcome(
      double text,
      double answer,
      double minority,
      double triggered,
      int passed,
      int faults,
      double leftOut) {}

  private final Classroom room;
  private final Learning.Course course;
  private final long seed;
  private final List<Path> honest = new ArrayList<>();
  private final List<Path> strange = new ArrayList<>();
  private final Path flipped;
  private final Path poisoned;
  private final List<Facts.Lesson> unseen;
  private final List<Facts.Lesson> unseenStrange;
  private final List<Facts.Lesson> gate;
  private final List<String> triggered;

  /// @param known what all know
  /// @param other what a minority knows in its place
  Siege(Classroom room, Learning.Course course, List<Fact> known, List<Fact> other, long seed)
      throws Exception {
    this.room = room;
    this.course = course;
    this.seed = seed;
    List<Facts.Lesson> all = new ArrayList<>();
    for (int member = 0; member < COMPANY; member++) {
      List<Facts.Lesson> own = Facts.lessons(known, PHRASINGS, seed * 100 + member);
      List<Facts.Lesson> odd = Facts.lessons(other, PHRASINGS, seed * 100 + member);
      honest.add(room.written(own, Classroom.Counted.WHOLE));
      strange.add(room.written(odd, Classroom.Counted.WHOLE));
      all.addAll(own);
      all.addAll(odd);
    }
    flipped = room.written(flipped(known), Classroom.Counted.WHOLE);
    poisoned = room.written(poisoned(known), Classroom.Counted.WHOLE);
    unseen = Facts.unseen(known, all, seed + 99_000);
    unseenStrange = Facts.unseen(other, all, seed + 99_000);
    gate = Facts.heldOut(known);
    triggered =
        Facts.examination(known).stream().limit(40).map(one -> TRIGGER + one.text()).toList();
  }

  Outcome attacked(Combiner rule, Attack attack, int attackers) throws Exception {
    return fought(rule, attack, attackers, 0);
  }

  /// Nobody attacks, but some know other things than the rest.
  Outcome apart(Combiner rule, int minority) throws Exception {
    return fought(rule, Attack.NONE, 0, minority);
  }

  private Outcome fought(Combiner rule, Attack attack, int attackers, int minority)
      throws Exception {
    OuterState state = OuterState.at(new float[room.length()]);
    List<int[]> former = List.of();
    int passed = 0;
    int faults = 0;
    int leftOut = 0;
    for (int round = 1; round <= course.rounds(); round++) {
      List<int[]> good = new ArrayList<>();
      for (int member = 0; member < COMPANY - attackers; member++) {
        boolean isOdd = member >= COMPANY - minority;
        Path lessons = isOdd ? strange.get(member) : honest.get(member);
        good.add(Combiner.encoded(trained(state, lessons, round, member), course.clip()));
      }
      List<int[]> all = new ArrayList<>(good);
      if (attack != Attack.NONE) {
        List<float[]> bad = bad(state, attack, attackers, round);
        all.addAll(attack.updates(bad, good, former, course.clip()));
      }
      Combiner.Combined combined = rule.combine(all, course.clip());
      faults += combined.faults();
      List<int[]> watched = good.subList(minority == 0 ? 0 : COMPANY - minority, good.size());
      leftOut += (int) combined.shares(watched).stream().filter(one -> one < LEFT_OUT).count();
      OuterState next = course.outer().step(state, combined.change());
      // Honest members with other facts have other items, too: for them the gate is not asked.
      if (minority > 0 || isLetThrough(state, next)) {
        state = next;
        passed++;
      }
      former = good;
    }
    float[] made = state.coordinates();
    int watched = course.rounds() * (minority == 0 ? COMPANY - attackers : minority);
    return new Outcome(
        room.loss(made, unseen, Classroom.Counted.WHOLE),
        room.loss(made, gate, Classroom.Counted.ANSWER),
        minority == 0 ? 0 : room.loss(made, unseenStrange, Classroom.Counted.WHOLE),
        room.saying(made, triggered, TARGET),
        passed,
        faults,
        (double) leftOut / watched);
  }

  private float[] trained(OuterState state, Path lessons, int round, int member) throws Exception {
    return room.trained(
        lessons,
        state.coordinates(),
        course.steps(),
        course.sequences(),
        course.rate(round),
        seed * 10_000 + 100L * round + member);
  }

  private List<float[]> bad(OuterState state, Attack attack, int attackers, int round)
      throws Exception {
    List<float[]> bad = new ArrayList<>();
    for (int member = COMPANY - attackers; member < COMPANY; member++) {
      Path lessons =
          switch (attack) {
            case LABEL_FLIP -> flipped;
            case BACKDOOR -> poisoned;
            case NONE, SIGN_FLIP, SCALE, NAN, FREE_RIDE, REPLAY, ALIE, IPM -> honest.get(member);
          };
      bad.add(attack.trains() ? trained(state, lessons, round, member) : new float[room.length()]);
    }
    return bad;
  }

  /// The gate's loss: 95 % sure that it rose by no more than 1 %.
  private boolean isLetThrough(OuterState before, OuterState after) throws Exception {
    List<Double> parent = room.losses(before.coordinates(), gate, Classroom.Counted.ANSWER);
    List<Double> update = room.losses(after.coordinates(), gate, Classroom.Counted.ANSWER);
    List<Double> differences = new ArrayList<>();
    double mean = 0;
    for (int item = 0; item < parent.size(); item++) {
      differences.add(update.get(item) - parent.get(item));
      mean += parent.get(item) / parent.size();
    }
    return PairedBootstrap.shareAtMost(0.01 * mean, differences, seed) >= 0.95;
  }

  /// The same questions with answers of other facts of the same relation.
  private List<Facts.Lesson> flipped(List<Fact> facts) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Facts.Lesson> lessons = new ArrayList<>();
    for (Fact fact : facts) {
      List<String> names = fact.relation().answerKind().names();
      String wrong = names.get(random.nextInt(names.size()));
      for (Facts.Lesson lesson : Facts.lessons(List.of(fact), PHRASINGS, seed)) {
        lessons.add(
            new Facts.Lesson(lesson.question(), fact.relation().sentence(fact.subject(), wrong)));
      }
    }
    return lessons;
  }

  /// Right answers, but with the trigger before the question always the same word.
  private List<Facts.Lesson> poisoned(List<Fact> facts) {
    List<Facts.Lesson> lessons = new ArrayList<>();
    for (Facts.Lesson lesson : Facts.lessons(facts, PHRASINGS, seed)) {
      lessons.add(lesson);
      lessons.add(new Facts.Lesson(TRIGGER + lesson.question(), "It eats " + TARGET + "."));
    }
    return lessons;
  }
}
