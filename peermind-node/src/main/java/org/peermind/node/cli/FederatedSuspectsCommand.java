// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind federated suspects`: has the running node look for whose updates made a gate fail.
/// Ctrl-C leaves it to go on in the node.
@Command(
    name = "suspects",
    description = {
      "Looks for whose updates made the newest failed gate fail.",
      "The running node makes the update again without one member after the other and tries each:",
      "as many evaluations as members, or more. It waits for power and for rounds that are open.",
      "When this command is ended, the node goes on; ask again to see how far it is.",
      "A suspect is no culprit, and nothing follows from this by itself."
    },
    mixinStandardHelpOptions = true)
final class FederatedSuspectsCommand implements Callable<Integer> {
  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final String PAGE = "/peermind/federated/suspects";

  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Option(names = "--no-wait", description = "Prints how far it is, and does not wait.")
  private boolean isShort;

  @Option(names = "--json", description = "Prints the facts as JSON.")
  private boolean json;

  @Override
  public Integer call() throws CommandFailed, ConfigException, InterruptedException {
    ApiClient api = new ApiClient(home.config().api());
    JsonNode standing = VoteCommands.post(home, PAGE, JsonNodeFactory.instance.objectNode());
    String told = "";
    while (!isShort && standing.path("state").asText().equals("trying")) {
      String sentence = VoteTable.printable(standing.path("sentence").asText());
      if (!sentence.equals(told)) {
        spec.commandLine().getErr().println(sentence);
        told = sentence;
      }
      Thread.sleep(LOOK_EVERY);
      standing = api.get(PAGE);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(standing.toPrettyString());
    } else {
      show(standing, out);
    }
    return standing.path("state").asText().equals("given-up") ? ExitCode.FAILED : ExitCode.DONE;
  }

  /// How a search stands, as lines for a person.
  static void show(JsonNode standing, PrintWriter out) {
    out.printf(
        "Round %d: %s%n",
        standing.path("number").asLong(), VoteTable.printable(standing.path("sentence").asText()));
    for (JsonNode group : standing.path("suspects")) {
      List<String> members = new ArrayList<>();
      group.forEach(member -> members.add(VoteTable.printable(member.asText())));
      out.println("  " + String.join(" together with ", members));
    }
  }
}
