// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.peermind.protocol.federated.Lesson;
import org.peermind.protocol.federated.OuterChoice;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.RuleChoice;
import org.peermind.protocol.federated.SubspaceChoice;

/// What this node does about federated updates: the section `federated`.
///
/// @param train whether it trains on what its owner allows with `peermind federated contribute`
/// @param threads processor cores that training may use
/// @param marginWatts how much more power than the upper threshold asks for must be there
/// @param forward whether it trains with the inference engine alone, without libtorch
/// @param rounds what this node opens where it writes the ledger; empty for none
public record Federation(
    boolean train, int threads, double marginWatts, boolean forward, Optional<Rounds> rounds) {
  private static final double MARGIN_WATTS = 50;
  private static final int THREADS_MAX = 512;
  private static final int MICRO = 1_000_000;
  private static final double CLIP_MAX = 1_000;

  /// What rounds are like.
  ///
  /// @param every from the end of one to the beginning of the next
  /// @param gate the file with the items that an update is tried on
  /// @param lesson of the first round; later ones have lower rates
  /// @param rateFallsOver rounds over which the rate falls, before it begins anew; 1 for a rate
  ///   that stays
  /// @param clip longest update, as a Euclidean norm
  public record Rounds(
      Duration every,
      Times times,
      RoundDescriptor.Company company,
      int rank,
      List<String> tensors,
      Lesson lesson,
      int rateFallsOver,
      double clip,
      Rule rule,
      OuterChoice outer,
      Path gate,
      Limits limits) {
    public Rounds {
      tensors = List.copyOf(tensors);
    }
  }

  /// How long each step takes.
  public record Times(
      Duration enrolling,
      Duration trainingLeast,
      Duration trainingMost,
      Duration uploading,
      Duration evaluating) {}

  /// How updates become one.
  ///
  /// @param trim of the trimmed and the mixed trimmed mean: share cut off at each end
  /// @param radius of centred clipping, as a share of the clip norm
  public record Rule(
      RuleChoice.Kind kind, int liars, int chosen, double trim, double radius, int iterations) {}

  /// What an update must keep to, beside the loss; see `GateTerms`.
  public record Limits(
      int itemsMin,
      int lossPermyriadMax,
      int divergenceMilliMax,
      int speedPermilleMin,
      int energyPermilleMax,
      int probeLossPermilleMax,
      int triggerMilliMax) {}

  static Federation of(Settings section) throws ConfigException {
    boolean train = section.flag("train", true);
    int threads =
        section.integer(
            "threads", Math.max(1, Runtime.getRuntime().availableProcessors() - 1), 1, THREADS_MAX);
    OptionalDouble margin = section.number("margin", 0, 1e6);
    String method = section.text("method", "gradient");
    Optional<Rounds> rounds = rounds(section.section("rounds"));
    section.refuseUnread();
    if (!method.equals("gradient") && !method.equals("forward")) {
      throw new ConfigException(
          "federated.method is to be gradient or forward, not " + method + ".");
    }
    return new Federation(
        train, threads, margin.orElse(MARGIN_WATTS), method.equals("forward"), rounds);
  }

  private static Optional<Rounds> rounds(Settings section) throws ConfigException {
    Optional<String> every = section.text("every");
    if (every.isEmpty()) {
      section.refuseUnread();
      return Optional.empty();
    }
    Duration period = Settings.parseDuration("federated.rounds.every", every.get());
    Times times = times(section);
    RoundDescriptor.Company company = company(section);
    int rank = section.integer("rank", 8, 1, SubspaceChoice.RANK_MAX);
    List<String> tensors = section.texts("tensors");
    Lesson lesson = lesson(section);
    int rateFallsOver = section.integer("rate-falls-over", 8, 1, 10_000);
    double clip = section.number("clip", 1e-4, CLIP_MAX).orElse(1);
    Rule rule = rule(section);
    OuterChoice outer = outer(section);
    Optional<String> gate = section.text("gate");
    Limits limits = limits(section.section("limits"));
    section.refuseUnread();
    if (gate.isEmpty()) {
      throw new ConfigException(
          "federated.rounds needs gate: a file with items that every update is tried on.");
    }
    return Optional.of(
        new Rounds(
            period,
            times,
            company,
            rank,
            tensors.isEmpty() ? List.of("attn_q", "attn_v") : tensors,
            lesson,
            rateFallsOver,
            clip,
            rule,
            outer,
            Path.of(gate.get()),
            limits));
  }

  private static Times times(Settings section) throws ConfigException {
    Times times =
        new Times(
            section.duration("enrolling", Duration.ofMinutes(15)),
            section.duration("training-least", Duration.ofHours(1)),
            section.duration("training-most", Duration.ofHours(20)),
            section.duration("uploading", Duration.ofMinutes(30)),
            section.duration("evaluating", Duration.ofHours(1)));
    if (times.trainingMost().compareTo(times.trainingLeast()) < 0) {
      throw new ConfigException(
          "federated.rounds.training-most is to be no shorter than training-least.");
    }
    return times;
  }

  private static RoundDescriptor.Company company(Settings section) throws ConfigException {
    int least = section.integer("members-least", 3, 1, RoundDescriptor.MEMBERS_MAX);
    int most = section.integer("members-most", 64, 1, RoundDescriptor.MEMBERS_MAX);
    if (most < least) {
      throw new ConfigException(
          "federated.rounds.members-most is to be no smaller than members-least.");
    }
    return new RoundDescriptor.Company(least, most);
  }

  private static Lesson lesson(Settings section) throws ConfigException {
    int steps = section.integer("steps", 50, 1, Lesson.STEPS_MAX);
    return new Lesson(
        steps,
        section.integer("sequences", 8, 1, 1_024),
        section.integer("tokens", 256, 2, 4_096),
        (int) Math.round(section.number("rate", 1e-8, 1).orElse(2e-3) * 1e9),
        (int) Math.round(section.number("decay", 0, 1).orElse(0) * MICRO),
        Math.min(steps, section.integer("warm-up", Math.min(steps, 5), 0, Lesson.STEPS_MAX)));
  }

  private static Rule rule(Settings section) throws ConfigException {
    String name = section.text("rule", "trimmed-mean");
    RuleChoice.Kind kind =
        switch (name) {
          case "weighted-mean" -> RuleChoice.Kind.WEIGHTED_MEAN;
          case "trimmed-mean" -> RuleChoice.Kind.TRIMMED_MEAN;
          case "mixed-trimmed-mean" -> RuleChoice.Kind.MIXED_TRIMMED_MEAN;
          case "median" -> RuleChoice.Kind.COORDINATE_MEDIAN;
          case "krum" -> RuleChoice.Kind.KRUM;
          case "multi-krum" -> RuleChoice.Kind.MULTI_KRUM;
          case "geometric-median" -> RuleChoice.Kind.GEOMETRIC_MEDIAN;
          case "centred-clipping" -> RuleChoice.Kind.CENTRED_CLIPPING;
          default ->
              throw new ConfigException(
                  "federated.rounds.rule is to be weighted-mean, trimmed-mean, mixed-trimmed-mean,"
                      + " median, krum, multi-krum, geometric-median or centred-clipping, not "
                      + name
                      + ".");
        };
    return new Rule(
        kind,
        section.integer("liars", 0, 0, RoundDescriptor.MEMBERS_MAX),
        section.integer("chosen", 1, 1, RoundDescriptor.MEMBERS_MAX),
        section.number("trim", 0, 0.499).orElse(0.25),
        section.number("radius", 1e-3, 10).orElse(0.5),
        section.integer("iterations", 8, 1, 1_000));
  }

  private static OuterChoice outer(Settings section) throws ConfigException {
    String name = section.text("outer", "plain");
    OptionalDouble rate = section.number("outer-rate", 1e-6, 10);
    OptionalDouble momentum = section.number("momentum", 0, 0.999);
    return switch (name) {
      case "plain" -> new OuterChoice(OuterChoice.Kind.PLAIN, micro(rate.orElse(1)), 0, 0, 0);
      case "nesterov" ->
          new OuterChoice(
              OuterChoice.Kind.NESTEROV,
              micro(rate.orElse(0.7)),
              micro(momentum.orElse(0.9)),
              0,
              0);
      case "fed-adam" ->
          new OuterChoice(
              OuterChoice.Kind.FED_ADAM,
              micro(rate.orElse(0.01)),
              micro(momentum.orElse(0.9)),
              micro(0.99),
              MICRO);
      default ->
          throw new ConfigException(
              "federated.rounds.outer is to be plain, nesterov or fed-adam, not %s."
                  .formatted(name.toLowerCase(Locale.ROOT)));
    };
  }

  private static int micro(double number) {
    return (int) Math.round(number * MICRO);
  }

  private static Limits limits(Settings section) throws ConfigException {
    Limits limits =
        new Limits(
            section.integer("items-least", 8, 1, 4_096),
            permil(section, "loss-rise", 0, 1, 0, 10),
            permil(section, "divergence", 0.001, 1_000, 0.5, 1),
            permil(section, "speed-least", 0, 10, 0.8, 1),
            permil(section, "energy-most", 0.001, 100, 1.25, 1),
            permil(section, "probes-lost", 0, 1, 0.05, 1),
            permil(section, "trigger-shift", 0.001, 1_000, 1, 1));
    section.refuseUnread();
    return limits;
  }

  /// A number in thousandths, or in parts of them.
  private static int permil(
      Settings section, String key, double least, double most, double otherwise, int parts)
      throws ConfigException {
    return (int) Math.round(section.number(key, least, most).orElse(otherwise) * 1_000 * parts);
  }
}
