// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.feedback;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Digest;

/// Users who like answers the better the nearer their scales are to some that nobody knows: a
/// logistic function of the squared distance. A quarter of them says nothing each time.
class FeedbackSimulationTest {
  private static final int ADAPTERS = 16;
  private static final int USERS = 300;
  private static final int ANSWERS = 20;
  private static final int PERIODS = 8;
  private static final double SILENT = 0.25;
  private static final long SEED = 11;

  /// What the first fifth of all users does.
  private enum Fifth {
    HONEST,
    /// Says the opposite of what it thinks, and randomises that.
    CONTRARY,
    /// Knows each direction, and has every bit push the scales where users like them least, without
    /// randomising it.
    COLLUDING,
    /// The same in half of its answers, and says the rest by coins, so as not to stand out.
    WARY,
    /// Honest, with another taste: likes the scales on the other side of where they begin.
    UNLIKE
  }

  private final Random random = new Random(SEED);
  private final double[] liked = new double[ADAPTERS];
  private final List<NodeId> users = new ArrayList<>();

  FeedbackSimulationTest() {
    for (int i = 0; i < ADAPTERS; i++) {
      liked[i] = 0.3 + 1.4 * random.nextDouble();
    }
    for (int user = 0; user < USERS; user++) {
      byte[] key = new byte[32];
      random.nextBytes(key);
      users.add(NodeId.ofPublicKey(key));
    }
  }

  private double distance(List<Double> scales, boolean unlike) {
    double squares = 0;
    for (int i = 0; i < ADAPTERS; i++) {
      squares += Math.pow(scales.get(i) - (unlike ? 2 - liked[i] : liked[i]), 2);
    }
    return Math.sqrt(squares);
  }

  private FeedbackPeriod period(int number, List<Double> scales) {
    return new FeedbackPeriod(
        new Digest("%064x".formatted(number)),
        scales,
        0.5,
        new RandomisedResponse(2),
        ANSWERS,
        new FeedbackPeriod.Stepping(1.5, 0.5, 100, 0, 2));
  }

  private boolean bit(FeedbackPeriod period, Digest name, Fifth fifth, int user, int answer) {
    long direction = FeedbackPeriod.direction(name, users.get(user), answer);
    List<Double> served = period.served(direction);
    boolean isHonest = fifth == Fifth.HONEST || user >= USERS / 5;
    boolean pushes = fifth == Fifth.COLLUDING || (fifth == Fifth.WARY && random.nextDouble() < 0.5);
    if (!isHonest && pushes) {
      double towards = 0;
      for (int i = 0; i < ADAPTERS; i++) {
        towards += (served.get(i) - period.scales().get(i)) * (liked[i] - 1);
      }
      return towards < 0;
    }
    if (!isHonest && fifth == Fifth.WARY) {
      return random.nextBoolean();
    }
    boolean isUnlike = !isHonest && fifth == Fifth.UNLIKE;
    double pleasure = 4 - Math.pow(distance(served, isUnlike), 2);
    boolean likes = random.nextDouble() < 1 / (1 + Math.exp(-pleasure));
    Opinion opinion =
        random.nextDouble() < SILENT
            ? Opinion.NONE
            : likes == (isHonest || isUnlike) ? Opinion.BETTER : Opinion.WORSE;
    return period.response().bit(opinion, random.nextLong());
  }

  /// Distances from what is liked, before and after each period.
  private List<Double> run(Fifth fifth) {
    List<Double> scales = Collections.nCopies(ADAPTERS, 1.0);
    int leftOut = 0;
    List<Double> distances = new ArrayList<>(List.of(distance(scales, false)));
    for (int number = 0; number < PERIODS; number++) {
      FeedbackPeriod period = period(number, scales);
      Digest name = period.name();
      List<FeedbackReport> reports = new ArrayList<>();
      for (int user = 0; user < USERS; user++) {
        for (int answer = 0; answer < ANSWERS; answer++) {
          boolean liked = bit(period, name, fifth, user, answer);
          reports.add(new FeedbackReport(name, users.get(user), answer, liked));
        }
      }
      FeedbackTally tally = FeedbackTally.of(period, reports);
      leftOut += tally.leftOut();
      scales = tally.next();
      distances.add(distance(scales, false));
    }
    StringBuilder told = new StringBuilder();
    distances.forEach(one -> told.append(String.format(Locale.ROOT, " %.2f", one)));
    System.out.println(
        "feedback, seed %d, a fifth is %s: distance%s, left out of a period's %d users %.1f"
            .formatted(SEED, fifth, told, USERS, (double) leftOut / PERIODS));
    return distances;
  }

  @Test
  void scalesComeNearToWhatUsersLike() {
    List<Double> distances = run(Fifth.HONEST);
    assertThat(distances.getLast()).isLessThan(0.35 * distances.getFirst());
  }

  @Test
  void scalesComeNearThoughAFifthSaysTheOpposite() {
    List<Double> distances = run(Fifth.CONTRARY);
    assertThat(distances.getLast()).isLessThan(0.45 * distances.getFirst());
  }

  /// Without leaving anybody out they end at a distance of 4.4 (docs/federated.md).
  @Test
  void scalesComeNearThoughAFifthColludes() {
    List<Double> distances = run(Fifth.COLLUDING);
    assertThat(distances.getLast()).isLessThan(0.35 * distances.getFirst());
  }

  /// Those who know the rule do harm, as with any answers that are randomised by those who give
  /// them (Cheu, Smith, Ullman, IEEE Symposium on Security and Privacy 2021).
  @Test
  void harmOfAWaryFifthIsBounded() {
    List<Double> distances = run(Fifth.WARY);
    assertThat(distances.getLast()).isLessThan(distances.getFirst());
  }

  @Test
  void aFifthOfAnotherTasteIsHeard() {
    List<Double> distances = run(Fifth.UNLIKE);
    assertThat(distances.getLast()).isBetween(0.1, 0.9 * distances.getFirst());
  }
}
