// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The commands of `peermind vote` by which an owner takes part, through the running node.
final class VoteCommands {
  static final ObjectMapper JSON = new ObjectMapper();

  private static final Pattern MEMORY = Pattern.compile("([0-9]{1,9})\\s*(MB|MIB|GB|GIB)");
  private static final long MEBIBYTES_A_GIBIBYTE = 1_024;

  private VoteCommands() {}

  /// What the node answers to a wish.
  static JsonNode post(HomeOption home, String path, ObjectNode body)
      throws CommandFailed, ConfigException, InterruptedException {
    HttpResponse<InputStream> response = new ApiClient(home.config().api()).post(path, body);
    JsonNode document = ApiClient.json(response);
    if (response.statusCode() != 200) {
      throw ApiClient.refused(response.statusCode(), document.path("error"));
    }
    return document;
  }

  static void put(ObjectNode body, String field, @Nullable String text) {
    if (text != null) {
      body.put(field, text);
    }
  }

  /// A size such as `8GB` in mebibytes; people mean powers of two by it.
  static long mebibytes(String text) throws CommandFailed {
    Matcher size = MEMORY.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!size.matches()) {
      throw new CommandFailed(ExitCode.WRONG_USAGE, "--memory takes a size such as 8GB or 700MB.");
    }
    long number = Long.parseLong(size.group(1));
    return size.group(2).startsWith("G") ? number * MEBIBYTES_A_GIBIBYTE : number;
  }

  /// `peermind vote list`.
  @Command(
      name = "list",
      description = "Lists the votes of the network and what this node does about them.",
      mixinStandardHelpOptions = true)
  static final class ListVotes implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "Prints the facts as JSON.")
    private boolean json;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      JsonNode votes = new ApiClient(home.config().api()).get("/peermind/votes");
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(votes.toPrettyString());
      } else {
        VoteTable.list(votes, out);
      }
      return ExitCode.DONE;
    }
  }

  /// `peermind vote status`.
  @Command(
      name = "status",
      description = "Shows one vote: step, time left, who voted, figures, what comes next and why.",
      mixinStandardHelpOptions = true)
  static final class Status implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Parameters(
        arity = "0..1",
        paramLabel = "VOTE",
        description = "A vote, a proposal or a candidate's name; all votes when left out.")
    private @Nullable String vote;

    @Option(names = "--json", description = "Prints the facts as JSON.")
    private boolean json;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      ApiClient node = new ApiClient(home.config().api());
      PrintWriter out = spec.commandLine().getOut();
      String path =
          vote == null
              ? "/peermind/votes"
              : "/peermind/votes/show?vote=" + URLEncoder.encode(vote, StandardCharsets.UTF_8);
      JsonNode document = node.get(path);
      if (json) {
        out.println(document.toPrettyString());
      } else if (vote == null) {
        VoteTable.list(document, out);
      } else {
        VoteTable.show(document, out);
      }
      return ExitCode.DONE;
    }
  }

  /// `peermind vote cast`.
  @Command(
      name = "cast",
      description = {
        "Votes. The node keeps the ballot, seals it when ballots are taken and opens it in time;",
        "another one replaces it until then. KEEP is the model in use."
      },
      mixinStandardHelpOptions = true)
  static final class Cast implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "VOTE", description = "A vote, a proposal or a name.")
    private String vote;

    @Parameters(
        index = "1",
        paramLabel = "BALLOT",
        description = "yes, no, or a ranking such as 'small > large = other > KEEP'.")
    private String ballot;

    @Option(
        names = "--veto",
        paramLabel = "CANDIDATE",
        description = "Objects to a candidate, whatever others prefer; needs --reason.")
    private @Nullable String veto;

    @Option(
        names = "--ground",
        paramLabel = "security|licence",
        description = "Of a veto; default security.")
    private @Nullable String ground;

    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        description = "Of a veto; published with the ballot.")
    private @Nullable String reason;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      if ((veto == null) != (reason == null)) {
        throw new CommandFailed(
            ExitCode.WRONG_USAGE, "--veto and --reason belong together: say who, and why.");
      }
      ObjectNode body = JSON.createObjectNode().put("vote", vote).put("ballot", ballot);
      put(body, "veto", veto);
      put(body, "ground", ground);
      put(body, "reason", reason);
      JsonNode cast = post(home, "/peermind/votes/cast", body);
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "Kept for vote %s: %s%n",
          cast.path("short").asText(), VoteTable.printable(cast.path("own_ballot").asText()));
      out.println(
          cast.path("step").asText().equals("voting")
              ? "The node seals it now."
              : "The node seals it when ballots are taken.");
      return ExitCode.DONE;
    }
  }

  /// `peermind vote sponsor`.
  @Command(
      name = "sponsor",
      description = "Says that a proposal is worth measuring.",
      mixinStandardHelpOptions = true)
  static final class SponsorProposal implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "PROPOSAL", description = "A proposal or its candidate's name.")
    private String proposal;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      JsonNode done =
          post(home, "/peermind/votes/sponsor", JSON.createObjectNode().put("proposal", proposal));
      spec.commandLine()
          .getOut()
          .printf("Sponsored, entry %d of the ledger.%n", done.path("entry").asLong());
      return ExitCode.DONE;
    }
  }

  /// `peermind vote vouch`.
  @Command(
      name = "vouch",
      description = "Stands for a node that is to belong to the network.",
      mixinStandardHelpOptions = true)
  static final class VouchForNode implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "NODE", description = "Its whole id.")
    private String node;

    @Option(
        names = "--role",
        paramLabel = "inferer|light-user",
        description = "Inferers may vote; default inferer.")
    private String role = "inferer";

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      JsonNode done =
          post(
              home,
              "/peermind/votes/vouch",
              JSON.createObjectNode().put("node", node).put("role", role));
      spec.commandLine()
          .getOut()
          .printf("Vouched, entry %d of the ledger.%n", done.path("entry").asLong());
      return ExitCode.DONE;
    }
  }

  /// `peermind vote prefer`.
  @Command(
      name = "prefer",
      description = {
        "Has the node vote by itself in the last third of each vote that you do not vote in.",
        "It ranks what fits and is licensed above KEEP, and nothing else."
      },
      mixinStandardHelpOptions = true)
  static final class Prefer implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Option(
        names = "--memory",
        paramLabel = "SIZE",
        description = "What a model may take at most, such as 8GB.")
    private @Nullable String memory;

    @Option(
        names = "--licence",
        paramLabel = "SPDX",
        description = "A licence that you take, repeated; any when left out.")
    private List<String> licences = List.of();

    @Option(names = "--fewest-wh", description = "Only what takes less energy, the least first.")
    private boolean fewestWh;

    @Option(names = "--off", description = "No standing preference any more.")
    private boolean off;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      if (off == (memory != null)) {
        throw new CommandFailed(ExitCode.WRONG_USAGE, "Say either --memory SIZE or --off.");
      }
      ObjectNode body = JSON.createObjectNode().put("off", off);
      if (memory != null) {
        body.put("memory_mib", mebibytes(memory)).put("fewest_wh", fewestWh);
        licences.forEach(body.withArray("licences")::add);
      }
      JsonNode kept = post(home, "/peermind/votes/prefer", body);
      PrintWriter out = spec.commandLine().getOut();
      out.println(
          off
              ? "The node votes only as you say."
              : "The node votes so where you do not vote yourself.");
      for (JsonNode vote : kept.path("would")) {
        out.printf(
            "In vote %.12s it would vote %s%n",
            vote.path("vote").asText(), VoteTable.printable(vote.path("ballot").asText()));
        vote.path("reasons").forEach(why -> out.println("  " + VoteTable.printable(why.asText())));
      }
      return ExitCode.DONE;
    }
  }

  /// `peermind vote stop`.
  @Command(
      name = "stop",
      description = {
        "Asks to stop a model at once, in an emergency. It is stopped when two thirds of the"
            + " voters",
        "and the ledger's writer asked for it within six hours."
      },
      mixinStandardHelpOptions = true)
  static final class Stop implements Callable<Integer> {
    @Mixin private HomeOption home;
    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "Its name or the first digits of its SHA-256.")
    private String model;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Published.")
    private String reason;

    @Override
    public Integer call() throws CommandFailed, ConfigException, InterruptedException {
      JsonNode done =
          post(
              home,
              "/peermind/votes/stop",
              JSON.createObjectNode().put("model", model).put("reason", reason));
      spec.commandLine()
          .getOut()
          .printf("Asked for, entry %d of the ledger.%n", done.path("entry").asLong());
      return ExitCode.DONE;
    }
  }
}
