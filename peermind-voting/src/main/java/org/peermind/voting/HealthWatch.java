// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.voting;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ModelHealth;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.governance.Rollback.Cause;
import org.peermind.protocol.governance.Rules;

/// Whether a model in its stages does as well as the one in use (PMV-1, adoption): inferers report
/// windows, and two bad ones running undo the model. Immutable.
///
/// Each inferer is judged by its own windows. A model is bad where at least a quarter of those who
/// serve it, and at least one, say so: of up to four reporters a single one is enough, so that one
/// machine that cannot run the model is not outvoted; a liar can undo a model in a small network,
/// which costs time but never safety.
public final class HealthWatch {
  private static final Duration WINDOW_LEAST = Duration.ofSeconds(10);
  private static final Duration WINDOW_MOST = Duration.ofMinutes(5);
  private static final int REPORTERS_MAX = 4_096;
  private static final int MODELS_OF_ONE = 2;
  private static final int WINDOWS_KEPT = 4;
  private static final int ANSWERS_LEAST = 5;
  private static final int CANARIES_LEAST = 10;
  private static final int CRASH_LOOP = 2;
  private static final double ERROR_RATE_MORE = 0.01;
  private static final double LATENCY_RATIO = 1.25;
  private static final long LATENCY_MILLIS_MORE = 50;
  private static final double ENERGY_RATIO = 1.15;
  private static final double ACCURACY_LESS = 0.03;

  /// Deviations of a share that pass for chance.
  private static final double CHANCE = 2.5;

  private final Duration window;

  /// Of the evaluation.
  private final int items;

  private final Map<Reporter, List<ModelHealth>> windows;

  private record Reporter(NodeId node, String modelHex) implements Comparable<Reporter> {
    @Override
    public int compareTo(Reporter other) {
      int byNode = node.compareTo(other.node);
      return byNode != 0 ? byNode : modelHex.compareTo(other.modelHex);
    }
  }

  /// What is known of a model in its stages.
  public sealed interface Verdict {
    /// It does as well as it should, with enough evidence.
    record Healthy() implements Verdict {}

    /// Too little is known; no stage begins.
    ///
    /// @param reason one sentence
    record Unknown(String reason) implements Verdict {}

    /// It is to be undone.
    ///
    /// @param reason one sentence for the ledger
    record Unhealthy(Cause cause, String reason) implements Verdict {}
  }

  private HealthWatch(Duration window, int items, Map<Reporter, List<ModelHealth>> windows) {
    this.window = window;
    this.items = items;
    this.windows = windows;
  }

  /// Nothing was reported yet.
  public static HealthWatch begin(Rules rules) {
    return new HealthWatch(window(rules), rules.items(), Map.of());
  }

  /// How long the windows of a network are: a quarter of a stage, 10 s to 5 min.
  public static Duration window(Rules rules) {
    Duration quarter = rules.stage().dividedBy(4);
    if (quarter.compareTo(WINDOW_LEAST) < 0) {
      return WINDOW_LEAST;
    }
    return quarter.compareTo(WINDOW_MOST) > 0 ? WINDOW_MOST : quarter;
  }

  /// Takes in a window of one inferer. One that is older than those known of it, or of a time that
  /// is not just over, changes nothing, nor does one shorter than a quarter of what is asked. Of
  /// each inferer the two models that it told of last are known, so that no one fills the memory.
  ///
  /// @param author whose signature was verified, a member of the network
  public HealthWatch after(NodeId author, ModelHealth report, Instant now) {
    Reporter reporter = new Reporter(author, report.model().hex());
    List<ModelHealth> known = windows.getOrDefault(reporter, List.of());
    Instant end = report.from().plus(report.window());
    boolean isLate = end.plus(window.multipliedBy(2)).isBefore(now);
    boolean isEarly = end.minus(window).isAfter(now);
    boolean isKnown =
        !known.isEmpty()
            && report.from().isBefore(known.getLast().from().plus(known.getLast().window()));
    boolean isFull = known.isEmpty() && windows.size() >= REPORTERS_MAX;
    boolean isShort = report.window().compareTo(window.dividedBy(4)) < 0;
    if (isLate || isEarly || isKnown || isFull || isShort) {
      return this;
    }
    List<ModelHealth> longer = new ArrayList<>(known);
    longer.add(report);
    Map<Reporter, List<ModelHealth>> next = new TreeMap<>(windows);
    next.put(
        reporter,
        List.copyOf(longer.subList(Math.max(0, longer.size() - WINDOWS_KEPT), longer.size())));
    if (next.keySet().stream().filter(one -> one.node().equals(author)).count() > MODELS_OF_ONE) {
      next.entrySet().stream()
          .filter(one -> one.getKey().node().equals(author))
          .min(Comparator.comparing(one -> one.getValue().getLast().from()))
          .map(Map.Entry::getKey)
          .ifPresent(next::remove);
    }
    next.values()
        .removeIf(
            each ->
                each.getLast().from().plus(window.multipliedBy(WINDOWS_KEPT * 4L)).isBefore(now));
    return new HealthWatch(window, items, next);
  }

