// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.protocol.governance;

import java.time.Duration;
import java.util.List;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.wire.RulesPayload;

/// How a network decides; part of its [Genesis]. Durations are at least a second, so that a small
/// network can vote within minutes, and at most a year.
///
/// @param sponsoring how long a proposal waits for sponsors
/// @param evaluation until reports must be sealed
/// @param evaluationReveal until they must be opened
/// @param voting until ballots must be sealed
/// @param votingReveal until they must be opened
/// @param readiness how long nodes have to fetch and try the adopted model
/// @param activationDelay from enough nodes being ready to the first stage
/// @param stage how long each stage lasts at least
/// @param failedWait until the proposer of a failed proposal may propose again
/// @param quarantine how long proven misbehaviour costs the vote
/// @param admissionWait from admission to the first vote
/// @param vouchers how many voters must vouch for a node
/// @param licences SPDX names that may be proposed
/// @param unknownEnergyPasses whether a candidate passes when nobody measured its energy
/// @param energyPermilleMax most energy per token, in thousandths of the incumbent's
/// @param latencyPermilleMax longest p95 of the time to first token, likewise
/// @param accuracyLossPermilleMax how much less accurate a candidate may be, in thousandths of all
///   items
/// @param readyCapacityPercent share of capped capacity that must be ready
/// @param readyHeadsPercent share of heads that must be ready
/// @param suite name of the suite that candidates are asked items of
/// @param items how many
/// @param updatesByVote whether federated updates wait for the voters ([UpdateCandidate]);
///   otherwise their gate adopts them
public record Rules(
    Duration sponsoring,
    Duration evaluation,
    Duration evaluationReveal,
    Duration voting,
    Duration votingReveal,
    Duration readiness,
    Duration activationDelay,
    Duration stage,
    Duration failedWait,
    Duration quarantine,
    Duration admissionWait,
    int vouchers,
    List<String> licences,
    boolean unknownEnergyPasses,
    int energyPermilleMax,
    int latencyPermilleMax,
    int accuracyLossPermilleMax,
    int readyCapacityPercent,
    int readyHeadsPercent,
    String suite,
    int items,
    boolean updatesByVote) {
  private static final long MILLIS_MAX = Duration.ofDays(366).toMillis();
  private static final int LICENCES_MAX = 64;
  private static final int VOUCHERS_MAX = 16;
  private static final int PERMILLE_MAX = 100_000;

  public Rules {
    licences = List.copyOf(licences);
    for (Duration period :
        List.of(sponsoring, evaluation, evaluationReveal, voting, votingReveal, readiness, stage)) {
      Fields.within(period.toMillis(), 1_000, MILLIS_MAX, "a period in milliseconds");
    }
    for (Duration wait : List.of(activationDelay, failedWait, quarantine, admissionWait)) {
      Fields.within(wait.toMillis(), 0, MILLIS_MAX, "a wait in milliseconds");
    }
    Fields.within(vouchers, 1, VOUCHERS_MAX, "the number of vouchers");
    Fields.within(licences.size(), 1, LICENCES_MAX, "the number of licences");
    licences.forEach(one -> Fields.text(one, Fields.WORD_CHARACTERS_MAX, "a licence"));
    Fields.within(energyPermilleMax, 1, PERMILLE_MAX, "the limit of energy");
    Fields.within(latencyPermilleMax, 1, PERMILLE_MAX, "the limit of latency");
    Fields.within(accuracyLossPermilleMax, 0, 1_000, "the limit of lost accuracy");
    Fields.within(readyCapacityPercent, 1, 100, "the share of capacity that is ready");
    Fields.within(readyHeadsPercent, 1, 100, "the share of heads that are ready");
    Fields.text(suite, Fields.WORD_CHARACTERS_MAX, "the suite of items");
    Fields.within(items, 1, EvaluationReveal.ITEMS_MAX, "the number of items");
  }

  /// The periods and thresholds of PMV-1, for a network that has grown.
  public static Rules usual(List<String> licences) {
    return new Rules(
        Duration.ofDays(14),
        Duration.ofDays(5),
        Duration.ofDays(2),
        Duration.ofDays(5),
        Duration.ofHours(48),
        Duration.ofDays(14),
        Duration.ofHours(24),
        Duration.ofHours(6),
        Duration.ofDays(14),
        Duration.ofDays(30),
        Duration.ofHours(72),
        1,
        licences,
        false,
        1_150,
        1_250,
        10,
        75,
        50,
        "general",
        300,
        false);
  }

  /// For two or three nodes that decide in one evening: the same thresholds, periods of a few
  /// minutes, no waits.
  public static Rules bootstrap(List<String> licences) {
    Duration minutes = Duration.ofMinutes(5);
    return new Rules(
        minutes,
        minutes,
        minutes,
        minutes,
        minutes,
        Duration.ofMinutes(30),
        Duration.ZERO,
        Duration.ofMinutes(1),
        Duration.ZERO,
        Duration.ofDays(1),
        Duration.ZERO,
        1,
        licences,
        true,
        1_150,
        1_250,
        10,
        75,
        50,
        "made-up-world",
        60,
        false);
  }

  /// The same rules, where voters decide on federated updates after their gate.
  public Rules votingOnUpdates() {
    return new Rules(
        sponsoring,
        evaluation,
        evaluationReveal,
        voting,
        votingReveal,
        readiness,
        activationDelay,
        stage,
        failedWait,
        quarantine,
        admissionWait,
        vouchers,
        licences,
        unknownEnergyPasses,
        energyPermilleMax,
        latencyPermilleMax,
        accuracyLossPermilleMax,
        readyCapacityPercent,
        readyHeadsPercent,
        suite,
        items,
        true);
  }

  RulesPayload encode() {
    return RulesPayload.newBuilder()
        .setSponsoringMs(sponsoring.toMillis())
        .setEvaluationMs(evaluation.toMillis())
        .setEvaluationRevealMs(evaluationReveal.toMillis())
        .setVotingMs(voting.toMillis())
        .setVotingRevealMs(votingReveal.toMillis())
        .setReadinessMs(readiness.toMillis())
        .setActivationDelayMs(activationDelay.toMillis())
        .setStageMs(stage.toMillis())
        .setFailedWaitMs(failedWait.toMillis())
        .setQuarantineMs(quarantine.toMillis())
        .setAdmissionWaitMs(admissionWait.toMillis())
        .setVouchers(vouchers)
        .addAllLicences(licences)
        .setUnknownEnergyPasses(unknownEnergyPasses)
        .setEnergyPermilleMax(energyPermilleMax)
        .setLatencyPermilleMax(latencyPermilleMax)
        .setAccuracyLossPermilleMax(accuracyLossPermilleMax)
        .setReadyCapacityPercent(readyCapacityPercent)
        .setReadyHeadsPercent(readyHeadsPercent)
        .setSuite(suite)
        .setItems(items)
        .setUpdatesByVote(updatesByVote)
        .build();
  }

  static Rules decode(RulesPayload payload) throws ProtocolException {
    return new Rules(
        millis(payload.getSponsoringMs()),
        millis(payload.getEvaluationMs()),
        millis(payload.getEvaluationRevealMs()),
        millis(payload.getVotingMs()),
        millis(payload.getVotingRevealMs()),
        millis(payload.getReadinessMs()),
        millis(payload.getActivationDelayMs()),
        millis(payload.getStageMs()),
        millis(payload.getFailedWaitMs()),
        millis(payload.getQuarantineMs()),
        millis(payload.getAdmissionWaitMs()),
        payload.getVouchers(),
        payload.getLicencesList(),
        payload.getUnknownEnergyPasses(),
        payload.getEnergyPermilleMax(),
        payload.getLatencyPermilleMax(),
        payload.getAccuracyLossPermilleMax(),
        payload.getReadyCapacityPercent(),
        payload.getReadyHeadsPercent(),
        payload.getSuite(),
        payload.getItems(),
        payload.getUpdatesByVote());
  }

  private static Duration millis(long millis) throws ProtocolException {
    if (millis < 0 || millis > MILLIS_MAX) {
      throw new ProtocolException("a period is out of range");
    }
    return Duration.ofMillis(millis);
  }
}
