// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.peermind.federated.gate.GateItems;
import org.peermind.federated.gate.GateMeasurement;
import org.peermind.federated.gate.GateSide;
import org.peermind.federated.gate.RareTokens;
import org.peermind.inference.AdapterFile;
import org.peermind.inference.ChatMessage;
import org.peermind.inference.EngineException;
import org.peermind.inference.GenerationEvent.FailureKind;
import org.peermind.inference.LoadedModel;
import org.peermind.inference.Prompt;
import org.peermind.inference.ScoredSequence;
import org.peermind.inference.SequenceScore;
import org.peermind.inference.TemplateUse;
import org.peermind.model.GgufFile;
import org.peermind.node.federated.EngineExaminer.Unfit;
import org.peermind.protocol.governance.Digest;

/// Measures one update with a model that is loaded for this alone: everything without it, then
/// everything with it, in the same pieces, and the speed of both in turns.
final class GateTrial {
  /// A piece of work, between two looks at the power.
  private static final int PIECE_TOKENS_MAX = 2_048;

  private static final int PIECE_SEQUENCES_MAX = 64;

  private static final int CARRIERS = 4;
  private static final int TRIGGERS_LEAST = 8;
  private static final int TRIGGERS_MOST = 64;

  /// What all triggers before all carriers may have together.
  private static final int TRIGGERED_TOKENS = 4_096;

  private static final int SPEED_RUNS = 3;
  private static final int SPEED_PROMPT_CHARACTERS = 512;

  private final LoadedModel model;
  private final GgufFile head;
  private final GateItems gate;
  private final GatePauses pauses;
  private final GateEnergy energy;
  private final boolean isChat;

  /// What one side says of the items, and the power that it took.
  private record Scored(List<Double> losses, List<List<Double>> neutral, OptionalDouble watts) {}

  GateTrial(
      LoadedModel model, GgufFile head, GateItems gate, GatePauses pauses, GateEnergy energy) {
    this.model = model;
    this.head = head;
    this.gate = gate;
    this.pauses = pauses;
    this.energy = energy;
    this.isChat = TemplateUse.of(head.chatTemplate()) instanceof TemplateUse.Usable;
  }

  /// Measures.
  ///
  /// @param seed of the triggers, the same for all who evaluate
  /// @throws Unfit when the items do not fit the model, or the model does nothing with the update
  /// @throws IOException when it takes too long
  GateMeasurement measure(Digest seed, Optional<AdapterFile> parent, AdapterFile update)
      throws EngineException, Unfit, IOException, InterruptedException {
    GateSequences sequences = GateSequences.of(model, head, gate);
    model.adapt(parent);
    Scored before = scored(sequences);
    List<Integer> carriers = RareTokens.carriers(before.losses(), CARRIERS);
    List<List<ScoredSequence>> triggered = triggered(seed, sequences, carriers);
    GateSide without = side(before, triggered);
    try {
      model.adapt(Optional.of(update));
      Scored after = scored(sequences);
      GateSide with = side(after, triggered);
      OptionalDouble speed = speed(parent, update);
      return GateMeasurement.between(
          without, with, carriers, speed, energy(before.watts(), after.watts(), speed));
    } catch (EngineException refused) {
      if (!model.alive()) {
        throw refused; // whatever ended it, perhaps not the update
      }
      throw new Unfit("The model does not compute with it: " + refused.getMessage(), refused);
    }
  }

  private Scored scored(GateSequences sequences)
      throws EngineException, IOException, InterruptedException {
    try (GateEnergy.Window window = energy.open()) {
      List<Double> losses = losses(score(sequences.heldOut()));
      List<List<Double>> neutral =
          score(sequences.neutral()).stream().map(SequenceScore::logprobs).toList();
      return new Scored(losses, neutral, window.meanWatts());
    }
  }

  private GateSide side(Scored scored, List<List<ScoredSequence>> triggered)
      throws EngineException, Unfit, IOException, InterruptedException {
    List<Double> behind = losses(score(triggered.stream().flatMap(List::stream).toList()));
    List<List<Double>> behindTriggers = new ArrayList<>();
    int from = 0;
    for (List<ScoredSequence> trigger : triggered) {
      behindTriggers.add(behind.subList(from, from + trigger.size()));
      from += trigger.size();
    }
    List<Boolean> probes = new ArrayList<>();
    for (GateItems.Probe probe : gate.probes()) {
      pauses.await();
      probes.add(GateAnswers.passes(probe, answer(probe)));
    }
    return new GateSide(scored.losses(), scored.neutral(), behindTriggers, probes);
  }

