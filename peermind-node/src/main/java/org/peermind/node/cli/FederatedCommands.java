// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The commands of `peermind federated` that look at rounds through the running node.
final class FederatedCommands {
  private static final int SHORT = 12;

  private FederatedCommands() {}

  /// `peermind federated status`.
  @Command(
      name = "status",
      description = "Shows the update in use, and what this node does in federated rounds and why.",
      mixinStandardHelpOptions = true)
  static final class Status implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "Prints the facts as JSON.")
    private boolean json;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      JsonNode status = new ApiClient(home.config().api()).get("/peermind/federated");
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(status.toPrettyString());
        return ExitCode.DONE;
      }
      JsonNode inUse = status.path("in_use");
      if (inUse.has("adapter")) {
        out.printf(
            "Update in use: %s of round %d (%,d bytes): %s%n",
            shortened(inUse.path("adapter")),
            inUse.path("number").asLong(),
            inUse.path("bytes").asLong(),
            inUse.path("reason").asText());
      } else {
        out.println("Update in use: none; the model is served as it was adopted.");
      }
      JsonNode vote = status.path("vote");
      if (vote.has("sentence")) {
        out.println("Vote: " + vote.path("sentence").asText());
        if (vote.has("own_ballot")) {
          out.printf(
              "  This node's ballot: %s (%s)%n",
              vote.path("own_ballot").asText(), vote.path("own_reason").asText());
        }
      }
      told(out, "This node", status.path("member"), "it takes no part in rounds.");
      if (status.has("aggregator")) {
        told(out, "As the aggregator", status.path("aggregator"), "");
      }
      return ExitCode.DONE;
    }

    private static void told(PrintWriter out, String who, JsonNode part, String otherwise) {
      out.printf("%s: %s%n", who, part.path("doing").asText(otherwise));
      JsonNode round = part.path("round");
      if (round.has("number")) {
        line(out, round);
        round
            .path("members")
            .forEach(
                member ->
                    out.printf(
                        "    %s  weight %d%s%s%s%n",
                        shortened(member.path("node")),
                        member.path("weight").asInt(),
                        member.has("steps") ? ", " + trained(member) : "",
                        member.path("gave_update").asBoolean() ? ", gave its update" : "",
                        evaluated(member)));
      }
    }

    private static String trained(JsonNode member) {
      return "%,d steps on %,d tokens, loss %.4f to %.4f"
          .formatted(
              member.path("steps").asInt(),
              member.path("tokens").asLong(),
              member.path("first_loss").asDouble(),
              member.path("last_loss").asDouble());
    }

    private static String evaluated(JsonNode member) {
      if (member.has("excluded")) {
        return ", excluded: " + member.path("excluded").asText();
      }
      JsonNode word = member.path("evaluation");
      if (!word.has("passed")) {
        return "";
      }
      if (word.path("passed").asBoolean()) {
        return ", found it good (loss %.4f, was %.4f)"
            .formatted(word.path("loss").asDouble(), word.path("parent_loss").asDouble());
      }
      return ", found it bad: " + word.path("reasons").path(0).asText();
    }
  }

  /// `peermind federated rounds`.
  @Command(
      name = "rounds",
      description = "Lists the rounds that this node keeps.",
      mixinStandardHelpOptions = true)
  static final class Rounds implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "Prints the facts as JSON.")
    private boolean json;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      JsonNode document = new ApiClient(home.config().api()).get("/peermind/federated/rounds");
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(document.toPrettyString());
      } else if (document.path("rounds").isEmpty()) {
        out.println("No round has been seen yet.");
      } else {
        document.path("rounds").forEach(round -> line(out, round));
      }
      return ExitCode.DONE;
    }
  }

  /// `peermind federated undo`.
  @Command(
      name = "undo",
      description = {
        "Takes the network back to the update before the one in use, or to the bare model.",
        "Only at the referee that writes the ledger."
      },
      mixinStandardHelpOptions = true)
  static final class Undo implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Option(names = "--reason", paramLabel = "TEXT", description = "For everybody to read.")
    private String reason;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      ObjectNode body = JsonNodeFactory.instance.objectNode();
      VoteCommands.put(body, "reason", reason);
      JsonNode done = VoteCommands.post(home, "/peermind/federated/undo", body);
      spec.commandLine()
          .getOut()
          .printf("The update is undone, entry %d of the ledger.%n", done.path("entry").asLong());
      return ExitCode.DONE;
    }
  }

  /// `peermind federated vote`.
  @Command(
      name = "vote",
      description = {
        "Votes on the update that waits for votes, in a network that votes on its updates. Without",
        "it an inferer that evaluated the update votes as it found it. The last ballot counts."
      },
      mixinStandardHelpOptions = true)
  static final class Vote implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "accept|refuse", description = "Whether the network should use it.")
    private String ballot;

    @Option(names = "--reason", paramLabel = "TEXT", description = "For everybody to read.")
    private String reason;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      ObjectNode body = JsonNodeFactory.instance.objectNode();
      body.put("ballot", ballot);
      VoteCommands.put(body, "reason", reason);
      JsonNode done = VoteCommands.post(home, "/peermind/federated/vote", body);
      spec.commandLine()
          .getOut()
          .printf("The ballot is entry %d of the ledger.%n", done.path("entry").asLong());
      return ExitCode.DONE;
    }
  }

  private static void line(PrintWriter out, JsonNode round) {
    out.printf(
        "  round %d (%s): %s; %d enrolled, %d trained, %d updates, %d evaluations%s%n",
        round.path("number").asLong(),
        shortened(round.path("round")),
        round.path("end").asText(round.path("step").asText()),
        round.path("enrolled").asInt(),
        round.path("trained").asInt(),
        round.path("updates").asInt(),
        round.path("evaluations").asInt(),
        round.has("reason")
            ? ": " + round.path("reason").asText()
            : round.has("until") ? ", until " + round.path("until").asText() : "");
  }

  private static String shortened(JsonNode name) {
    String text = name.asText();
    return text.substring(0, Math.min(SHORT, text.length()));
  }
}