  /// What the windows since `since` say of a model.
  ///
  /// @param measured of it in the evaluation
  /// @param mayReport whether a node is heard about a model
  /// @param since when its stage began
  public Verdict verdict(
      ModelHash candidate,
      Optional<ModelHash> incumbent,
      Aggregation measured,
      BiPredicate<NodeId, ModelHash> mayReport,
      Instant since) {
    return verdict(candidate, incumbent, Optional.of(measured), mayReport, since);
  }

  /// What the windows since `since` say of a federated update beside what was served before:
  /// whether its answers fail or its engine crashes. What it says, how fast and at what cost was
  /// judged by the gate of its round.
  ///
  /// @param mayReport whether a node is heard
  /// @param since when the ledger took the update
  public Verdict verdictOfUpdate(
      ModelHash updated, ModelHash former, Predicate<NodeId> mayReport, Instant since) {
    return verdict(
        updated, Optional.of(former), Optional.empty(), (node, _) -> mayReport.test(node), since);
  }

  private Verdict verdict(
      ModelHash candidate,
      Optional<ModelHash> incumbent,
      Optional<Aggregation> measured,
      BiPredicate<NodeId, ModelHash> mayReport,
      Instant since) {
    List<List<ModelHealth>> reporters = of(candidate, mayReport, since);
    List<ModelHealth> usual =
        incumbent.map(model -> of(model, mayReport, since)).stream()
            .flatMap(List::stream)
            .flatMap(List::stream)
            .toList();
    Map<Cause, List<String>> bad = new TreeMap<>();
    boolean isEnough = false;
    for (List<ModelHealth> one : reporters) {
      finding(one, usual, measured)
          .ifPresent(
              found ->
                  bad.computeIfAbsent(found.cause(), _ -> new ArrayList<>()).add(found.reason()));
      isEnough |= isEvidence(one);
    }
    int all = bad.values().stream().mapToInt(List::size).sum();
    if (all > 0 && 4 * all >= reporters.size()) {
      Map.Entry<Cause, List<String>> worst =
          bad.entrySet().stream()
              .max(Comparator.comparingInt(cause -> cause.getValue().size()))
              .orElseThrow();
      return new Verdict.Unhealthy(worst.getKey(), worst.getValue().getFirst());
    }
    return isEnough
        ? new Verdict.Healthy()
        : new Verdict.Unknown(
            "No inferer has told of two windows of the new model with enough answers.");
  }

  private List<List<ModelHealth>> of(
      ModelHash model, BiPredicate<NodeId, ModelHash> mayReport, Instant since) {
    return windows.entrySet().stream()
        .filter(one -> one.getKey().modelHex().equals(model.hex()))
        .filter(one -> mayReport.test(one.getKey().node(), model))
        .map(one -> one.getValue().stream().filter(each -> !each.from().isBefore(since)).toList())
        .filter(all -> !all.isEmpty())
        .toList();
  }

  /// Two windows without a crash, and enough answers or canaries in them.
  private static boolean isEvidence(List<ModelHealth> all) {
    return all.size() >= 2
        && all.stream().mapToInt(one -> one.answers() + one.canaries()).sum() >= 2 * ANSWERS_LEAST
        && all.getLast().crashes() == 0;
  }

  private record Finding(Cause cause, String reason) {}

