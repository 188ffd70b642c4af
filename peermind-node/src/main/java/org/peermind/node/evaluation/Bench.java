// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.peermind.inference.Engine;
import org.peermind.inference.EngineDevice;
import org.peermind.inference.EngineException;
import org.peermind.inference.ExternalEngine;
import org.peermind.inference.HostMemory;
import org.peermind.inference.MemoryPlan;
import org.peermind.inference.ModelSpec;
import org.peermind.inference.TemplateUse;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.node.governance.Evaluation.EvaluationFailed;
import org.peermind.node.governance.Evaluation.Task;

/// How both models are set up: with the same room for tokens and four slots, whatever the node
/// serves with, so that nodes measure the same thing.
///
/// @param contextTokens of one answer
/// @param together whether both fit beside each other and beside what runs
/// @param deviceMib memory that this machine has for a model
record Bench(
    Map<Side, ModelSpec> specs,
    Map<Side, MemoryPlan> plans,
    int contextTokens,
    boolean together,
    long deviceMib) {
  static final int SLOTS = 4;

  /// Enough for every item and for the prompts whose reading is timed.
  private static final int CONTEXT_TOKENS_MAX = 2_048;

  private static final int CONTEXT_TOKENS_LEAST = 256;

  /// What of the free memory two models may take: the rest is for users' answers.
  private static final int TOGETHER_PERCENT = 70;

  Bench {
    specs = Map.copyOf(specs);
    plans = Map.copyOf(plans);
  }

  /// Reads both files' heads and plans.
  ///
  /// @throws EvaluationFailed when one of them cannot be measured here
  static Bench of(Task task, Engine engine, int threads) throws EvaluationFailed {
    if (engine instanceof ExternalEngine) {
      throw new EvaluationFailed(
          "This node's engine is a server of its owner, which loads no candidate; set model.engine"
              + " to the built-in one to evaluate.");
    }
    Map<Side, GgufFile> files = new EnumMap<>(Side.class);
    files.put(Side.INCUMBENT, read(Side.INCUMBENT, task.incumbentFile()));
    files.put(Side.CANDIDATE, read(Side.CANDIDATE, task.candidateFile()));
    long context = CONTEXT_TOKENS_MAX;
    for (GgufFile file : files.values()) {
      context = Math.min(context, file.contextTokens());
    }
    if (context < CONTEXT_TOKENS_LEAST) {
      throw new EvaluationFailed(
          "One of the two models takes %d tokens, and an evaluation needs %d."
              .formatted(context, CONTEXT_TOKENS_LEAST));
    }
    int tokens = (int) context;
    Map<Side, MemoryPlan> plans = new EnumMap<>(Side.class);
    try {
      List<EngineDevice> devices = engine.info().devices();
      for (Map.Entry<Side, GgufFile> file : files.entrySet()) {
        plans.put(file.getKey(), MemoryPlan.of(file.getValue(), SLOTS * tokens, SLOTS, devices));
      }
      return new Bench(
          Map.of(
              Side.INCUMBENT,
              new ModelSpec(task.incumbentFile(), task.incumbent(), SLOTS * tokens, SLOTS, threads),
              Side.CANDIDATE,
              new ModelSpec(
                  task.candidateFile(), task.candidate(), SLOTS * tokens, SLOTS, threads)),
          plans,
          tokens,
          fitTogether(plans, devices, HostMemory.read()),
          deviceMib(devices, HostMemory.read()));
    } catch (EngineException refused) {
      throw new EvaluationFailed(String.valueOf(refused.getMessage()));
    }
  }

  private static GgufFile read(Side side, Path path) throws EvaluationFailed {
    try {
      GgufFile file = GgufReader.read(path);
      return switch (TemplateUse.of(file.chatTemplate())) {
        case TemplateUse.Usable _ -> file;
        case TemplateUse.Unusable(String sentence) ->
            throw new EvaluationFailed(
                "The questions cannot be put to %s: %s".formatted(side.words(), sentence));
      };
    } catch (GgufException refused) {
      throw new EvaluationFailed(String.valueOf(refused.getMessage()));
    }
  }

  /// Never on a machine with a graphics card: the second would find less of it free, lie in slower
  /// memory than the first, and be compared all the same.
  private static boolean fitTogether(
      Map<Side, MemoryPlan> plans, List<EngineDevice> devices, HostMemory memory) {
    boolean isHostOnly =
        devices.stream().allMatch(device -> device.kind() == EngineDevice.Kind.CPU)
            && memory.availableBytes().isPresent();
    long need = plans.values().stream().mapToLong(MemoryPlan::hostBytes).sum();
    return isHostOnly && need <= memory.availableBytes().getAsLong() / 100 * TOGETHER_PERCENT;
  }

  /// All memory of the machine and its cards, not what happens to be free.
  private static long deviceMib(List<EngineDevice> devices, HostMemory memory) {
    long bytes = memory.totalBytes().orElse(0);
    for (EngineDevice device : devices) {
      bytes += device.kind() == EngineDevice.Kind.GPU ? device.totalBytes().orElse(0) : 0;
    }
    return bytes >> 20;
  }

  /// What the model took at most: of the machine's memory as seen, or by plan where the system does
  /// not say; of cards by plan.
  long peakMib(Side side, OptionalLong seenMib) {
    MemoryPlan plan = plans.get(side);
    if (plan == null) {
      throw new IllegalStateException("No plan for " + side);
    }
    return seenMib.orElse(plan.hostBytes() >> 20) + (plan.gpuBytes() >> 20);
  }
}
