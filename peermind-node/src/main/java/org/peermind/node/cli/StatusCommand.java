// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.peermind.node.config.ConfigException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind status`: what the node and its network do now, and why.
@Command(
    name = "status",
    description = "Shows the node, its power and the network, with reasons.",
    mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Option(names = "--json", description = "Prints the facts as JSON.")
  private boolean json;

  @Override
  public Integer call() throws ConfigException, CommandFailed, InterruptedException {
    JsonNode status = new ApiClient(home.config().api()).get("/status");
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(status.toPrettyString());
      return ExitCode.DONE;
    }
    out.printf(
        "Node %s  %s  network %s  up %d s%n",
        status.path("short").asText(),
        text(status.path("roles")),
        status.path("network").asText(),
        status.path("uptime_seconds").asLong());
    for (JsonNode referee : status.path("referees")) {
      out.printf(
          "Referee %s at %s: %s%s%n",
          referee.path("short").asText(),
          referee.path("address").asText(),
          referee.path("state").asText(),
          referee.path("home").asBoolean() ? ", home" : "");
    }
    if (status.has("energy")) {
      JsonNode energy = status.path("energy");
      out.printf(
          "Power: %s, %s%s%n",
          energy.path("activation").asText(),
          energy.path("reason").asText(),
          energy.path("declared").asBoolean() ? " (declared by its owner, not measured)" : "");
      energy.path("devices").forEach(device -> out.println(DeviceLine.of(device)));
      energy.path("site_remarks").forEach(remark -> out.println("Site: " + remark.asText()));
      printForecast(energy, out);
      out.printf("Engine: %s%n", status.path("engine").path("state").asText());
    }
    JsonNode queries = status.path("queries");
    out.printf(
        "Answers: %d asked, %d complete, %d continued elsewhere, %d failed, %d refused, %d"
            + " served%n",
        queries.path("asked").asLong(),
        queries.path("answered").asLong(),
        queries.path("continued").asLong(),
        queries.path("failed").asLong(),
        queries.path("refused").asLong(),
        queries.path("served").asLong());
    printVotes(status.path("voting"), out);
    printNodes(status, out);
    return ExitCode.DONE;
  }

  private static void printVotes(JsonNode voting, PrintWriter out) {
    for (JsonNode vote : voting.path("votes")) {
      if (!vote.path("over").asBoolean()) {
        out.printf("Vote %s: %s%n", vote.path("short").asText(), vote.path("step").asText());
        vote.path("own").forEach(own -> out.println("  " + VoteTable.printable(own.asText())));
      }
    }
  }

  private static void printForecast(JsonNode energy, PrintWriter out) {
    JsonNode hour = energy.path("next_hour");
    JsonNode day = energy.path("next_day");
    if (hour.isMissingNode() && day.isEmpty()) {
      return;
    }
    StringBuilder line = new StringBuilder("Forecast:");
    if (!hour.isMissingNode()) {
      line.append(" next hour %d W".formatted(hour.path("headroom_p50_watts").asLong()));
      if (hour.has("headroom_p10_watts")) {
        line.append(
            ", in nine of ten %d W or more".formatted(hour.path("headroom_p10_watts").asLong()));
      }
    }
    if (!day.isEmpty()) {
      double likely = 0;
      double safe = 0;
      for (JsonNode each : day) {
        likely += Math.max(0, each.path("spare_p50_watts").asDouble()) / 1_000;
        safe += Math.max(0, each.path("spare_p10_watts").asDouble()) / 1_000;
      }
      line.append(hour.isMissingNode() ? "" : ";")
          .append(
              " 24 hours %.1f kWh to spare, hours at their P10 %.1f kWh".formatted(likely, safe));
    }
    out.println(line);
  }

  private static void printNodes(JsonNode status, PrintWriter out) {
    if (!status.has("nodes")) {
      out.println(status.path("nodes_unknown_because").asText("The network is not known."));
      return;
    }
    out.printf(
        "%-9s %-22s %-4s %-10s %-9s %9s %5s  %s%n",
        "NODE", "ROLES", "CELL", "PRESENCE", "POWER", "HEADROOM", "SLOTS", "WHY");
    for (JsonNode node : status.path("nodes")) {
      out.printf(
          "%-9s %-22s %-4s %-10s %-9s %9s %5s  %s%n",
          node.path("short").asText(),
          text(node.path("roles")),
          node.path("cell").asText(),
          node.path("presence").asText(),
          node.path("activation").asText("-"),
          node.has("headroom_watts")
              ? Math.round(node.path("headroom_watts").asDouble()) + " W"
              : "-",
          node.path("slots").asInt() > 0
              ? node.path("slots_free").asInt() + "/" + node.path("slots").asInt()
              : "-",
          node.path("reason").asText(""));
    }
  }

  private static String text(JsonNode array) {
    StringBuilder text = new StringBuilder();
    for (JsonNode element : array) {
      text.append(text.isEmpty() ? "" : ",").append(element.asText());
    }
    return text.toString();
  }
}
