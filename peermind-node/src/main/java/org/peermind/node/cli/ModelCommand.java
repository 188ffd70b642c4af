// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.peermind.inference.TemplateUse;
import org.peermind.model.GgufException;
import org.peermind.model.ModelInspection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind model`: about model files and the store.
@Command(
    name = "model",
    description = "Looks at model files, keeps the node's store of them, and proposes them.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ModelCommand.Inspect.class,
      PlanCommand.class,
      StoreCommands.Import.class,
      StoreCommands.ListModels.class,
      ShowModelCommand.class,
      FetchModelCommand.class,
      StoreCommands.Verify.class,
      StoreCommands.Prune.class,
      ProposalCommands.Propose.class,
      ProposalCommands.Evaluate.class
    })
final class ModelCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /// `peermind model inspect`: the strict check that every file passes before native code sees it.
  @Command(
      name = "inspect",
      description = "Checks a GGUF file strictly and prints what it holds.",
      mixinStandardHelpOptions = true)
  static final class Inspect implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "A GGUF file.")
    private Path file;

    @Option(names = "--json", description = "Prints the facts as JSON.")
    private boolean json;

    @Override
    public Integer call() throws CommandFailed {
      ModelInspection inspection;
      try {
        inspection = ModelInspection.of(file);
      } catch (GgufException refused) {
        throw new CommandFailed(ExitCode.FAILED, String.valueOf(refused.getMessage()), refused);
      }
      TemplateUse use = TemplateUse.of(inspection.chatTemplate());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        ObjectNode facts = new ObjectMapper().createObjectNode();
        facts
            .put("file", inspection.file().toString())
            .put("sha256", inspection.sha256().hex())
            .put("name", inspection.name())
            .put("architecture", inspection.architecture())
            .put("parameters", inspection.parameters())
            .put("quantization", inspection.quantization().name())
            .put("context_tokens", inspection.contextTokens())
            .put("vocabulary_tokens", inspection.vocabularySize())
            .put("tensors", inspection.tensors())
            .put("chat_template", inspection.chatTemplate().orElse(null))
            .put("chat_template_use", use.words())
            .put("bytes", inspection.fileBytes());
        out.println(facts.toPrettyString());
      } else {
        inspection.lines().forEach(out::println);
        out.println("template use   " + use.words());
      }
      return ExitCode.DONE;
    }
  }
}
