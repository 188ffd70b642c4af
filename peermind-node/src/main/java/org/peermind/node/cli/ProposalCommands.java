// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The commands of `peermind model` that are about votes, through the running node.
final class ProposalCommands {
  private static final double PERMILLE_A_PERCENT = 10;

  private ProposalCommands() {}

  /// `peermind model propose`.
  @Command(
      name = "propose",
      description = {
        "Proposes a model to the network. A file is taken into the node's store, from which the",
        "others fetch it. The node votes yes for you, unless you say --no-vote."
      },
      mixinStandardHelpOptions = true)
  static final class Propose implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Parameters(
        paramLabel = "FILE|MODEL",
        description = "A GGUF file, or a model of the store by name or SHA-256.")
    private String model;

    @Option(
        names = "--licence",
        paramLabel = "SPDX",
        description = "Such as Apache-2.0; else what the file says of itself.")
    private @Nullable String licence;

    @Option(
        names = "--change",
        paramLabel = "minor|major|rules",
        description = "What is at stake: more than 1:1, 2:1 or 3:1 must want it; default major.")
    private String change = "major";

    @Option(
        names = "--floor",
        paramLabel = "PERCENT",
        description = "For a smaller, cheaper model: what it must answer rightly at least.")
    private @Nullable Double floor;

    @Option(names = "--source", paramLabel = "TEXT", description = "Where the file comes from.")
    private @Nullable String source;

    @Option(
        names = "--joins",
        paramLabel = "PROPOSAL",
        description = "Takes part in the vote about another proposal.")
    private @Nullable String joins;

    @Option(names = "--no-vote", description = "Keeps no ballot for you.")
    private boolean noVote;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      ObjectNode body = VoteCommands.JSON.createObjectNode();
      Optional<Path> file = file();
      if (file.isPresent()) {
        body.put("file", file.get().toAbsolutePath().toString());
      } else {
        body.put("model", model);
      }
      VoteCommands.put(body, "licence", licence);
      VoteCommands.put(body, "source", source);
      VoteCommands.put(body, "joins", joins);
      body.put("change", change).put("vote", !noVote);
      if (floor != null) {
        if (!(floor > 0 && floor <= 100)) {
          throw new CommandFailed(
              ExitCode.WRONG_USAGE, "--floor is a share in percent, more than 0 and at most 100.");
        }
        body.put("floor_permille", Math.round(floor * PERMILLE_A_PERCENT));
      }
      JsonNode done = VoteCommands.post(home, "/peermind/models/propose", body);
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "Proposed %s as %s.%n",
          VoteTable.printable(done.path("name").asText()), done.path("short").asText());
      out.printf("sha256    %s%n", done.path("sha256").asText());
      out.printf("proposal  %s%n", done.path("proposal").asText());
      out.printf("vote      %s%n", done.path("vote").asText());
      if (done.path("votes_for_it").asBoolean()) {
        out.println("Your yes is kept and sealed when ballots are taken.");
      }
      out.printf("Others vote with: peermind vote cast %.12s yes%n", done.path("vote").asText());
      return ExitCode.DONE;
    }

    private Optional<Path> file() {
      try {
        Path path = Path.of(model);
        return Files.isRegularFile(path) ? Optional.of(path) : Optional.empty();
      } catch (InvalidPathException noPath) {
        return Optional.empty();
      }
    }
  }

  /// `peermind model evaluate`.
  @Command(
      name = "evaluate",
      description = {
        "Has the node measure a proposal now, also where votes.evaluate is false.",
        "Without this, nodes measure by themselves; `peermind vote status` shows how far they are."
      },
      mixinStandardHelpOptions = true)
  static final class Evaluate implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "PROPOSAL", description = "A proposal or its candidate's name.")
    private String proposal;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      VoteCommands.post(
          home,
          "/peermind/models/evaluate",
          VoteCommands.JSON.createObjectNode().put("proposal", proposal));
      spec.commandLine()
          .getOut()
          .println("The node measures it; peermind vote status shows how far it is.");
      return ExitCode.DONE;
    }
  }
}
