// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.federated;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Locale;
import org.peermind.federated.round.Round;
import org.peermind.protocol.federated.RoundDescriptor;
import org.peermind.protocol.federated.RoundEvaluation;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.UpdateCheckpoint;

/// Rounds as JSON, for the owner's pages and commands. Members are named by their node; nothing of
/// what they trained on is known here.
public final class RoundDocuments {
  private static final double MICRO = 1e6;

  private RoundDocuments() {}

  /// A round as far as its transcript goes.
  public static void fill(ObjectNode row, Round round) {
    RoundDescriptor descriptor = round.descriptor();
    row.put("number", descriptor.number())
        .put("round", round.id().hex())
        .put("head", round.head().hex())
        .put("step", round.step().name().toLowerCase(Locale.ROOT))
        .put("base", descriptor.base().hex())
        .put("coordinates", descriptor.subspace().length())
        .put("rank", descriptor.subspace().rank())
        .put("rule", descriptor.rule().kind().name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .put("aggregator", round.aggregator().toString())
        .put("opened", descriptor.timetable().opened().toString());
    Instant until = round.until();
    if (!until.equals(Instant.MIN)) {
      row.put("until", until.toString());
    }
    row.put("enrolled", round.enrolled().size())
        .put("trained", round.commits().size())
        .put("updates", round.updates().size())
        .put("evaluations", round.evaluations().size());
    round.aggregate().ifPresent(made -> row.put("adapter", made.adapter().hex()));
    members(row.putArray("members"), round);
    round
        .end()
        .ifPresent(
            end ->
                row.put("end", end.end().name().toLowerCase(Locale.ROOT))
                    .put("reason", end.reason()));
  }

  private static void members(ArrayNode array, Round round) {
    round.enrolled().keySet().stream()
        .sorted()
        .forEach(
            member -> {
              ObjectNode row = array.addObject().put("node", member.toString());
              row.put("weight", round.weight(member));
              var commit = round.commits().get(member);
              if (commit != null) {
                row.put("steps", commit.training().steps())
                    .put("tokens", commit.training().tokens())
                    .put("first_loss", commit.training().firstLossMicro() / MICRO)
                    .put("last_loss", commit.training().lastLossMicro() / MICRO);
              }
              row.put("gave_update", round.updates().containsKey(member));
              round
                  .aggregate()
                  .ifPresent(
                      made ->
                          made.exclusions().stream()
                              .filter(one -> one.member().equals(member))
                              .forEach(
                                  one ->
                                      row.put(
                                          "excluded",
                                          one.fault().name().toLowerCase(Locale.ROOT))));
              RoundEvaluation word = round.evaluations().get(member);
              if (word != null) {
                fill(row.putObject("evaluation"), word);
              }
            });
  }

  private static void fill(ObjectNode row, RoundEvaluation word) {
    row.put("passed", word.passed()).put("items", word.items());
    if (word.parentLossMicro() != RoundEvaluation.NO_LOSS) {
      row.put("parent_loss", word.parentLossMicro() / MICRO);
    }
    if (word.lossMicro() != RoundEvaluation.NO_LOSS) {
      row.put("loss", word.lossMicro() / MICRO);
    }
    ArrayNode reasons = row.putArray("reasons");
    word.reasons().forEach(reasons::add);
  }

  /// The update in use.
  public static void fill(ObjectNode row, UpdateCheckpoint checkpoint) {
    row.put("number", checkpoint.number())
        .put("base", checkpoint.base().hex())
        .put("bytes", checkpoint.adapterBytes())
        .put("transcript", checkpoint.transcript().hex())
        .put("reason", checkpoint.reason());
    checkpoint.adapter().map(Digest::hex).ifPresent(adapter -> row.put("adapter", adapter));
  }
}
