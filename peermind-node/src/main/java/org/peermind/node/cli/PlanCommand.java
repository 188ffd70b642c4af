// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.peermind.inference.EngineException;
import org.peermind.inference.MemoryNeed;
import org.peermind.inference.MemoryPlan;
import org.peermind.inference.NativeEngine;
import org.peermind.inference.Natives;
import org.peermind.model.GgufException;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufReader;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind model plan`: whether a model can be loaded here, before it is.
@Command(
    name = "plan",
    description = {
      "Says whether a model fits into the free memory and how many layers go to graphics cards.",
      "Exits with 3 when it does not fit now."
    },
    mixinStandardHelpOptions = true)
final class PlanCommand implements Callable<Integer> {
  private static final int CONTEXT_TOKENS_MOST = 1 << 20;
  private static final int SLOTS_MOST = 16;

  @Mixin private HomeOption home;
  @Mixin private NativesOption chosen;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "A GGUF file.")
  private Path file;

  @Option(
      names = "--context-tokens",
      paramLabel = "N",
      description = "Prompt and answer of one conversation together; default ${DEFAULT-VALUE}.",
      defaultValue = "4096")
  private int contextTokens;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "Answers at once; default ${DEFAULT-VALUE}.",
      defaultValue = "2")
  private int slots;

  @Option(names = "--json", description = "Prints the facts as JSON.")
  private boolean json;

  @Override
  public Integer call() throws CommandFailed, ConfigException {
    boolean sensible = contextTokens >= 1 && slots >= 1 && slots <= SLOTS_MOST;
    if (!sensible || (long) contextTokens * slots > CONTEXT_TOKENS_MOST) {
      throw new CommandFailed(
          ExitCode.WRONG_USAGE,
          "--slots is from 1 to %d, and --context-tokens times --slots at most %d."
              .formatted(SLOTS_MOST, CONTEXT_TOKENS_MOST));
    }
    Natives natives = chosen.choose(home);
    MemoryPlan plan;
    try {
      GgufFile model = GgufReader.read(file);
      Optional<String> refusal = natives.refusal(model);
      if (refusal.isPresent()) {
        throw new CommandFailed(ExitCode.FAILED, refusal.get());
      }
      int cells = (int) Math.min(contextTokens, model.contextTokens()) * slots;
      plan = MemoryPlan.of(model, cells, slots, NativeEngine.open(natives).info().devices());
    } catch (GgufException | EngineException refused) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(refused.getMessage()), refused);
    }
    print(plan);
    return plan.fits() ? ExitCode.DONE : ExitCode.NO_POWER_OR_CAPACITY;
  }

  private void print(MemoryPlan plan) {
    PrintWriter out = spec.commandLine().getOut();
    if (!json) {
      out.println((plan.fits() ? "It fits. " : "It does not fit. ") + plan.sentence());
      return;
    }
    MemoryNeed need = plan.need();
    out.println(
        new ObjectMapper()
            .createObjectNode()
            .put("fits", plan.fits())
            .put("weights_bytes", need.weightsBytes())
            .put("tokens_bytes", need.tokensBytes())
            .put("idle_bytes", need.idleBytes())
            .put("compute_bytes", need.computeBytes())
            .put("total_bytes", need.totalBytes())
            .put("layers", need.layerBytes().size())
            .put("gpu_layers", plan.gpuLayers())
            .put("gpu_bytes", plan.gpuBytes())
            .put("host_bytes", plan.hostBytes())
            .put("sentence", plan.sentence())
            .toPrettyString());
  }
}
