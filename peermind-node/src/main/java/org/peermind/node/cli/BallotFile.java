// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.peermind.voting.PairwiseMatrix.Weighted;
import org.peermind.voting.RankedBallot;
import org.peermind.voting.RankedTally.Ratio;
import org.peermind.voting.RankedTally.Threshold;

/// What `peermind vote tally` reads.
///
/// @param standard the default option
record BallotFile(
    List<String> options,
    OptionalInt standard,
    List<Threshold> thresholds,
    List<Weighted> ballots) {
  private static final int OPTIONS_MAX = 200;
  private static final int NAME_CHARACTERS_MAX = 200;
  private static final int DECIMALS_MAX = 3;
  private static final Ratio SIMPLE = new Ratio(1, 1);

  BallotFile {
    options = List.copyOf(options);
    thresholds = List.copyOf(thresholds);
    ballots = List.copyOf(ballots);
  }

  /// @throws CommandFailed with one sentence when the object is not as it must be
  static BallotFile read(Path file, JsonNode json) throws CommandFailed {
    return new Reading(file, json).all();
  }

  private static final class Reading {
    private final Path file;
    private final JsonNode json;
    private final List<String> options = new ArrayList<>();

    Reading(Path file, JsonNode json) {
      this.file = file;
      this.json = json;
    }

    private CommandFailed wrong(String clause) {
      return new CommandFailed(ExitCode.FAILED, file + ": " + clause + ".");
    }

    BallotFile all() throws CommandFailed {
      readOptions();
      List<Threshold> thresholds = new ArrayList<>();
      for (int option = 0; option < options.size(); option++) {
        thresholds.add(new Threshold(quorum(option), ratio(option)));
      }
      return new BallotFile(options, standard(), thresholds, ballots());
    }

    private void readOptions() throws CommandFailed {
      JsonNode names = json.path("options");
      if (!names.isArray() || names.isEmpty() || names.size() > OPTIONS_MAX) {
        throw wrong("options must be a list of 1 to %d names".formatted(OPTIONS_MAX));
      }
      for (JsonNode name : names) {
        if (!name.isTextual()
            || name.textValue().isBlank()
            || name.textValue().length() > NAME_CHARACTERS_MAX) {
          throw wrong("options[%d] must be a name".formatted(options.size()));
        }
        options.add(name.textValue());
      }
      if (new HashSet<>(options).size() < options.size()) {
        throw wrong("two options have the same name");
      }
    }

    private OptionalInt standard() throws CommandFailed {
      JsonNode given = json.path("default");
      if (given.isMissingNode() || given.isNull()) {
        return OptionalInt.empty();
      }
      int option =
          given.isTextual()
              ? options.indexOf(given.textValue())
              : given.canConvertToInt() && given.isIntegralNumber() ? given.intValue() : -1;
      if (option < 0 || option >= options.size()) {
        throw wrong("default must be the name of one of the options");
      }
      return OptionalInt.of(option);
    }

    /// What a field says about an option: it may hold one value for all, a list, or an object.
    private JsonNode of(String field, int option) throws CommandFailed {
      JsonNode given = json.path(field);
      if (given.isArray()) {
        if (given.size() != options.size()) {
          throw wrong("%s must have a value for each option".formatted(field));
        }
        return given.path(option);
      }
      if (given.isObject()) {
        for (Iterator<String> names = given.fieldNames(); names.hasNext(); ) {
          String name = names.next();
          if (!options.contains(name)) {
            throw wrong("%s names '%s', which is no option".formatted(field, shown(name)));
          }
        }
        return given.path(options.get(option));
      }
      return given;
    }

    private static String shown(String name) {
      return name.length() <= NAME_CHARACTERS_MAX ? name : name.substring(0, NAME_CHARACTERS_MAX);
    }

    private long quorum(int option) throws CommandFailed {
      JsonNode given = of("quorum", option);
      if (given.isMissingNode() || given.isNull()) {
        return 0;
      }
      // A quorum such as 47.7 is reached by 48 and not by 47.
      BigDecimal quorum = given.isNumber() ? given.decimalValue() : BigDecimal.ONE.negate();
      if (quorum.signum() < 0 || quorum.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
        throw wrong("the quorum of '%s' must be a number from 0".formatted(options.get(option)));
      }
      return quorum.setScale(0, RoundingMode.CEILING).longValueExact();
    }

    private Ratio ratio(int option) throws CommandFailed {
      JsonNode given = of("ratio", option);
      if (given.isMissingNode() || given.isNull()) {
        return SIMPLE;
      }
      try {
        if (given.isTextual() && given.textValue().matches("[0-9]{1,7}:[0-9]{1,7}")) {
          String[] parts = given.textValue().split(":", 2);
          return new Ratio(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
        }
        if (given.isNumber()
            && given.decimalValue().precision() < 16
            && given.decimalValue().scale() <= DECIMALS_MAX) {
          BigDecimal thousandths = given.decimalValue().movePointRight(DECIMALS_MAX);
          return reduced(thousandths.longValueExact(), 1_000);
        }
      } catch (IllegalArgumentException | ArithmeticException outOfRange) {
        throw wrong(
            "the ratio of '%s' is out of range: %s"
                .formatted(options.get(option), String.valueOf(outOfRange.getMessage())));
      }
      throw wrong(
          "the ratio of '%s' must be a number with at most %d decimals, or as in \"3:1\""
              .formatted(options.get(option), DECIMALS_MAX));
    }

    private static Ratio reduced(long supporting, long opposing) {
      long divisor =
          BigInteger.valueOf(supporting).gcd(BigInteger.valueOf(opposing)).longValueExact();
      return new Ratio(supporting / divisor, opposing / divisor);
    }

    private List<Weighted> ballots() throws CommandFailed {
      JsonNode given = json.path("ballots");
      if (!given.isArray()) {
        throw wrong("ballots must be a list");
      }
      List<Weighted> ballots = new ArrayList<>();
      for (JsonNode ballot : given) {
        ballots.add(ballot(ballot, ballots.size()));
      }
      return ballots;
    }

    private Weighted ballot(JsonNode ballot, int number) throws CommandFailed {
      JsonNode ranks = ballot.path("ranks");
      if (!ranks.isArray() || ranks.size() != options.size()) {
        throw wrong("ballots[%d].ranks must have a rank or null for each option".formatted(number));
      }
      List<Optional<Integer>> ranked = new ArrayList<>();
      for (JsonNode rank : ranks) {
        if (rank.isNull()) {
          ranked.add(Optional.empty());
        } else if (rank.isIntegralNumber() && rank.canConvertToInt() && rank.intValue() >= 1) {
          ranked.add(Optional.of(rank.intValue()));
        } else {
          throw wrong("ballots[%d].ranks must be whole numbers from 1, or null".formatted(number));
        }
      }
      JsonNode count = ballot.path("count");
      if (!count.isMissingNode()
          && (!count.isIntegralNumber() || !count.canConvertToLong() || count.longValue() < 0)) {
        throw wrong("ballots[%d].count must be a whole number from 0".formatted(number));
      }
      return new Weighted(new RankedBallot(ranked), count.isMissingNode() ? 1 : count.longValue());
    }
  }
}
