// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The count of votes as an outsider types it.
final class VoteCommandTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;

  private record Ran(int exit, String out, String err) {}

  private Ran tally(String json) throws Exception {
    Path file = Files.writeString(directory.resolve("ballots.json"), json);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        Main.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "vote",
            "tally",
            file.toString());
    return new Ran(exit, out.toString(), err.toString());
  }

  private JsonNode counted(String json) throws Exception {
    Ran ran = tally(json);
    assertThat(ran.exit()).as(ran.err()).isZero();
    return JSON.readTree(ran.out());
  }

  @Test
  void printsMatrixDroppedAndWinners() throws Exception {
    JsonNode result =
        counted(
            """
            {"options": ["new", "other", "KEEP"], "default": "KEEP",
             "ballots": [
               {"ranks": [1, 2, 3], "count": 12},
               {"ranks": [2, null, 1], "count": 5},
               {"ranks": [null, 1, 1]}],
             "quorum": 4.5, "ratio": {"new": "2:1", "other": 3.5}}
            """);

    assertThat(result.path("pairwise").toString()).isEqualTo("[[0,17,12],[1,0,12],[6,5,0]]");
    assertThat(result.path("dropped").size()).isEqualTo(1);
    assertThat(result.path("dropped").path(0).path("option").asText()).isEqualTo("other");
    assertThat(result.path("dropped").path(0).path("missed").asText()).isEqualTo("ratio");
    assertThat(result.path("winners").toString()).isEqualTo("[\"new\"]");
  }

  @Test
  void countsWithoutADefault_andPrintsEveryTiedWinner() throws Exception {
    JsonNode result =
        counted(
            """
            {"options": ["a", "b", "c"],
             "ballots": [{"ranks": [1, 1, 2], "count": 3}, {"ranks": [2, 2, 1], "count": 2}]}
            """);

    assertThat(result.path("default").isNull()).isTrue();
    assertThat(result.path("winners").toString()).isEqualTo("[\"a\",\"b\"]");
  }

  @Test
  void keepsTheDefault_whenNobodyVotes() throws Exception {
    JsonNode result = counted("{\"options\": [\"a\", \"K\"], \"default\": \"K\", \"ballots\": []}");

    assertThat(result.path("winners").toString()).isEqualTo("[\"K\"]");
  }

  @Test
  void refusesWhatCannotBeCounted_inOneSentence() throws Exception {
    refused("{}", "options must be a list of 1 to 200 names.");
    refused("{\"options\": [\"a\", \"a\"]}", "two options have the same name.");
    refused(
        "{\"options\": [\"a\"], \"default\": \"b\"}",
        "default must be the name of one of the options.");
    refused("{\"options\": [\"a\"]}", "ballots must be a list.");
    refused(
        "{\"options\": [\"a\", \"b\"], \"ballots\": [{\"ranks\": [1]}]}",
        "ballots[0].ranks must have a rank or null for each option.");
    refused(
        "{\"options\": [\"a\"], \"ballots\": [{\"ranks\": [1]}, {\"ranks\": [0]}]}",
        "ballots[1].ranks must be whole numbers from 1, or null.");
    refused(
        "{\"options\": [\"a\"], \"ballots\": [{\"ranks\": [1.5]}]}",
        "ballots[0].ranks must be whole numbers from 1, or null.");
    refused(
        "{\"options\": [\"a\"], \"ballots\": [{\"ranks\": [1], \"count\": -1}]}",
        "ballots[0].count must be a whole number from 0.");
    refused(
        "{\"options\": [\"a\"], \"ballots\": [], \"quorum\": {\"z\": 1}}",
        "quorum names 'z', which is no option.");
    refused(
        "{\"options\": [\"a\"], \"ballots\": [], \"ratio\": [1, 2]}",
        "ratio must have a value for each option.");
    refused("{\"options\": [\"a\"], \"ballots\": [], \"ratio\": \"0:1\"}", "the ratio of 'a'");
    refused("{\"options\": [\"a\"], \"ballots\": [], \"ratio\": 1e99}", "the ratio of 'a'");
    refused("{\"options\": [\"a\"], \"ballots\": [], \"quorum\": -1}", "the quorum of 'a'");
    refused(
        """
        {"options": ["a", "b"], "ballots": [
          {"ranks": [1, 2], "count": 9223372036854775807}, {"ranks": [1, 2]}]}
        """,
        "has more ballots than can be counted.");
  }

  private void refused(String json, String sentence) throws Exception {
    Ran ran = tally(json);
    assertThat(ran.exit()).as(json).isEqualTo(ExitCode.FAILED);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).contains(sentence).hasLineCount(1);
  }
}
