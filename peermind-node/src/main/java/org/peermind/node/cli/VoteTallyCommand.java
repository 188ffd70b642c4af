// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.peermind.voting.RankedTally;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind vote tally`: counts ranked ballots that anybody wrote down.
@Command(
    name = "tally",
    description = {
      "Counts ranked ballots by the Schulze method and prints the result as JSON. The file:",
      "  options  the names",
      "  default  the option that stays when no other is good enough; may be left out",
      "  ballots  [{\"ranks\": [1, 2, null], \"count\": 12}, ...]; equal ranks are allowed, an",
      "           option without a rank (null) is below all that have one",
      "  quorum   how many must prefer an option to the default: a number for all, a list in the",
      "           order of the options, or an object by name; 0 when left out",
      "  ratio    how many times the votes against it that must be, in the same forms, as in 3 or",
      "           \"3:1\"; 1 when left out, and then more are asked than against it",
      "Of winning votes the stronger defeat is that with fewer against it. Tied options are all",
      "printed as winners."
    },
    mixinStandardHelpOptions = true)
final class VoteTallyCommand implements Callable<Integer> {
  private static final int FILE_BYTES_MAX = 16 << 20;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE.json", description = "Options and ballots.")
  private Path file;

  @Override
  public Integer call() throws CommandFailed {
    BallotFile ballots = BallotFile.read(file, JsonFile.object(file, FILE_BYTES_MAX));
    RankedTally tally;
    try {
      tally = RankedTally.of(ballots.thresholds(), ballots.standard(), ballots.ballots());
    } catch (ArithmeticException tooLarge) {
      throw new CommandFailed(
          ExitCode.FAILED, file + " has more ballots than can be counted.", tooLarge);
    }
    spec.commandLine().getOut().println(json(ballots, tally).toPrettyString());
    return ExitCode.DONE;
  }

  private static ObjectNode json(BallotFile ballots, RankedTally tally) {
    ObjectNode result = new ObjectMapper().createObjectNode();
    ArrayNode options = result.putArray("options");
    ballots.options().forEach(options::add);
    OptionalInt standard = ballots.standard();
    result.put("default", standard.isPresent() ? ballots.options().get(standard.getAsInt()) : null);
    ArrayNode matrix = result.putArray("pairwise");
    tally
        .matrix()
        .rows()
        .forEach(
            row -> {
              ArrayNode line = matrix.addArray();
              row.forEach(line::add);
            });
    ArrayNode dropped = result.putArray("dropped");
    tally
        .dropped()
        .forEach(
            option ->
                dropped
                    .addObject()
                    .put("option", ballots.options().get(option.option()))
                    .put(
                        "missed",
                        switch (option.cause()) {
                          case RankedTally.Cause.Quorum _ -> "quorum";
                          case RankedTally.Cause.Majority _ -> "ratio";
                        })
                    .put("reason", option.reason()));
    ArrayNode winners = result.putArray("winners");
    tally.winners().forEach(winner -> winners.add(ballots.options().get(winner)));
    return result;
  }
}
