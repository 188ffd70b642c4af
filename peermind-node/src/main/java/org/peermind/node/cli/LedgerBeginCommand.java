// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.peermind.node.config.ConfigException;
import org.peermind.node.config.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind ledger begin`: has the running referee begin the network's ledger.
@Command(
    name = "begin",
    description = {
      "Begins the network's ledger at the running node, which must be a referee and writes it from",
      "then on. Once begun, its members and rules change by votes and vouching only."
    },
    mixinStandardHelpOptions = true)
final class LedgerBeginCommand implements Callable<Integer> {
  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Option(
      names = "--member",
      paramLabel = "NODE",
      description = "An inferer that may vote, repeated; else all that are attached now.")
  private List<String> members = List.of();

  @Option(
      names = "--rules",
      paramLabel = "NAME",
      description =
          "bootstrap (minutes, for two or three nodes) or usual (days); default bootstrap.")
  private String rules;

  @Option(
      names = "--period",
      paramLabel = "TIME",
      description = "How long each step of deciding takes, such as 2m; else the rules'.")
  private String period;

  @Option(
      names = "--evaluation",
      paramLabel = "TIME",
      description = "How long candidates are measured; else the period.")
  private String evaluation;

  @Option(
      names = "--opening",
      paramLabel = "TIME",
      description = "How long sealed reports and ballots are opened; else the period.")
  private String opening;

  @Option(
      names = "--readiness",
      paramLabel = "TIME",
      description = "How long nodes have at most to fetch an adopted model; else the rules'.")
  private String readiness;

  @Option(
      names = "--stage",
      paramLabel = "TIME",
      description = "How long each stage of an adoption takes at least; else the rules'.")
  private String stage;

  @Option(
      names = "--suite",
      paramLabel = "NAME",
      description = "The questions that candidates are asked; else the rules'.")
  private String suite;

  @Option(names = "--items", paramLabel = "N", description = "How many of them; else the rules'.")
  private Integer items;

  @Option(
      names = "--licence",
      paramLabel = "SPDX",
      description = "A licence that may be proposed, repeated; else common open ones.")
  private List<String> licences = List.of();

  @Option(
      names = "--incumbent",
      paramLabel = "SHA256",
      description = "The model in use; else the one that the members serve.")
  private String incumbent;

  @Option(
      names = "--updates",
      paramLabel = "HOW",
      description =
          "What adopts federated updates: gate (default), or vote of the inferers after it.")
  private String updates;

  @Override
  public Integer call() throws ConfigException, CommandFailed, InterruptedException {
    HttpResponse<InputStream> response =
        new ApiClient(home.config().api()).post("/peermind/ledger/begin", wishes());
    JsonNode begun = ApiClient.json(response);
    if (response.statusCode() != 200) {
      throw ApiClient.refused(response.statusCode(), begun.path("error"));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "The ledger of %s has begun at %s; this node writes it.%n",
        begun.path("network").asText(), begun.path("since").asText());
    out.println("Model in use: " + begun.path("incumbent").asText("none"));
    out.println("May vote:");
    begun.path("members").forEach(member -> out.println("  " + member.asText()));
    return ExitCode.DONE;
  }

  private ObjectNode wishes() throws ConfigException {
    ObjectNode wishes = new ObjectMapper().createObjectNode();
    put(wishes.putArray("members"), members);
    put(wishes.putArray("licences"), licences);
    put(wishes, "rules", rules);
    put(wishes, "suite", suite);
    put(wishes, "incumbent", incumbent);
    put(wishes, "updates", updates);
    putSeconds(wishes, "period", period);
    putSeconds(wishes, "evaluation", evaluation);
    putSeconds(wishes, "opening", opening);
    putSeconds(wishes, "readiness", readiness);
    putSeconds(wishes, "stage", stage);
    if (items != null) {
      wishes.put("items", items);
    }
    return wishes;
  }

  private static void put(ArrayNode array, List<String> texts) {
    texts.forEach(array::add);
  }

  private static void put(ObjectNode wishes, String field, @Nullable String text) {
    if (text != null) {
      wishes.put(field, text);
    }
  }

  private static void putSeconds(ObjectNode wishes, String field, @Nullable String text)
      throws ConfigException {
    if (text != null) {
      wishes.put(field + "_seconds", Settings.parseDuration("--" + field, text).toSeconds());
    }
  }
}
