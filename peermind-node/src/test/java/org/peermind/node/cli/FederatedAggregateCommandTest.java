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

/// Aggregation as an outsider types it.
final class FederatedAggregateCommandTest {
  @TempDir private Path directory;

  private record Ran(int exit, String out, String err) {}

  private Ran aggregate(String json) throws Exception {
    Path file = Files.writeString(directory.resolve("vectors.json"), json);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        Main.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "federated",
            "aggregate",
            file.toString());
    return new Ran(exit, out.toString(), err.toString());
  }

  private JsonNode made(String json) throws Exception {
    Ran ran = aggregate(json);
    assertThat(ran.exit()).as(ran.err()).isZero();
    return new ObjectMapper().readTree(ran.out());
  }

  @Test
  void printsResultDistancesScoresAndSelectedIndices() throws Exception {
    JsonNode result = made("{\"vectors\": [[0.2], [0.7], [1.0]], \"rule\": \"krum\", \"f\": 1}");

    assertThat(result.path("result").toString()).isEqualTo("[0.7]");
    assertThat(result.path("selected").toString()).isEqualTo("[1]");
    assertThat(result.path("distances").path(1).doubleValue()).isZero();
    assertThat(result.path("scores").size()).isEqualTo(3);
    assertThat(result.path("conventions").toString())
        .contains("left out by its index", "lowest index", "proof of Krum does not hold");
  }

  @Test
  void takesWeightsClipAndCentre() throws Exception {
    JsonNode mean =
        made(
            "{\"vectors\": [[4], [0]], \"weights\": [3, 1], \"rule\": \"weighted-mean\","
                + " \"clip\": 2}");
    JsonNode clipped =
        made(
            "{\"vectors\": [[4], [2]], \"rule\": \"centred-clipping\", \"radius\": 1,"
                + " \"centre\": [1]}");

    assertThat(mean.path("result").toString()).isEqualTo("[1.5]");
    assertThat(mean.path("clipped").toString()).isEqualTo("[0]");
    assertThat(clipped.path("result").toString()).isEqualTo("[2.0]");
  }

  @Test
  void saysHowManyValuesAreTrimmed() throws Exception {
    JsonNode trimmed =
        made("{\"vectors\": [[1], [2], [3], [9]], \"rule\": \"trimmed-mean\", \"trim\": 0.25}");

    assertThat(trimmed.path("result").toString()).isEqualTo("[2.5]");
    assertThat(trimmed.path("conventions").toString()).contains("floor(trim * n) = 1");

    JsonNode mixed =
        made(
            "{\"vectors\": [[0], [1], [100], [2], [5]], \"rule\": \"mixed-trimmed-mean\","
                + " \"trim\": 0.25}");

    assertThat(mixed.path("result").toString()).isEqualTo("[2.0]");
    assertThat(mixed.path("conventions").toString()).contains("nearest others, 4 in all");
  }

  @Test
  void refusesWrongFiles_inOneSentence() throws Exception {
    refused("{}", "rule must be weighted-mean");
    refused("{\"rule\": \"median\"}", "vectors must be a list of 1 to 256 vectors.");
    refused("{\"rule\": \"median\", \"vectors\": [[\"x\"]]}", "vectors[0][0] must be a finite");
    refused("{\"rule\": \"median\", \"vectors\": [[1e300]]}", "vectors[0][0] must be a finite");
    refused("{\"rule\": \"median\", \"vectors\": [[1], [1, 2]]}", "Vector 1 has 2 coordinates");
    refused("{\"rule\": \"median\", \"vectors\": [[1]], \"f\": 1}", "takes only the fields");
    refused("{\"rule\": \"krum\", \"vectors\": [[1]]}", "the rule krum needs f, a whole number.");
    refused("{\"rule\": \"krum\", \"vectors\": [[1]], \"f\": 1}", "at most 0 may be malicious");
    refused(
        "{\"rule\": \"trimmed-mean\", \"vectors\": [[1]], \"trim\": 0.5}",
        "The trimmed fraction must be from 0 to below 0.5, not 0.5.");
    refused(
        "{\"rule\": \"weighted-mean\", \"vectors\": [[1]], \"weights\": [0]}",
        "weights must be finite and above 0.");
  }

  private void refused(String json, String sentence) throws Exception {
    Ran ran = aggregate(json);
    assertThat(ran.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err()).contains(sentence).hasLineCount(1);
    assertThat(ran.out()).isEmpty();
  }
}
