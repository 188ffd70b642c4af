// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.peermind.federated.aggregation.Aggregate;
import org.peermind.federated.aggregation.Aggregation;
import org.peermind.federated.aggregation.AggregationRefused;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind federated aggregate`: aggregates vectors that anybody wrote down.
@Command(
    name = "aggregate",
    description = {
      "Aggregates vectors and prints the result, distances and selected indices as JSON. The file:",
      "  vectors    [[0.1, 0.2], ...], all of one length",
      "  weights    one above 0 for each vector; equal when left out",
      "  rule       weighted-mean, trimmed-mean, mixed-trimmed-mean, median, krum, multi-krum,",
      "             geometric-median or centred-clipping",
      "  trim       trimmed-mean, mixed-trimmed-mean: fraction left out on each side, below 0.5",
      "  f          krum, multi-krum: how many vectors may be malicious",
      "  m          multi-krum: how many vectors are averaged",
      "  smoothing  geometric-median: least distance divided by; 1e-6 when left out",
      "  iterations geometric-median (32 when left out), centred-clipping (1)",
      "  radius     centred-clipping: length to which differences from the centre are shortened",
      "  centre     centred-clipping: where it begins; zeros when left out",
      "  clip       norm to which every vector is shortened before; may be left out",
      "The numbers are taken as 32-bit floats. The answer says how ties and counts are decided."
    },
    mixinStandardHelpOptions = true)
final class FederatedAggregateCommand implements Callable<Integer> {
  private static final int FILE_BYTES_MAX = 64 << 20;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE.json", description = "Vectors, rule and its parameters.")
  private Path file;

  @Override
  public Integer call() throws CommandFailed {
    AggregationFile given = AggregationFile.read(file, JsonFile.object(file, FILE_BYTES_MAX));
    Aggregation aggregation = Aggregation.here();
    Aggregate aggregate =
        switch (aggregation.aggregate(
            given.rule(), given.vectors(), given.weights(), given.centre())) {
          case Aggregate made -> made;
          case AggregationRefused(String reason) ->
              throw new CommandFailed(ExitCode.FAILED, file + ": " + reason);
        };
    ObjectNode result = new ObjectMapper().createObjectNode();
    result.put("rule", given.ruleName());
    ArrayNode vector = result.putArray("result");
    for (float coordinate : aggregate.vector()) {
      vector.add(coordinate);
    }
    ArrayNode selected = result.putArray("selected");
    aggregate.selected().forEach(selected::add);
    ArrayNode distances = result.putArray("distances");
    aggregation.distances(aggregate.vector(), given.vectors()).forEach(distances::add);
    if (!aggregate.scores().isEmpty()) {
      ArrayNode scores = result.putArray("scores");
      aggregate.scores().forEach(scores::add);
    }
    if (!given.clipped().isEmpty()) {
      ArrayNode clipped = result.putArray("clipped");
      given.clipped().forEach(clipped::add);
    }
    ArrayNode conventions = result.putArray("conventions");
    given.conventions().forEach(conventions::add);
    spec.commandLine().getOut().println(result.toPrettyString());
    return ExitCode.DONE;
  }
}