  private Optional<Finding> finding(
      List<ModelHealth> all, List<ModelHealth> usual, Optional<Aggregation> measured) {
    if (all.getLast().crashes() >= CRASH_LOOP) {
      return Optional.of(
          new Finding(
              Cause.CRASHES,
              "The engine ended %d times in one window.".formatted(all.getLast().crashes())));
    }
    if (all.size() < 2) {
      return Optional.empty();
    }
    List<ModelHealth> last = all.subList(all.size() - 2, all.size());
    Stream<Function<ModelHealth, Optional<Finding>>> checks =
        Stream.of(
            one -> errors(one, usual),
            one -> measured.flatMap(known -> accuracy(one, known)),
            one -> measured.flatMap(_ -> latency(one, usual)),
            one -> measured.flatMap(known -> energy(one, known)));
    return checks
        .flatMap(
            check ->
                last.stream().allMatch(one -> check.apply(one).isPresent())
                    ? check.apply(last.getLast()).stream()
                    : Stream.empty())
        .findFirst();
  }

  private static Optional<Finding> errors(ModelHealth one, List<ModelHealth> usual) {
    int ended = one.answers() + one.failures();
    if (ended < ANSWERS_LEAST || one.failures() == 0) {
      return Optional.empty();
    }
    long usualFailures = usual.stream().mapToLong(ModelHealth::failures).sum();
    long usualEnded =
        Math.max(1, usual.stream().mapToLong(ModelHealth::answers).sum() + usualFailures);
    double rate = (double) one.failures() / ended;
    double expected = (double) usualFailures / usualEnded;
    return rate > expected + ERROR_RATE_MORE
        ? Optional.of(
            new Finding(
                Cause.ERRORS,
                "Of %d answers %d failed; of the model in use %s %%."
                    .formatted(ended, one.failures(), percent(expected))))
        : Optional.empty();
  }

  /// The deviation of the difference of two shares, of `items` and of `canaries` questions; that of
  /// the first is never taken for certain, even if all were right (Laplace's rule).
  private static double deviation(double share, int items, int canaries) {
    double smoothed = (share * items + 1) / (items + 2);
    return Math.sqrt(smoothed * (1 - smoothed) * (1.0 / canaries + 1.0 / items));
  }

  /// Beyond what chance makes of so few canaries and items.
  private Optional<Finding> accuracy(ModelHealth one, Aggregation measured) {
    double expected = measured.accuracyPermille() / 1_000.0;
    if (one.canaries() < CANARIES_LEAST) {
      return Optional.empty();
    }
    double share = (double) one.canariesRight() / one.canaries();
    double chance = CHANCE * deviation(expected, items, one.canaries());
    return share < expected - Math.max(ACCURACY_LESS, chance)
        ? Optional.of(
            new Finding(
                Cause.ACCURACY,
                "It answers %s %% of the canaries rightly, where the evaluation saw %s %%."
                    .formatted(percent(share), percent(expected))))
        : Optional.empty();
  }

  private static Optional<Finding> latency(ModelHealth one, List<ModelHealth> usual) {
    OptionalLong expected =
        usual.stream()
            .filter(each -> each.answers() >= ANSWERS_LEAST)
            .flatMapToLong(each -> each.ttftP95Millis().stream())
            .max();
    boolean isJudged =
        one.answers() >= ANSWERS_LEAST && one.ttftP95Millis().isPresent() && expected.isPresent();
    if (!isJudged) {
      return Optional.empty();
    }
    long took = one.ttftP95Millis().getAsLong();
    long usually = expected.getAsLong();
    return took > LATENCY_RATIO * usually && took > usually + LATENCY_MILLIS_MORE
        ? Optional.of(
            new Finding(
                Cause.LATENCY,
                "Its first tokens take %d ms, those of the model in use %d ms (95 of 100)."
                    .formatted(took, usually)))
        : Optional.empty();
  }

  private static Optional<Finding> energy(ModelHealth one, Aggregation measured) {
    boolean isJudged =
        one.answers() >= ANSWERS_LEAST
            && one.microWhPer1kTokens().isPresent()
            && measured.microWhPer1kTokens().isPresent();
    if (!isJudged) {
      return Optional.empty();
    }
    double ratio =
        (double) one.microWhPer1kTokens().getAsLong()
            / Math.max(1, measured.microWhPer1kTokens().getAsLong());
    return ratio > ENERGY_RATIO
        ? Optional.of(
            new Finding(
                Cause.ENERGY,
                "A token takes %s %% of the energy that the evaluation saw."
                    .formatted(percent(ratio))))
        : Optional.empty();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f", 100 * share);
  }
}
