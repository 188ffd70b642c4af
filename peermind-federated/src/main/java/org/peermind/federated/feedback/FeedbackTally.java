// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.feedback;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Digest;

/// What the bits of a period say, the same in any order of them. The gradient of the mean opinion
/// is estimated as `weight / (N e) sum over reports of y u`, with `y` the bit as -1 or 1, `u` the
/// signs of the answer's direction, `e` the perturbation, `N` the number of reports and the weight
/// of [RandomisedResponse#weight]; its mean is the gradient where opinions depend on scales by a
/// polynomial of second degree, else that of them smoothed over the perturbation (Flaxman, Kalai,
/// McMahan, SODA 2005).
///
/// @param counted reports, those of the users left out not among them
/// @param refused reports: of another period, beyond the answers that a user has, or contradictory
/// @param leftOut users whose bits follow one direction more than opinions can, see [Agreement]
/// @param gradient estimated, for each scale
/// @param next scales for the next period
public record FeedbackTally(
    int counted, int refused, int leftOut, List<Double> gradient, List<Double> next) {
  /// Most reports of a period.
  public static final int REPORTS_MAX = 1 << 20;

  public FeedbackTally {
    gradient = List.copyOf(gradient);
    next = List.copyOf(next);
  }

  private record Place(NodeId user, int answer) {}

  /// Counts. A report that came twice counts once; of two that contradict each other none does.
  ///
  /// @throws IllegalArgumentException when there are more than [#REPORTS_MAX]
  public static FeedbackTally of(FeedbackPeriod period, List<FeedbackReport> reports) {
    if (reports.size() > REPORTS_MAX) {
      throw new IllegalArgumentException(
          "a period has at most %d reports, not %d".formatted(REPORTS_MAX, reports.size()));
    }
    Digest name = period.name();
    Map<Place, Boolean> bits = new HashMap<>();
    Set<Place> contradictory = new HashSet<>();
    int refused = 0;
    for (FeedbackReport report : reports) {
      Place place = new Place(report.user(), report.answer());
      boolean isOfPeriod = report.period().equals(name);
      if (!isOfPeriod || report.answer() < 0 || report.answer() >= period.answersMax()) {
        refused++;
        continue;
      }
      Boolean before = bits.putIfAbsent(place, report.liked());
      if (before != null && before != report.liked()) {
        contradictory.add(place);
      }
    }
    contradictory.forEach(bits::remove);
    return tally(period, bits, refused + contradictory.size());
  }

  private static FeedbackTally tally(FeedbackPeriod period, Map<Place, Boolean> bits, int refused) {
    Digest name = period.name();
    int adapters = period.scales().size();
    SortedMap<NodeId, long[]> ofUsers = new TreeMap<>();
    bits.forEach(
        (place, liked) ->
            add(
                ofUsers.computeIfAbsent(place.user(), _ -> new long[adapters + 1]),
                FeedbackPeriod.direction(name, place.user(), place.answer()),
                liked));
    long[][] sums = ofUsers.values().toArray(long[][]::new);
    int[] answers = new int[sums.length];
    for (int user = 0; user < sums.length; user++) {
      answers[user] = (int) sums[user][adapters];
    }
    boolean[] kept = Agreement.kept(sums, answers, adapters);
    long[] all = new long[adapters];
    int counted = 0;
    int leftOut = 0;
    for (int user = 0; user < sums.length; user++) {
      leftOut += kept[user] ? 0 : 1;
      counted += kept[user] ? answers[user] : 0;
      for (int i = 0; kept[user] && i < adapters; i++) {
        all[i] += sums[user][i];
      }
    }
    List<Double> gradient = gradient(period, all, counted);
    return new FeedbackTally(counted, refused, leftOut, gradient, next(period, gradient, counted));
  }

  /// The last number is that of the answers.
  private static void add(long[] sums, long direction, boolean liked) {
    int adapters = sums.length - 1;
    for (int i = 0; i < adapters; i++) {
      sums[i] += FeedbackPeriod.isUp(direction, i) == liked ? 1 : -1;
    }
    sums[adapters]++;
  }

  private static List<Double> gradient(FeedbackPeriod period, long[] sums, int counted) {
    List<Double> gradient = new ArrayList<>(sums.length);
    for (long sum : sums) {
      double mean = counted == 0 ? 0 : (double) sum / counted;
      gradient.add(period.response().weight() * mean / period.perturbation());
    }
    return gradient;
  }

  private static List<Double> next(FeedbackPeriod period, List<Double> gradient, int counted) {
    FeedbackPeriod.Stepping stepping = period.stepping();
    if (counted < stepping.reportsLeast()) {
      return period.scales();
    }
    double squares = 0;
    for (double one : gradient) {
      squares += one * one;
    }
    double length = stepping.rate() * Math.sqrt(squares);
    double rate =
        length > stepping.stepMax()
            ? stepping.rate() * (stepping.stepMax() / length)
            : stepping.rate();
    List<Double> next = new ArrayList<>(gradient.size());
    for (int i = 0; i < gradient.size(); i++) {
      double moved = period.scales().get(i) + rate * gradient.get(i);
      next.add(Math.clamp(moved, stepping.scaleMin(), stepping.scaleMax()));
    }
    return next;
  }

  /// How much the reports of one user, whatever they are, can make of an estimated gradient with
  /// this number of reports, as a Euclidean norm, where they do not change who else is left out.
  public static double influenceMax(FeedbackPeriod period, int counted) {
    double share = Math.min(1, (double) period.answersMax() / Math.max(1, counted));
    return share
        * Math.sqrt(period.scales().size())
        * period.response().weight()
        / period.perturbation();
  }

  /// The standard error of each number of an estimated gradient; what is smaller says nothing.
  public static double standardError(FeedbackPeriod period, int counted) {
    return period.response().weight() / period.perturbation() / Math.sqrt(Math.max(1, counted));
  }
}
