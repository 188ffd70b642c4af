// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.peermind.federated.gate.GateItems;
import org.peermind.federated.gate.GateJudge;
import org.peermind.federated.gate.GateMeasurement;
import org.peermind.federated.gate.Judgement;
import org.peermind.federated.gate.RareTokens;
import org.peermind.federated.round.Round;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineException;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.federated.RoundEvaluation;
import org.peermind.protocol.governance.Digest;

/// Tries an update with the engine that would serve it: once without it and once with it, on the
/// same items, with the model loaded for this alone. What is wrong with the update or the items is
/// a finding that fails; what is wrong with this machine is an exception, and no finding.
public final class EngineExaminer implements Examiner {
  private static final double MICRO = 1e6;

  /// A loss above this, in nats, is told as no number.
  private static final double LOSS_MAX = 1e9;

  private final BaseModels models;
  private final Engine engine;
  private final SurplusWatch power;
  private final GateEnergy energy;
  private final int threads;
  private final Path scratch;

  /// Without a meter.
  ///
  /// @param power without which it waits
  /// @param scratch a folder for adapters while they are tried
  public EngineExaminer(
      BaseModels models, Engine engine, SurplusWatch power, int threads, Path scratch) {
    this(models, engine, power, GateEnergy.unknown(), threads, scratch);
  }

  /// With a meter of this machine.
  public EngineExaminer(
      BaseModels models,
      Engine engine,
      SurplusWatch power,
      GateEnergy energy,
      int threads,
      Path scratch) {
    this.models = models;
    this.engine = engine;
    this.power = power;
    this.energy = energy;
    this.threads = threads;
    this.scratch = scratch;
  }

  /// The update or the items cannot pass, whoever tries them.
  static final class Unfit extends Exception {
    private static final long serialVersionUID = 1L;

    Unfit(String sentence) {
      super(sentence);
    }

    Unfit(String sentence, Throwable cause) {
      super(sentence, cause);
    }
  }

  @Override
  public Finding examine(
      Round round, ByteString items, Optional<ByteString> parent, ByteString adapter)
      throws IOException, InterruptedException {
    Path model = models.file(round.descriptor().base());
    GgufFile head = models.head(round.descriptor().base());
    Files.createDirectories(scratch);
    Path before = Files.createTempFile(scratch, "gate-parent-", ".gguf");
    Path after = Files.createTempFile(scratch, "gate-update-", ".gguf");
    try {
      Optional<AdapterFile> old = Optional.empty();
      if (parent.isPresent()) {
        old = Optional.of(parent(before, parent.get()));
      }
      AdapterFile update = update(after, adapter);
      return tried(round, items(items), head, model, old, update);
    } catch (Unfit unfit) {
      return new Finding(
          0,
          RoundEvaluation.NO_LOSS,
          RoundEvaluation.NO_LOSS,
          List.of(String.valueOf(unfit.getMessage())));
    } catch (EngineException refused) {
      throw new IOException(refused.getMessage(), refused);
    } finally {
      Files.deleteIfExists(before);
      Files.deleteIfExists(after);
    }
  }

  private static GateItems items(ByteString bytes) throws Unfit {
    try {
      return GateItemsFile.read(bytes.toByteArray());
    } catch (IOException wrong) {
      throw new Unfit(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  private static AdapterFile parent(Path file, ByteString bytes) throws IOException {
    try {
      return adapter(file, bytes);
    } catch (GgufException damaged) {
      throw new IOException("The adapter in use cannot be read: " + damaged.getMessage(), damaged);
    }
  }

  private static AdapterFile update(Path file, ByteString bytes) throws Unfit, IOException {
    try {
      return adapter(file, bytes);
    } catch (GgufException damaged) {
      throw new Unfit("What the round made is no adapter: " + damaged.getMessage(), damaged);
    }
  }

  private static AdapterFile adapter(Path file, ByteString bytes)
      throws GgufException, IOException {
    byte[] content = bytes.toByteArray();
    Files.write(file, content);
    LoraAdapterFile.read(file);
    return new AdapterFile(file, new ModelHash(Digest.over(content).hex()), 1);
  }

  private Finding tried(
      Round round,
      GateItems gate,
      GgufFile head,
      Path file,
      Optional<AdapterFile> parent,
      AdapterFile update)
      throws EngineException, Unfit, IOException, InterruptedException {
    GatePauses pauses = new GatePauses(power);
    pauses.await();
    ModelSpec spec =
        new ModelSpec(
                file,
                round.descriptor().base(),
                GateSequences.contextTokens(head),
                GateSequences.SLOTS,
                threads)
            .withFullPrecision();
    try (LoadedModel model = engine.load(spec, LoadProgress.ignored())) {
      GateTrial trial = new GateTrial(model, head, gate, pauses, energy);
      Digest seed = seed(round);
      GateMeasurement measured = trial.measure(seed, parent, update);
      Judgement judgement =
          GateJudge.judge(round.descriptor().gate(), measured, RareTokens.seed(seed));
      return new Finding(
          gate.heldOut().size(),
          micro(judgement.parentLoss()),
          micro(judgement.loss()),
          judgement.reasons().stream().limit(RoundEvaluation.REASONS_MAX).toList());
    }
  }

  /// The same for all who evaluate, and known to nobody before all updates are bound: the salt of
  /// the items and what came of the updates. The name of the round is known before training, and so
  /// would its triggers be.
  private static Digest seed(Round round) {
    return round
        .aggregate()
        .map(made -> Digest.over(made.itemsSalt().toBytes(), made.vector().toBytes()))
        .orElseGet(round::head);
  }

  private static long micro(double loss) {
    return loss >= 0 && loss <= LOSS_MAX ? Math.round(loss * MICRO) : RoundEvaluation.NO_LOSS;
  }
}
