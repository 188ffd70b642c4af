// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.peermind.federated.round.Round;
import org.peermind.federated.round.Transcripts;
import org.peermind.federated.subspace.AdaptedMatrix;
import org.peermind.federated.subspace.FixedPoint;
import org.peermind.federated.subspace.Subspace;
import org.peermind.node.config.Federation;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.federated.AdapterCheckpoint;
import org.peermind.protocol.federated.GateTerms;
import org.peermind.protocol.federated.Lesson;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.RuleChoice;
import org.peermind.protocol.federated.SubspaceChoice;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;
import org.peermind.voting.Governance;

/// Rounds as the configuration of the referee says. All rounds of a model share one subspace, so
/// that what they learned adds up.
public final class ConfiguredRounds implements RoundPlan {
  /// Largest adapter, without what its file has beside its numbers. The state of the outer
  /// optimiser always fits: its bound follows from the most coordinates.
  private static final long ADAPTER_BYTES_MAX = UpdateCheckpoint.ADAPTER_BYTES_MAX - (1L << 20);

  private static final int MAGNITUDE_BITS = 22;
  private static final int UNIT_BITS_MAX = 40;

  private final Federation.Rounds rounds;
  private final BaseModels models;
  private final RoundFiles files;
  private volatile Optional<String> refusal = Optional.empty();

  /// @param folder of the rounds, where the aggregator keeps them
  public ConfiguredRounds(Federation.Rounds rounds, BaseModels models, Path folder) {
    this.rounds = rounds;
    this.models = models;
    this.files = new RoundFiles(folder);
  }

  @Override
  public Instant next(Instant last) {
    return last.equals(Instant.EPOCH) ? last : last.plus(rounds.every());
  }

  @Override
  public ByteString items() throws IOException {
    Path gate = rounds.gate();
    if (!Files.isRegularFile(gate) || Files.size(gate) > GateItemsFile.BYTES_MAX) {
      throw new IOException(
          "federated.rounds.gate: %s is no file of at most %d MiB"
              .formatted(gate, GateItemsFile.BYTES_MAX >> 20));
    }
    byte[] bytes = Files.readAllBytes(gate);
    try {
      GateItemsFile.read(bytes); // what members could not read would fail every update
    } catch (IOException wrong) {
      throw new IOException("federated.rounds.gate: " + wrong.getMessage(), wrong);
    }
    return ByteString.copyFrom(bytes);
  }

  @Override
  public Optional<RoundDescriptor> descriptor(
      Governance governance,
      long number,
      Optional<AdapterCheckpoint> parent,
      Digest commitment,
      Instant now) {
    Optional<ModelHash> base = governance.incumbent();
    if (base.isEmpty()) {
      refusal = Optional.of("The network has adopted no model yet, so there is nothing to train.");
      return Optional.empty();
    }
    try {
      SubspaceChoice subspace = subspace(base.get(), parent);
      refusal = Optional.empty();
      return Optional.of(
          descriptor(governance.genesis(), number, base.get(), parent, subspace, commitment, now));
    } catch (IOException | IllegalArgumentException unfit) {
      refusal = Optional.of("There can be no round: " + unfit.getMessage());
      return Optional.empty();
    }
  }

  private RoundDescriptor descriptor(
      Digest genesis,
      long number,
      ModelHash base,
      Optional<AdapterCheckpoint> parent,
      SubspaceChoice subspace,
      Digest commitment,
      Instant now) {
    FixedPoint units = new FixedPoint(unitBits(rounds.clip()));
    Federation.Times times = rounds.times();
    return new RoundDescriptor(
        genesis,
        number,
        base,
        parent,
        subspace,
        units.unitBits(),
        units.units(rounds.clip()),
        rule(units),
        rounds.outer(),
        lesson(rounds.lesson(), number, rounds.rateFallsOver()),
        terms(commitment),
        rounds.company(),
        new RoundDescriptor.Timetable(
            now,
            times.enrolling(),
            times.trainingLeast(),
            times.trainingMost(),
            times.uploading(),
            times.evaluating()));
  }

