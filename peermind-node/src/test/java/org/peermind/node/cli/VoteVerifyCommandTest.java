// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.ledger.DiskStorage;
import org.peermind.node.governance.VotedLedger;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Certificate;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Sponsor;

/// `peermind vote verify` over the files of a ledger: the writer is believed nothing.
final class VoteVerifyCommandTest {
  @TempDir private Path home;

  private final VotedLedger ledger = new VotedLedger();

  private record Ran(int exit, String out, String err) {}

  private Ran verify(List<SignedEnvelope> more, String... options) throws Exception {
    Path own = home.resolve("ledger").resolve("own");
    ledger.write(DiskStorage.forWriting(own), more);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    String[] arguments = new String[4 + options.length];
    System.arraycopy(
        new String[] {"vote", "verify", "--home", home.toString()}, 0, arguments, 0, 4);
    System.arraycopy(options, 0, arguments, 4, options.length);
    int exit = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    return new Ran(exit, out.toString(), err.toString());
  }

  @Test
  void recountsAVote_andFindsItsCertificateRight() throws Exception {
    Digest vote = ledger.voted("better", 2);
    ledger.add(ledger.due(vote).sign(ledger.writer));

    Ran ran = verify(List.of());

    assertThat(ran.exit()).as(ran.err()).isZero();
    assertThat(ran.out())
        .contains("Verified: 16 entries of peermind/garden follow the network's rules, with 1 vote")
        .contains("Vote " + vote.shortText() + " (better), from entry 1: started")
        .contains("ballots: 3 sealed, 3 opened, of 3 voters")
        .contains("better against keeping the model: heads 2 to 1, capacity 2.00 to 1.00")
        .contains("recount: adopt better")
        .contains("certificate: entry 15 says the same");
  }

  @Test
  void saysSo_whileACertificateIsNotThere() throws Exception {
    ledger.voted("better", 1);

    JsonNode document = new ObjectMapper().readTree(verify(List.of(), "--json").out());

    JsonNode row = document.path("votes").path(0);
    assertThat(row.path("step").asText()).isEqualTo("BALLOTS_OPENING");
    assertThat(row.path("options").toString()).isEqualTo("[\"better\"]");
    assertThat(row.has("certificate")).isFalse();
    assertThat(document.path("writer").asText()).isEqualTo(ledger.writer.id().toString());
  }

  @Test
  void namesACertificate_thatSaysSomethingElse() throws Exception {
    Digest vote = ledger.voted("better", 1);
    Certificate due = ledger.due(vote);
    Certificate lie = new Certificate(vote, due.roll(), Optional.of(vote), due.beacon());

    Ran ran = verify(List.of(lie.sign(ledger.writer)));

    assertThat(ran.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err())
        .contains("Entry 15 (certificate) says \"adopt better\", a recount gives \"keep the model")
        .hasLineCount(1);
  }

  @Test
  void namesTheFirstEntry_thatTheRulesForbid() throws Exception {
    Digest vote = ledger.voted("better", 2);
    SignedEnvelope late = new Sponsor(vote).sign(ledger.voters.get(2));

    Ran ran = verify(List.of(late, ledger.due(vote).sign(ledger.writer)));

    assertThat(ran.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(ran.err())
        .contains("Entry 15 (sponsor) is against the network's rules: The time of sponsors is over")
        .hasLineCount(1);
  }
}
