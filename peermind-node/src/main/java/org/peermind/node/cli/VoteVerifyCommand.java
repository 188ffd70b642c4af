// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.peermind.ledger.LedgerAudit;
import org.peermind.node.governance.VoteRecount;
import org.peermind.protocol.ModelHash;
import org.peermind.voting.DoubleMajority;
import org.peermind.voting.Governance;
import org.peermind.voting.PairwiseMatrix;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind vote verify`: recounts every vote from the ledger's files alone.
@Command(
    name = "verify",
    description = {
      "Verifies a ledger, replays the network's rules over it and recounts every vote.",
      "Exits with 1 and one sentence at the first entry that is against the rules, or whose",
      "certificate says something else than the recount."
    },
    mixinStandardHelpOptions = true)
final class VoteVerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private LedgerDirectory directory;

  @Option(names = "--json", description = "Prints the facts as JSON.")
  private boolean json;

  @Override
  public Integer call() throws CommandFailed {
    VoteRecount recount = new VoteRecount();
    LedgerAudit audit = directory.audit(recount::take);
    Optional<String> wrong = recount.wrong(audit.key());
    if (wrong.isPresent()) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "%s does not hold the votes of its network: %s".formatted(directory.path(), wrong.get()));
    }
    if (json) {
      spec.commandLine().getOut().println(document(audit, recount).toPrettyString());
    } else {
      print(audit, recount, spec.commandLine().getOut());
    }
    return ExitCode.DONE;
  }

  private static void print(LedgerAudit audit, VoteRecount recount, PrintWriter out) {
    List<VoteRecount.Vote> votes = recount.votes();
    out.printf(
        "Verified: %d entries of %s follow the network's rules, with %d votes.%n",
        audit.checkpoint().size(), audit.checkpoint().origin(), votes.size());
    recount
        .governance()
        .flatMap(Governance::incumbent)
        .ifPresent(model -> out.println("Model in use: " + model.hex()));
    votes.forEach(vote -> print(vote, out));
  }

  private static void print(VoteRecount.Vote vote, PrintWriter out) {
    out.printf(
        "%nVote %s (%s), from entry %d: %s%n",
        vote.id().shortText(), vote.name(), vote.begun(), step(vote));
    out.printf(
        "  ballots: %d sealed, %d opened, of %d voters%n",
        vote.view().ballotsSealed(), vote.view().ballotsOpened(), vote.view().voters());
    if (vote.result().isPresent()) {
      for (int option = 0; option < vote.candidates().size(); option++) {
        out.printf(
            "  %s against keeping the model: heads %s, capacity %s%n",
            vote.candidates().get(option),
            pair(vote.result().get().heads(), option, 0, 1),
            pair(vote.result().get().capacity(), option, 2, 1e6));
      }
      out.printf("  recount: %s%n", outcome(vote));
      out.println(
          vote.certificate().isPresent()
              ? "  certificate: entry %d says the same".formatted(vote.certificate().get())
              : "  certificate: none in the ledger yet");
    }
    vote.view().sentences().forEach(sentence -> out.println("  " + sentence));
  }

  private static String step(VoteRecount.Vote vote) {
    return vote.view().step().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String outcome(VoteRecount.Vote vote) {
    return vote.winner().map(name -> "adopt " + name).orElse("keep the model in use");
  }

  /// For and against; `KEEP` is the last option. Capacity counts in millionths.
  private static String pair(PairwiseMatrix matrix, int option, int places, double unit) {
    int keep = matrix.options() - 1;
    return "%s to %s"
        .formatted(
            rounded(matrix.preferring(option, keep) / unit, places),
            rounded(matrix.preferring(keep, option) / unit, places));
  }

  private static String rounded(double weight, int places) {
    return BigDecimal.valueOf(weight).setScale(places, RoundingMode.HALF_UP).toPlainString();
  }

  private static ObjectNode document(LedgerAudit audit, VoteRecount recount) {
    ObjectNode document =
        new ObjectMapper()
            .createObjectNode()
            .put("origin", audit.checkpoint().origin())
            .put("size", audit.checkpoint().size())
            .put("root", audit.checkpoint().root().base64())
            .put("key", audit.key().toString());
    recount
        .governance()
        .ifPresent(
            governance ->
                document
                    .put("writer", governance.writer().toString())
                    .put("digest", governance.digest().hex())
                    .put("incumbent", governance.incumbent().map(ModelHash::hex).orElse(null)));
    ArrayNode votes = document.putArray("votes");
    recount.votes().forEach(vote -> fill(votes.addObject(), vote));
    return document;
  }

  private static void fill(ObjectNode row, VoteRecount.Vote vote) {
    row.put("vote", vote.id().hex())
        .put("name", vote.name())
        .put("entry", vote.begun())
        .put("step", vote.view().step().name())
        .put("voters", vote.view().voters())
        .put("ballotsSealed", vote.view().ballotsSealed())
        .put("ballotsOpened", vote.view().ballotsOpened());
    ArrayNode options = row.putArray("options");
    vote.candidates().forEach(options::add);
    if (vote.result().isPresent()) {
      DoubleMajority.Result result = vote.result().get();
      options.add("KEEP");
      row.put("winner", vote.winner().orElse("KEEP"));
      matrix(row.putArray("heads"), result.heads());
      matrix(row.putArray("capacity"), result.capacity());
    }
    vote.certificate().ifPresent(entry -> row.put("certificate", entry));
    ArrayNode sentences = row.putArray("sentences");
    vote.view().sentences().forEach(sentences::add);
  }

  private static void matrix(ArrayNode array, PairwiseMatrix matrix) {
    matrix
        .rows()
        .forEach(
            row -> {
              ArrayNode line = array.addArray();
              row.forEach(line::add);
            });
  }
}
