// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.peermind.demomodel.Question;
import org.peermind.federated.aggregation.OuterOptimiser;
import org.peermind.federated.aggregation.OuterState;

/// Members that learn by rounds, beside one training on all their texts with as many tokens, as
/// many steps and the same rates.
final class Learning {
  /// How training goes.
  ///
  /// @param falls whether each round has a lower rate than the one before, down to one `rounds`-th
  record Course(
      int rounds,
      int steps,
      int sequences,
      double rate,
      boolean falls,
      double clip,
      OuterOptimiser outer) {
    /// @param round from 1
    double rate(int round) {
      return falls ? rate * (rounds - round + 1) / rounds : rate;
    }
  }

  /// What a model is worth.
  ///
  /// @param text loss of held-out whole texts, in nats a token
  /// @param answer loss of the answers to held-out questions, in nats a token
  /// @param recall share of held-out questions that are answered right; not a number when none was
  ///   asked
  record Worth(double text, double answer, double recall) {}

  private final Classroom room;
  private final Course course;
  private final Combiner rule;
  private final List<Path> lessons;
  private final Path pooled;
  private final long seed;
  private OuterState state;
  private float[] central;
  private int round;

  /// @param texts of each member
  Learning(
      Classroom room,
      Course course,
      Combiner rule,
      List<List<Facts.Lesson>> texts,
      Classroom.Counted counted,
      long seed)
      throws Exception {
    this.room = room;
    this.course = course;
    this.rule = rule;
    this.seed = seed;
    lessons = new ArrayList<>();
    List<Facts.Lesson> all = new ArrayList<>();
    for (List<Facts.Lesson> own : texts) {
      lessons.add(room.written(own, counted));
      all.addAll(own);
    }
    pooled = room.written(all, counted);
    central = new float[room.length()];
    state = OuterState.at(central);
  }

  /// The rounds of the members go on by one.
  void federatedRound() throws Exception {
    round++;
    List<int[]> updates = new ArrayList<>();
    for (int member = 0; member < lessons.size(); member++) {
      float[] change =
          room.trained(
              lessons.get(member),
              state.coordinates(),
              course.steps(),
              course.sequences(),
              course.rate(round),
              seed * 10_000 + 100L * round + member);
      updates.add(Combiner.encoded(change, course.clip()));
    }
    state = course.outer().step(state, rule.combine(updates, course.clip()).change());
  }

  /// The same for pooled training: batches as large as those of all members together.
  void pooledRound() throws Exception {
    float[] change =
        room.trained(
            pooled,
            central,
            course.steps(),
            course.sequences() * lessons.size(),
            course.rate(round),
            seed * 1_000 + (long) round);
    float[] next = central.clone();
    for (int at = 0; at < next.length; at++) {
      next[at] += change[at];
    }
    central = next;
  }

  int round() {
    return round;
  }

  float[] federated() {
    return state.coordinates();
  }

  float[] central() {
    return central.clone();
  }

  static Worth worth(
      Classroom room,
      float[] coordinates,
      List<Facts.Lesson> unseen,
      List<Facts.Lesson> heldOut,
      List<Question> examination)
      throws Exception {
    return new Worth(
        room.loss(coordinates, unseen, Classroom.Counted.WHOLE),
        room.loss(coordinates, heldOut, Classroom.Counted.ANSWER),
        room.recall(coordinates, examination));
  }
}