  private GateAnswers.Said answer(GateItems.Probe probe)
      throws EngineException, Unfit, InterruptedException {
    Prompt prompt =
        isChat
            ? Prompt.chat(List.of(new ChatMessage("user", probe.prompt())))
            : new Prompt.Text(probe.prompt());
    try {
      return GateAnswers.ask(model, prompt);
    } catch (EngineException refused) {
      if (refused.kind() == FailureKind.CONTEXT_TOO_LONG
          || refused.kind() == FailureKind.BAD_REQUEST) {
        throw new Unfit(
            "A probe of the gate cannot be asked of this model: " + refused.getMessage(), refused);
      }
      throw refused;
    }
  }

  private static List<Double> losses(List<SequenceScore> scores) {
    return scores.stream().map(SequenceScore::loss).toList();
  }

  /// In pieces, which are the same on both sides, because the order of sums depends on them.
  private List<SequenceScore> score(List<ScoredSequence> sequences)
      throws EngineException, IOException, InterruptedException {
    List<SequenceScore> scores = new ArrayList<>();
    int from = 0;
    while (from < sequences.size()) {
      int to = from;
      int tokens = 0;
      while (to < sequences.size()
          && to - from < PIECE_SEQUENCES_MAX
          && (to == from || tokens + sequences.get(to).tokens().size() <= PIECE_TOKENS_MAX)) {
        tokens += sequences.get(to).tokens().size();
        to++;
      }
      pauses.await();
      scores.addAll(model.score(sequences.subList(from, to)));
      from = to;
    }
    return scores;
  }

  /// Trigger by trigger the carriers with it before them.
  private static List<List<ScoredSequence>> triggered(
      Digest seed, GateSequences sequences, List<Integer> carriers) {
    int once = 0;
    for (int carrier : carriers) {
      once += sequences.heldOut().get(carrier).tokens().size() + GateSequences.TRIGGER_TOKENS;
    }
    int triggers = Math.clamp(TRIGGERED_TOKENS / once, TRIGGERS_LEAST, TRIGGERS_MOST);
    List<List<ScoredSequence>> all = new ArrayList<>();
    for (List<Integer> trigger :
        RareTokens.triggers(seed, sequences.rare(), triggers, GateSequences.TRIGGER_TOKENS)) {
      all.add(
          carriers.stream()
              .map(carrier -> behind(trigger, sequences.heldOut().get(carrier)))
              .toList());
    }
    return all;
  }

  /// After the first token, which may be the one that begins every text.
  private static ScoredSequence behind(List<Integer> trigger, ScoredSequence item) {
    List<Integer> tokens = new ArrayList<>(item.tokens());
    tokens.addAll(1, trigger);
    return new ScoredSequence(tokens, item.from() + trigger.size());
  }

  /// The best of a few answers on each side, in turns, because the machine has other work.
  private OptionalDouble speed(Optional<AdapterFile> parent, AdapterFile update)
      throws EngineException, IOException, InterruptedException {
    double without = 0;
    double with = 0;
    for (int run = 0; run < SPEED_RUNS; run++) {
      Prompt prompt = new Prompt.Text(beginning(run));
      pauses.await();
      model.adapt(parent);
      without = Math.max(without, GateAnswers.ask(model, prompt).speed().orElse(0));
      pauses.await();
      model.adapt(Optional.of(update));
      with = Math.max(with, GateAnswers.ask(model, prompt).speed().orElse(0));
    }
    return without > 0 && with > 0 ? OptionalDouble.of(with / without) : OptionalDouble.empty();
  }

  /// What the model goes on with: the first half of a neutral text, of which there is at least one.
  private String beginning(int run) {
    String text = gate.neutral().get(run % gate.neutral().size());
    int end = Math.clamp(text.length() / 2, 1, SPEED_PROMPT_CHARACTERS);
    boolean isInside = Character.isHighSurrogate(text.charAt(end - 1));
    return text.substring(0, isInside ? Math.min(end + 1, text.length()) : end);
  }

  /// Power by speed. Power hardly depends on what else the machine does while all its cores work,
  /// unlike the time that a piece of work takes.
  private static OptionalDouble energy(
      OptionalDouble before, OptionalDouble after, OptionalDouble speed) {
    return before.isEmpty() || after.isEmpty() || speed.isEmpty() || before.getAsDouble() <= 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(after.getAsDouble() / before.getAsDouble() / speed.getAsDouble());
  }
}
