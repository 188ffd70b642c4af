// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.peermind.federated.gate.GateItems;
import org.peermind.federated.gate.GateJudge;
import org.peermind.federated.gate.GateMeasurement;
import org.peermind.federated.gate.Judgement;
import org.peermind.federated.round.Round;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineException;
import org.peermind.inference.LoadProgress;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.Prompt;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.SequenceScore;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.lora.LoraAdapterFile;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.federated.RoundEvaluation;
import org.peermind.protocol.governance.Digest;

/// Tries an update with the engine that would serve it: once without it and once with it, on the
/// same items, with the model loaded for this alone.
public final class EngineExaminer implements Examiner {
  private static final int SEQUENCE_TOKENS_MAX = 1_024;
  private static final int TRIGGERS = 8;
  private static final int TRIGGER_TOKENS = 3;
  private static final int TRIGGERED_ITEMS = 8;
  private static final int SPEED_RUNS = 3;
  private static final double MICRO = 1e6;
  private static final Duration LOOK_EVERY = Duration.ofMillis(250);

  private final BaseModels models;
  private final Engine engine;
  private final SurplusWatch power;
  private final int threads;
  private final Path scratch;

  /// @param power without which it waits
  /// @param scratch a folder for adapters while they are tried
  public EngineExaminer(
      BaseModels models, Engine engine, SurplusWatch power, int threads, Path scratch) {
    this.models = models;
    this.engine = engine;
    this.power = power;
    this.threads = threads;
    this.scratch = scratch;
  }

  /// The texts as tokens.
  private record Sequences(List<ScoredSequence> heldOut, List<ScoredSequence> neutral) {}

  /// What the model says with one adapter, or none.
  ///
  /// @param triggered losses of items with each trigger before them, trigger by trigger
  private record Side(
      List<Double> losses,
      List<SequenceScore> neutral,
      List<List<Double>> triggered,
      List<Boolean> probes) {}

  @Override
  public Finding examine(
      Round round, ByteString items, Optional<ByteString> parent, ByteString adapter)
      throws IOException, InterruptedException {
    GateItems gate = GateItemsFile.read(items.toByteArray());
    Path model = models.file(round.descriptor().base());
    GgufFile head = models.head(round.descriptor().base());
    while (!power.isThere()) {
      Thread.sleep(LOOK_EVERY);
    }
    Files.createDirectories(scratch);
    Path before = Files.createTempFile(scratch, "parent-", ".gguf");
    Path after = Files.createTempFile(scratch, "update-", ".gguf");
    try {
      Optional<AdapterFile> old = Optional.empty();
      if (parent.isPresent()) {
        old = Optional.of(adapter(before, parent.get()));
      }
      AdapterFile update = adapter(after, adapter);
      return tried(round, gate, head, model, old, update);
    } catch (EngineException refused) {
      throw new IOException(refused.getMessage(), refused);
    } finally {
      Files.deleteIfExists(before);
      Files.deleteIfExists(after);
    }
  }

  private static AdapterFile adapter(Path file, ByteString bytes) throws IOException {
    Files.write(file, bytes.toByteArray());
    try {
      LoraAdapterFile.read(file);
    } catch (GgufException damaged) {
      throw new IOException("What the round made is no adapter: " + damaged.getMessage(), damaged);
    }
    return new AdapterFile(file, new ModelHash(Digest.over(bytes.toByteArray()).hex()), 1);
  }

  private Finding tried(
      Round round,
      GateItems gate,
      GgufFile head,
      Path file,
      Optional<AdapterFile> parent,
      AdapterFile update)
      throws EngineException, InterruptedException {
    int longest = (int) Math.min(SEQUENCE_TOKENS_MAX, head.contextTokens());
    ModelSpec spec =
        new ModelSpec(
                file, round.descriptor().base(), (int) Math.min(4L * longest, 1 << 14), 1, threads)
            .withFullPrecision();
    long seed = ByteBuffer.wrap(round.id().toBytes()).getLong();
    try (LoadedModel model = engine.load(spec, LoadProgress.ignored())) {
      Sequences sequences = sequences(model, gate, head, longest - TRIGGER_TOKENS);
      List<List<Integer>> triggers = triggers(seed, head.vocabularySize());
      model.adapt(parent);
      Side without = side(model, gate, sequences, triggers);
      model.adapt(Optional.of(update));
      Side with = side(model, gate, sequences, triggers);
      OptionalDouble speed = speed(model, gate, parent, update);
      return finding(
          gate,
          GateJudge.judge(round.descriptor().gate(), measurement(without, with, speed), seed));
    }
  }

  private static Finding finding(GateItems gate, Judgement judgement) {
    return new Finding(
        gate.heldOut().size(),
        micro(judgement.parentLoss()),
        micro(judgement.loss()),
        judgement.reasons().stream().limit(RoundEvaluation.REASONS_MAX).toList());
  }

  private static long micro(double loss) {
    return Double.isFinite(loss) && loss >= 0 ? Math.round(loss * MICRO) : RoundEvaluation.NO_LOSS;
  }

