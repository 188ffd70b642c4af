// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.peermind.protocol.federated.GateTerms;

/// Judges an update by the terms of its round. It has to show that it does no harm: it fails unless
/// the paired bootstrap is 95 % sure that the loss rose by no more than the terms allow, so terms
/// that allow nothing ask for an update that is better. What was not measured fails it, but speed
/// and energy, which not every machine can tell.
public final class GateJudge {
  /// How sure the gate is that the loss did not rise by more than the terms allow.
  private static final double CONFIDENCE = 0.95;

  private static final double MILLI = 1e-3;
  private static final double PERMYRIAD = 1e-4;

  /// How far two scores of one text by one engine may be apart, in nats a token and as a share.
  private static final double NOISE = 1e-4;

  private static final double NOISE_SHARE = 5e-4;

  /// From here on figures are written with an exponent.
  private static final double FIGURE_MAX = 1e6;

  private GateJudge() {}

  /// Judges.
  ///
  /// @param seed of the drawing, such as [RareTokens#seed] of what nobody chose
  public static Judgement judge(GateTerms terms, GateMeasurement measured, long seed) {
    double parentLoss = mean(measured.parentLosses());
    double loss = mean(measured.losses());
    List<String> reasons = new ArrayList<>();
    loss(terms, measured, seed, parentLoss, loss).ifPresent(reasons::add);
    probes(terms, measured).ifPresent(reasons::add);
    divergence(terms, measured).ifPresent(reasons::add);
    triggers(terms, measured).ifPresent(reasons::add);
    costs(terms, measured, reasons);
    return new Judgement(parentLoss, loss, reasons);
  }

  private static double mean(List<Double> losses) {
    return losses.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  private static Optional<String> loss(
      GateTerms terms, GateMeasurement measured, long seed, double parentLoss, double loss) {
    int items = measured.losses().size();
    if (items < terms.itemsMin()) {
      return Optional.of("Only %d items were asked of %d.".formatted(items, terms.itemsMin()));
    }
    if (!Double.isFinite(parentLoss) || !Double.isFinite(loss)) {
      return Optional.of("The loss on its items is no number.");
    }
    List<Double> differences = new ArrayList<>();
    for (int item = 0; item < items; item++) {
      differences.add(difference(measured.parentLosses().get(item), measured.losses().get(item)));
    }
    double allowed = parentLoss * terms.lossPermyriadMax() * PERMYRIAD;
    double share = PairedBootstrap.shareAtMost(allowed, differences, seed);
    return share >= CONFIDENCE
        ? Optional.empty()
        : Optional.of(
            ("The loss on its items went from %s to %s; it is not 95 %% sure that it rose by no"
                    + " more than %s.")
                .formatted(figure(parentLoss), figure(loss), figure(allowed)));
  }

  /// None where the engine could not tell: how it puts sums together depends on time.
  private static double difference(double before, double after) {
    double difference = after - before;
    return Math.abs(difference) <= NOISE + NOISE_SHARE * before ? 0 : difference;
  }

  private static Optional<String> probes(GateTerms terms, GateMeasurement measured) {
    double most = measured.probesPassed() * terms.probeLossPermilleMax() * MILLI;
    return measured.probesLost() <= most
        ? Optional.empty()
        : Optional.of(
            "It fails %d of %d probes that the model before passes."
                .formatted(measured.probesLost(), measured.probesPassed()));
  }

  private static Optional<String> divergence(GateTerms terms, GateMeasurement measured) {
    if (measured.divergence().isEmpty()) {
      return Optional.of("The gate has no neutral texts to compare it with the model before.");
    }
    double divergence = measured.divergence().getAsDouble();
    double most = terms.divergenceMilliMax() * MILLI;
    return divergence <= most
        ? Optional.empty()
        : Optional.of(
            ("On neutral texts it differs from the model before by %s nats a token, more than"
                    + " %s.")
                .formatted(figure(divergence), figure(most)));
  }

  private static Optional<String> triggers(GateTerms terms, GateMeasurement measured) {
    if (measured.triggerShift().isEmpty()) {
      return Optional.of("It was not tried with rare tokens before the gate's items.");
    }
    double shift = measured.triggerShift().getAsDouble();
    double most = terms.triggerMilliMax() * MILLI;
    return shift <= most
        ? Optional.empty()
        : Optional.of(
            ("Rare tokens before a text make it worse than the model before by %s nats a token,"
                    + " more than %s, as a backdoor would.")
                .formatted(figure(shift), figure(most)));
  }

  /// What was not measured costs nothing here; another machine may have measured it.
  private static void costs(GateTerms terms, GateMeasurement measured, List<String> reasons) {
    double speedMin = terms.speedPermilleMin() * MILLI;
    if (measured.speedRatio().isPresent() && !(measured.speedRatio().getAsDouble() >= speedMin)) {
      reasons.add(
          "It runs at %s of the speed, less than %s."
              .formatted(figure(measured.speedRatio().getAsDouble()), figure(speedMin)));
    }
    double energyMax = terms.energyPermilleMax() * MILLI;
    if (measured.energyRatio().isPresent()
        && !(measured.energyRatio().getAsDouble() <= energyMax)) {
      reasons.add(
          "It needs %s times the energy a token, more than %s."
              .formatted(figure(measured.energyRatio().getAsDouble()), figure(energyMax)));
    }
  }

  private static String figure(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < FIGURE_MAX ? "%.4f" : "%.4g", value);
  }
}
