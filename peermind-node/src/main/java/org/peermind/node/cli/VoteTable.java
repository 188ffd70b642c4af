// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Votes as lines for a person.
final class VoteTable {
  private static final long MINUTE = 60;
  private static final long HOUR = 60 * MINUTE;
  private static final long DAY = 24 * HOUR;

  private VoteTable() {}

  /// One line for each vote, and what waits for the owner below it.
  static void list(JsonNode document, PrintWriter out) {
    JsonNode votes = document.path("votes");
    if (votes.isEmpty()) {
      out.println("There are no votes.");
    } else {
      out.println(row("VOTE", "STEP", "LEFT", "BALLOTS", "CANDIDATES"));
    }
    for (JsonNode vote : votes) {
      List<String> names = new ArrayList<>();
      vote.path("candidates").forEach(one -> names.add(one.path("name").asText()));
      out.println(
          row(
              vote.path("short").asText(),
              vote.path("step").asText(),
              left(vote),
              vote.path("ballots_sealed").size() + "/" + vote.path("voters").asInt(),
              printable(String.join(", ", names))));
      vote.path("own").forEach(line -> out.println("    " + printable(line.asText())));
    }
    if (document.has("serving")) {
      out.println("This node: " + printable(document.path("serving").asText()));
    }
  }

  private static String row(String vote, String step, String left, String ballots, String names) {
    return String.format(
        Locale.ROOT, "%-12s  %-15s  %-8s  %-7s  %s", vote, step, left, ballots, names);
  }

  private static String left(JsonNode vote) {
    return vote.has("seconds_left") ? span(vote.path("seconds_left").asLong()) : "-";
  }

  /// A time in its two largest units.
  static String span(long seconds) {
    if (seconds < MINUTE) {
      return seconds + "s";
    }
    if (seconds < HOUR) {
      return "%dm%02ds".formatted(seconds / MINUTE, seconds % MINUTE);
    }
    if (seconds < DAY) {
      return "%dh%02dm".formatted(seconds / HOUR, seconds % HOUR / MINUTE);
    }
    return "%dd%02dh".formatted(seconds / DAY, seconds % DAY / HOUR);
  }

  /// All of one vote.
  static void show(JsonNode vote, PrintWriter out) {
    line(out, "vote", vote.path("vote").asText());
    line(
        out,
        "step",
        vote.path("step").asText()
            + (vote.has("seconds_left") ? ", " + left(vote) + " left" : "")
            + (vote.has("stage") ? ", stage " + vote.path("stage").asText() : ""));
    line(out, "next", vote.path("next").asText());
    vote.path("candidates").forEach(one -> candidate(one, vote.path("voters").asInt(), out));
    line(out, "ballots", taken(vote, "ballots_sealed", "sealed"));
    line(out, "", taken(vote, "ballots_opened", "opened"));
    if (!vote.path("ready").isEmpty()) {
      line(out, "ready", taken(vote, "ready", "ready"));
    }
    if (vote.has("winner_name")) {
      line(out, "winner", vote.path("winner_name").asText());
    }
    vote.path("sentences").forEach(why -> line(out, "why", why.asText()));
    if (!vote.path("may_vote").asBoolean()) {
      line(out, "this node", "It was not among the voters when this vote began.");
    }
    vote.path("own").forEach(own -> line(out, "this node", own.asText()));
    if (vote.has("own_ballot")) {
      line(out, "your ballot", vote.path("own_ballot").asText());
    }
  }

  private static String taken(JsonNode vote, String field, String word) {
    List<String> nodes = new ArrayList<>();
    vote.path(field).forEach(node -> nodes.add(node.asText()));
    return "%d of %d %s%s"
        .formatted(
            nodes.size(),
            vote.path("voters").asInt(),
            word,
            nodes.isEmpty() ? "" : ": " + String.join(" ", nodes));
  }

  private static void candidate(JsonNode one, int voters, PrintWriter out) {
    line(
        out,
        "candidate",
        "%s  (proposal %s, %s, %.1f MiB, %s change)"
            .formatted(
                one.path("name").asText(),
                one.path("short").asText(),
                one.path("licence").asText(),
                one.path("bytes").asLong() / 1048576.0,
                one.path("change").asText()));
    if (!one.path("sponsored").asBoolean()) {
      line(out, "", "%d sponsors, not enough yet".formatted(one.path("sponsors").size()));
      return;
    }
    line(
        out,
        "",
        "reports of %d voters: %d sealed, %d opened"
            .formatted(
                voters, one.path("reports_sealed").size(), one.path("reports_opened").size()));
    if (one.has("measured")) {
      JsonNode measured = one.path("measured");
      line(
          out,
          "",
          "%.1f %% right, energy %s, latency %s, speed %s, %d MiB"
              .formatted(
                  measured.path("accuracy_permille").asInt() / 10.0,
                  ratio(measured.path("energy_permille")),
                  ratio(measured.path("latency_permille")),
                  ratio(measured.path("speed_permille")),
                  measured.path("vram_mib").asLong()));
      measured.path("failed").forEach(why -> line(out, "", "does not pass: " + why.asText()));
      measured.path("labels").forEach(label -> line(out, "", "note: " + label.asText()));
    }
  }

  /// A median against the model in use and its 95 % interval.
  private static String ratio(JsonNode interval) {
    return interval.isEmpty()
        ? "unknown"
        : String.format(
            Locale.ROOT,
            "%.0f %% (%.0f to %.0f)",
            interval.path(0).asInt() / 10.0,
            interval.path(1).asInt() / 10.0,
            interval.path(2).asInt() / 10.0);
  }

  private static void line(PrintWriter out, String label, String value) {
    out.println(String.format(Locale.ROOT, "%-12s %s", label, printable(value)));
  }

  /// Text without what steers a terminal; it may come from others' records.
  static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", " ");
  }
}