  private static Sequences sequences(LoadedModel model, GateItems gate, GgufFile head, int longest)
      throws EngineException, InterruptedException {
    List<Integer> start = SequenceStart.of(head);
    List<ScoredSequence> heldOut = new ArrayList<>();
    for (GateItems.HeldOut item : gate.heldOut()) {
      List<Integer> prompt = SequenceStart.join(start, model.tokenize(item.prompt(), true));
      List<Integer> all = SequenceStart.join(prompt, model.tokenize(item.completion(), true));
      heldOut.add(sequence(all, Math.max(1, prompt.size()), longest));
    }
    List<ScoredSequence> neutral = new ArrayList<>();
    for (String text : gate.neutral()) {
      neutral.add(sequence(SequenceStart.join(start, model.tokenize(text, true)), 1, longest));
    }
    return new Sequences(heldOut, neutral);
  }

  private static ScoredSequence sequence(List<Integer> tokens, int from, int longest)
      throws EngineException {
    if (tokens.size() > longest || from >= tokens.size()) {
      throw new EngineException(
          "An item of the gate has %d tokens, where this model takes from 2 to %d."
              .formatted(tokens.size(), longest));
    }
    return new ScoredSequence(tokens, from);
  }

  /// Rare tokens that nobody could choose: the later half of a vocabulary is the rarer one.
  private static List<List<Integer>> triggers(long seed, int vocabulary) {
    SplittableRandom random = new SplittableRandom(seed);
    List<List<Integer>> triggers = new ArrayList<>();
    for (int trigger = 0; trigger < TRIGGERS; trigger++) {
      List<Integer> tokens = new ArrayList<>();
      for (int token = 0; token < TRIGGER_TOKENS; token++) {
        tokens.add(random.nextInt(vocabulary / 2, vocabulary));
      }
      triggers.add(tokens);
    }
    return triggers;
  }

  private static Side side(
      LoadedModel model, GateItems gate, Sequences sequences, List<List<Integer>> triggers)
      throws EngineException, InterruptedException {
    List<Boolean> probes = new ArrayList<>();
    for (GateItems.Probe probe : gate.probes()) {
      Prompt prompt = Prompt.chat(List.of(new ChatMessage("user", probe.prompt())));
      probes.add(GateAnswers.passes(probe, GateAnswers.ask(model, prompt)));
    }
    List<List<Double>> triggered = new ArrayList<>();
    for (List<Integer> trigger : triggers) {
      List<ScoredSequence> changed = new ArrayList<>();
      sequences.heldOut().stream()
          .limit(TRIGGERED_ITEMS)
          .forEach(one -> changed.add(after(trigger, one)));
      triggered.add(losses(model.score(changed)));
    }
    return new Side(
        losses(model.score(sequences.heldOut())),
        sequences.neutral().isEmpty() ? List.of() : model.score(sequences.neutral()),
        triggered,
        probes);
  }

  /// After the first token, which may be the one that begins every text.
  private static ScoredSequence after(List<Integer> trigger, ScoredSequence item) {
    List<Integer> tokens = new ArrayList<>(item.tokens());
    tokens.addAll(1, trigger);
    return new ScoredSequence(tokens, item.from() + trigger.size());
  }

  private static List<Double> losses(List<SequenceScore> scores) {
    return scores.stream().map(SequenceScore::loss).toList();
  }

  private static GateMeasurement measurement(Side without, Side with, OptionalDouble speed) {
    int passed = 0;
    int lost = 0;
    for (int probe = 0; probe < without.probes().size(); probe++) {
      if (without.probes().get(probe)) {
        passed++;
        lost += with.probes().get(probe) ? 0 : 1;
      }
    }
    return new GateMeasurement(
        without.losses(),
        with.losses(),
        passed,
        lost,
        divergence(without.neutral(), with.neutral()),
        triggerShift(without, with),
        speed,
        OptionalDouble.empty());
  }

  private static double divergence(List<SequenceScore> without, List<SequenceScore> with) {
    double sum = 0;
    int tokens = 0;
    for (int text = 0; text < without.size(); text++) {
      List<Double> before = without.get(text).logprobs();
      List<Double> after = with.get(text).logprobs();
      for (int token = 0; token < before.size(); token++) {
        sum += Math.abs(after.get(token) - before.get(token));
        tokens++;
      }
    }
    return tokens == 0 ? 0 : sum / tokens;
  }

  private static double triggerShift(Side without, Side with) {
    double worst = 0;
    for (int trigger = 0; trigger < without.triggered().size(); trigger++) {
      List<Double> before = without.triggered().get(trigger);
      List<Double> after = with.triggered().get(trigger);
      double sum = 0;
      for (int item = 0; item < before.size(); item++) {
        double shiftBefore = before.get(item) - without.losses().get(item);
        double shiftAfter = after.get(item) - with.losses().get(item);
        sum += Math.abs(shiftAfter - shiftBefore);
      }
      double mean = before.isEmpty() ? 0 : sum / before.size();
      worst = mean > worst || Double.isNaN(mean) ? mean : worst;
    }
    return worst;
  }

  /// The best of a few answers on each side, in turns, because the machine has other work.
  private static OptionalDouble speed(
      LoadedModel model, GateItems gate, Optional<AdapterFile> parent, AdapterFile update)
      throws EngineException, InterruptedException {
    Prompt prompt = new Prompt.Text(gate.heldOut().getFirst().prompt() + " ");
    double without = 0;
    double with = 0;
    for (int run = 0; run < SPEED_RUNS; run++) {
      model.adapt(parent);
      without = Math.max(without, GateAnswers.ask(model, prompt).speed().orElse(0.0));
      model.adapt(Optional.of(update));
      with = Math.max(with, GateAnswers.ask(model, prompt).speed().orElse(0.0));
    }
    return without > 0 && with > 0 ? OptionalDouble.of(with / without) : OptionalDouble.empty();
  }
}
