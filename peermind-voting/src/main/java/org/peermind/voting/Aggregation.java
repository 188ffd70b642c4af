// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.EvaluationReveal;
import org.peermind.protocol.governance.Figures;
import org.peermind.protocol.governance.Rules;

/// What the reports about one candidate say together, and whether it may be voted for (PMV-1,
/// evaluation). Each report compares candidate and incumbent on one machine, so the logarithms of
/// their ratios can be compared between machines. Reports that lie far off are dropped, then the
/// median by capped capacity counts, so that fewer than half of the reports cannot move it at will.
/// `StrictMath` and draws from a digest make every machine get the same.
///
/// @param reports how many were counted
/// @param energy of the candidate in thousandths of the incumbent's; empty when too few measured it
/// @param latency p95 of the time to first token, likewise
/// @param speed tokens a second with four requests at a time, likewise
/// @param microWhPer1kTokens median of the candidate's own, for ties
/// @param vramMib median of its peak
/// @param accuracyPermille of the candidate, by what most reports say of each item
/// @param accuracyChangeLeast lower end of the 95 % interval of its change, in thousandths
/// @param failed one sentence for each gate that the candidate does not pass
/// @param labels what voters should know of it
public record Aggregation(
    int reports,
    Optional<Interval> energy,
    Optional<Interval> latency,
    Optional<Interval> speed,
    OptionalLong microWhPer1kTokens,
    long vramMib,
    int accuracyPermille,
    int accuracyChangeLeast,
    List<String> failed,
    List<String> labels) {
  private static final double MAD_TO_DEVIATION = 0.6745;
  private static final double OUTLIER = 3.5;

  /// The least spread that is believed, about 1 %: alike reports do not make an honest other one an
  /// outlier.
  private static final double MAD_LEAST = 0.01;

  private static final int RESAMPLES = 1_000;
  private static final int LOWER = RESAMPLES * 25 / 1_000;
  private static final int UPPER = RESAMPLES - 1 - LOWER;
  private static final int VRAM_CAPACITY_PERCENT = 60;
  private static final int VRAM_HEADS_PERCENT = 50;

  /// Nobody notices less, and of models that answer within milliseconds chance makes as much.
  private static final int LATENCY_MILLIS_MORE = 50;

  public Aggregation {
    failed = List.copyOf(failed);
    labels = List.copyOf(labels);
  }

  /// A median and its 95 % bootstrap interval, in thousandths.
  public record Interval(int median, int low, int high) {}

  /// How many reports are asked of `voters`: `max(3, N/3)`, of three voters or fewer two.
  public static int reportsAsked(int voters) {
    return voters <= 3 ? Math.min(2, voters) : Math.max(3, Math.ceilDiv(voters, 3));
  }

  /// Puts reports together. Those of other items than most are left out.
  ///
  /// @param voters how many might have reported
  /// @param floorPermille what a "smaller, cheaper" candidate must reach instead of the incumbent
  /// @param seed from the ledger, for the intervals
  public static Aggregation of(
      Collection<EvaluationReveal> all,
      int voters,
      Rules rules,
      OptionalInt floorPermille,
      Digest seed) {
    List<EvaluationReveal> reports = ofSameItems(all);
    int asked = reportsAsked(voters);
    if (reports.size() < asked || reports.isEmpty()) {
      String few = "%d valid reports; %d are asked.".formatted(reports.size(), asked);
      return new Aggregation(
          reports.size(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          OptionalLong.empty(),
          0,
          0,
          0,
          List.of(few),
          List.of());
    }
    List<Long> capacities = reports.stream().map(one -> one.incumbent().speedByFour()).toList();
    List<Long> weights = CapacityWeights.capped(CapacityWeights.uncapped(capacities, capacities));
    return new Evaluated(reports, weights, asked, rules, floorPermille, seed).aggregation();
  }

  private static List<EvaluationReveal> ofSameItems(Collection<EvaluationReveal> all) {
    Map<List<Object>, List<EvaluationReveal>> bySeed = new HashMap<>();
    all.forEach(
        one ->
            bySeed
                .computeIfAbsent(List.of(one.itemSeed(), one.items()), _ -> new ArrayList<>())
                .add(one));
    // A majority is asked, so that the largest group is the only one of its size.
    return bySeed.values().stream()
        .filter(group -> 2 * group.size() > all.size())
        .findFirst()
        .orElse(List.of());
  }

  private record Weighed(double value, long weight) {}

  /// The reports that count, and the sums over them.
  private record Evaluated(
      List<EvaluationReveal> reports,
      List<Long> weights,
      int asked,
      Rules rules,
      OptionalInt floorPermille,
      Digest seed) {

    Aggregation aggregation() {
      List<String> failed = new ArrayList<>();
      List<String> labels = new ArrayList<>();
      memory().ifPresent(failed::add);
      Optional<Interval> energy =
          ratio(figures -> figures.microWhPer1kTokens().orElse(0), "energy");
      if (energy.isPresent()) {
        beyond("energy per token", energy.get(), rules.energyPermilleMax()).ifPresent(failed::add);
      } else {
        labels.add("energy unknown");
        if (!rules.unknownEnergyPasses()) {
          failed.add("Too few measured its energy, which this network asks for.");
        }
      }
      Optional<Interval> latency = ratio(Figures::ttftP95Millis, "latency");
      latency
          .filter(_ -> isLaterByMoreThanAMoment())
          .flatMap(one -> beyond("p95 of the time to first token", one, rules.latencyPermilleMax()))
          .ifPresent(failed::add);
      int accuracy = accuracy(EvaluationReveal::candidate);
      int least = accuracyChangeLeast();
      if (floorPermille.isPresent()) {
        labels.add("smaller, cheaper");
        if (accuracy < floorPermille.getAsInt()) {
          failed.add(
              "It answers %s %% of the items rightly; its own floor is %s %%."
                  .formatted(percent(accuracy), percent(floorPermille.getAsInt())));
        }
      } else if (least < -rules.accuracyLossPermilleMax()) {
        failed.add(
            "It may be %s points less accurate than the model in use; %s are allowed."
                .formatted(percent(-least), percent(rules.accuracyLossPermilleMax())));
      }
      return new Aggregation(
          reports.size(),
          energy,
          latency,
          ratio(Figures::speedByFour, "speed"),
          absolute(one -> one.candidate().microWhPer1kTokens().orElse(0)),
          absolute(one -> one.candidate().peakMib()).orElse(0),
          accuracy,
          least,
          failed,
          labels);
    }

    private static String percent(int permille) {
      return String.format(Locale.ROOT, "%.1f", permille / 10.0);
    }

    private static Optional<String> beyond(String name, Interval ratio, int limit) {
      return ratio.median() <= limit
          ? Optional.empty()
          : Optional.of(
              "Its %s is %s %% of the incumbent's; %s %% are allowed."
                  .formatted(name, percent(ratio.median()), percent(limit)));
    }

    private Optional<String> memory() {
      long heads = 0;
      long capacity = 0;
      long all = 0;
      for (int at = 0; at < reports.size(); at++) {
        EvaluationReveal one = reports.get(at);
        boolean isFitting = one.candidate().peakMib() <= one.deviceMib();
        heads += isFitting ? 1 : 0;
        capacity += isFitting ? weights.get(at) : 0;
        all += weights.get(at);
      }
      return 100 * heads >= VRAM_HEADS_PERCENT * (long) reports.size()
              && 100 * capacity >= VRAM_CAPACITY_PERCENT * all
          ? Optional.empty()
          : Optional.of(
              "It fits into the memory of %d of %d machines, too few."
                  .formatted(heads, reports.size()));
    }

    /// New to old; a figure of 0 is unknown.
    private Optional<Interval> ratio(ToLongFunction<Figures> figure, String name) {
      List<Weighed> values = new ArrayList<>();
      for (int at = 0; at < reports.size(); at++) {
        long old = figure.applyAsLong(reports.get(at).incumbent());
        long candidate = figure.applyAsLong(reports.get(at).candidate());
        if (old > 0 && candidate > 0) {
          values.add(new Weighed(StrictMath.log((double) candidate / old), weights.get(at)));
        }
      }
      if (values.size() < asked) {
        return Optional.empty();
      }
      List<Weighed> kept = withoutOutliers(values);
      DigestStream stream =
          new DigestStream(Digest.over(seed.toBytes(), name.getBytes(StandardCharsets.UTF_8)));
      List<Double> medians = new ArrayList<>();
      List<Weighed> rising =
          kept.stream().sorted(Comparator.comparingDouble(Weighed::value)).toList();
      for (int resample = 0; resample < RESAMPLES; resample++) {
        medians.add(resampledMedian(rising, stream));
      }
      medians.sort(null);
      return Optional.of(
          new Interval(
              permille(weightedMedian(kept)),
              permille(medians.get(LOWER)),
              permille(medians.get(UPPER))));
    }

    /// The weighted median of as many draws, with repetitions, as there are values.
    private static double resampledMedian(List<Weighed> rising, DigestStream stream) {
      int[] times = new int[rising.size()];
      long all = 0;
      for (int draw = 0; draw < times.length; draw++) {
        int drawn = stream.below(times.length);
        times[drawn]++;
        all += rising.get(drawn).weight();
      }
      long below = 0;
      int at = 0;
      while (true) {
        below += times[at] * rising.get(at).weight();
        if (2 * below >= all) {
          return rising.get(at).value();
        }
        at++;
      }
    }

    private static int permille(double logRatio) {
      return (int) Math.min(Integer.MAX_VALUE, StrictMath.round(1_000 * StrictMath.exp(logRatio)));
    }

    private boolean isLaterByMoreThanAMoment() {
      List<Weighed> later = new ArrayList<>();
      for (int at = 0; at < reports.size(); at++) {
        EvaluationReveal one = reports.get(at);
        long millis = one.candidate().ttftP95Millis() - one.incumbent().ttftP95Millis();
        later.add(new Weighed(millis, weights.get(at)));
      }
      return weightedMedian(later) > LATENCY_MILLIS_MORE;
    }

    private OptionalLong absolute(ToLongFunction<EvaluationReveal> figure) {
      List<Weighed> values = new ArrayList<>();
      for (int at = 0; at < reports.size(); at++) {
        long value = figure.applyAsLong(reports.get(at));
        if (value > 0) {
          values.add(new Weighed(value, weights.get(at)));
        }
      }
      return values.size() < asked
          ? OptionalLong.empty()
          : OptionalLong.of((long) weightedMedian(values));
    }

    private int accuracy(Function<EvaluationReveal, Figures> of) {
      int right = 0;
      int items = reports.getFirst().items();
      for (int item = 0; item < items; item++) {
        right += isRight(item, of) ? 1 : 0;
      }
      return 1_000 * right / items;
    }

    private boolean isRight(int item, Function<EvaluationReveal, Figures> of) {
      long saying =
          reports.stream().filter(one -> of.apply(one).rightItems().contains(item)).count();
      return 2 * saying > reports.size();
    }

    private int accuracyChangeLeast() {
      int items = reports.getFirst().items();
      int[] changes = new int[items];
      for (int item = 0; item < items; item++) {
        changes[item] =
            (isRight(item, EvaluationReveal::candidate) ? 1 : 0)
                - (isRight(item, EvaluationReveal::incumbent) ? 1 : 0);
      }
      DigestStream stream = new DigestStream(seed);
      List<Integer> sums = new ArrayList<>();
      for (int resample = 0; resample < RESAMPLES; resample++) {
        int sum = 0;
        for (int draw = 0; draw < items; draw++) {
          sum += changes[stream.below(items)];
        }
        sums.add(sum);
      }
      sums.sort(null);
      return Math.floorDiv(1_000 * sums.get(LOWER), items);
    }
  }

  /// Drops what lies `abs(0.6745 (x - median) / MAD) > 3.5` off.
  private static List<Weighed> withoutOutliers(List<Weighed> values) {
    double median = median(values.stream().map(Weighed::value).toList());
    double spread =
        Math.max(
            MAD_LEAST, median(values.stream().map(one -> Math.abs(one.value() - median)).toList()));
    return values.stream()
        .filter(one -> Math.abs(MAD_TO_DEVIATION * (one.value() - median) / spread) <= OUTLIER)
        .toList();
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int size = sorted.size();
    return (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
  }

  /// The least value that, with all below it, has half of the weight.
  private static double weightedMedian(List<Weighed> values) {
    List<Weighed> sorted =
        values.stream().sorted(Comparator.comparingDouble(Weighed::value)).toList();
    long all = sorted.stream().mapToLong(Weighed::weight).sum();
    long below = 0;
    for (Weighed one : sorted) {
      below += one.weight();
      if (2 * below >= all) {
        return one.value();
      }
    }
    throw new IllegalArgumentException("There is no median of nothing");
  }
}
