// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.peermind.node.config.NodeHome;
import org.peermind.node.federated.data.Consent;
import org.peermind.node.federated.data.ConsentFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind federated forget`: the owner takes back what was allowed.
@Command(
    name = "forget",
    description = {
      "Ends that your node trains on these files and folders, or with --all on",
      "any. Deletes all tokens and training checkpoints, and updates that wait to",
      "be sent; a training that runs ends. Updates that were sent, and checkpoints",
      "that they were summed into, cannot be taken back."
    },
    mixinStandardHelpOptions = true)
final class FederatedForgetCommand implements Callable<Integer> {
  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Parameters(arity = "0..*", paramLabel = "PATH", description = "As they were contributed.")
  private List<Path> paths = new ArrayList<>();

  @Option(names = "--all", description = "Everything that was contributed.")
  private boolean all;

  @Option(names = "--yes", description = "Says yes beforehand.")
  private boolean yes;

  @Override
  public Integer call() throws CommandFailed {
    if (all == !paths.isEmpty()) {
      throw new CommandFailed(
          ExitCode.WRONG_USAGE, "Say which paths to forget, or --all; one of the two.");
    }
    NodeHome node = home.home();
    PrintWriter out = spec.commandLine().getOut();
    try {
      if (!all) {
        Consent consent = new ConsentFile(node.consentFile()).read();
        for (Path path : paths) {
          Forgetting.allowed(consent, path);
        }
      }
      if (!yes
          && !Confirmation.given(
              "Forget this, and delete all tokens, training and updates here?")) {
        out.println("Nothing was changed.");
        return ExitCode.FAILED;
      }
      Forgetting forgetting = new Forgetting(node, out);
      return all ? forgetting.all() : forgetting.paths(paths);
    } catch (IOException refused) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(refused.getMessage()), refused);
    }
  }
}