  /// The rate falls by equal parts from round to round, so that members and the momentum of earlier
  /// rounds come to rest; then it begins anew, for what is new to learn (after Loshchilov and
  /// Hutter, ICLR 2017).
  ///
  /// @param number of the round, from 1
  static Lesson lesson(Lesson first, long number, int fallsOver) {
    long left = fallsOver - (number - 1) % fallsOver;
    return new Lesson(
        first.steps(),
        first.sequencesPerStep(),
        first.sequenceTokensMax(),
        (int) Math.max(1, first.rateNano() * left / fallsOver),
        first.decayMicro(),
        first.warmupSteps());
  }

  /// As fine as a coordinate of the size of the whole clip norm allows.
  static int unitBits(double clip) {
    int bits = MAGNITUDE_BITS - (int) Math.ceil(Math.log(clip) / Math.log(2));
    return Math.clamp(bits, 1, UNIT_BITS_MAX);
  }

  private RuleChoice rule(FixedPoint units) {
    Federation.Rule rule = rounds.rule();
    return switch (rule.kind()) {
      case WEIGHTED_MEAN, COORDINATE_MEDIAN -> new RuleChoice(rule.kind(), 0, 0, 0, 0, 0);
      case TRIMMED_MEAN, MIXED_TRIMMED_MEAN ->
          new RuleChoice(rule.kind(), 0, 0, (int) Math.round(rule.trim() * 1_000), 0, 0);
      case KRUM -> new RuleChoice(rule.kind(), rule.liars(), 0, 0, 0, 0);
      case MULTI_KRUM -> new RuleChoice(rule.kind(), rule.liars(), rule.chosen(), 0, 0, 0);
      case GEOMETRIC_MEDIAN -> new RuleChoice(rule.kind(), 0, 0, 0, 0, rule.iterations());
      case CENTRED_CLIPPING ->
          new RuleChoice(
              rule.kind(), 0, 0, 0, units.units(rounds.clip() * rule.radius()), rule.iterations());
    };
  }

  private GateTerms terms(Digest commitment) {
    Federation.Limits limits = rounds.limits();
    return new GateTerms(
        commitment,
        limits.itemsMin(),
        limits.lossPermyriadMax(),
        limits.divergenceMilliMax(),
        limits.speedPermilleMin(),
        limits.energyPermilleMax(),
        limits.probeLossPermilleMax(),
        limits.triggerMilliMax());
  }

  /// That of the update in use, else a new one by the configuration.
  private SubspaceChoice subspace(ModelHash base, Optional<AdapterCheckpoint> parent)
      throws IOException {
    if (parent.isPresent()) {
      List<SignedEnvelope> transcript =
          files
              .transcript(parent.get().round())
              .orElseThrow(() -> new IOException("the transcript of the last round is gone"));
      if (Transcripts.replay(transcript) instanceof Round.Outcome.Accepted(Round round)) {
        return round.descriptor().subspace();
      }
      throw new IOException("the transcript of the last round is damaged");
    }
    Digest seed =
        Digest.over("peermind/v1/subspace\0".getBytes(StandardCharsets.UTF_8), seed(base));
    Subspace subspace = Subspace.of(models.head(base), seed, rounds.rank(), rounds.tensors());
    checkSize(subspace);
    return new SubspaceChoice(seed, rounds.rank(), rounds.tensors(), subspace.length());
  }

  private static byte[] seed(ModelHash base) {
    return base.hex().getBytes(StandardCharsets.US_ASCII);
  }

  private static void checkSize(Subspace subspace) throws IOException {
    long numbers = subspace.length();
    for (AdaptedMatrix matrix : subspace.matrices()) {
      numbers += (long) matrix.in() * subspace.rank();
    }
    long adapter = numbers * Float.BYTES;
    if (adapter > ADAPTER_BYTES_MAX) {
      throw new IOException(
          "an update of rank %d for these tensors makes an adapter of %d MiB, more than %d; set a"
                  .formatted(subspace.rank(), adapter >> 20, ADAPTER_BYTES_MAX >> 20)
              + " lower federated.rounds.rank or fewer tensors");
    }
  }

  @Override
  public Optional<String> refusal() {
    return refusal;
  }
}
