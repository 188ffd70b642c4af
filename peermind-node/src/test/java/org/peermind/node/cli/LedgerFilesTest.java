// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.ledger.DiskStorage;
import org.peermind.ledger.LedgerRules;
import org.peermind.ledger.LocalLog;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.NodeId;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.UserLease;

/// `peermind ledger verify | proof | export` over the files of a real ledger.
final class LedgerFilesTest {
  private static final Instant NOW = Instant.parse("2026-06-21T10:00:00Z");

  @TempDir private Path directory;

  private record Ran(int exit, String out, String err) {}

  @BeforeEach
  void writeLedger() throws Exception {
    NetworkName network = new NetworkName("garden");
    IdentityKey referee = IdentityKey.generate(new SecureRandom());
    NodeId id = referee.id();
    List<SignedEnvelope> records = new ArrayList<>();
    for (int number = 0; number < 5; number++) {
      records.add(new UserLease(network, id, id, id, NOW.plusSeconds(number)).sign(referee));
    }
    try (LocalLog log =
        LocalLog.open(DiskStorage.forWriting(directory), network, referee, LedgerRules.OPEN, NOW)) {
      log.append(records, NOW);
    }
  }

  private static Ran run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
    return new Ran(exit, out.toString(), err.toString());
  }

  @Test
  void printsProofs_thatCheckAccepts() throws Exception {
    for (List<String> which :
        List.of(List.of("--index", "3"), List.of("--from", "2", "--to", "5"))) {
      List<String> arguments = new ArrayList<>(List.of("ledger", "proof", directory.toString()));
      arguments.addAll(which);
      Ran proof = run(arguments.toArray(String[]::new));
      assertThat(proof.exit()).as(proof.err()).isZero();
      Path file = Files.writeString(directory.resolve("proof.json"), proof.out());
      assertThat(run("ledger", "check", file.toString()).out()).startsWith("Verified:");
    }
    Ran beyond = run("ledger", "proof", directory.toString(), "--index", "5");
    assertThat(beyond.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(beyond.err()).contains("has 5 entries").hasLineCount(1);
    assertThat(run("ledger", "proof", directory.toString()).exit()).isEqualTo(ExitCode.WRONG_USAGE);
  }

  @Test
  void verifiesAndExports_andNamesWhatWasChanged() throws Exception {
    assertThat(run("ledger", "verify", directory.toString()).out())
        .startsWith("Verified: 5 entries of peermind/garden");
    assertThat(run("ledger", "verify", "--json", directory.toString()).out())
        .contains("\"size\" : 5");
    assertThat(run("ledger", "export", directory.toString()).out())
        .hasLineCount(5)
        .contains("\"index\":4,\"time\":\"2026-06-21T10:00:00Z\",\"type\":\"user-lease\"");

    Path segment = directory.resolve("000000000000.log");
    byte[] bytes = Files.readAllBytes(segment);
    bytes[bytes.length - 1] ^= 1;
    Files.write(segment, bytes);
    for (String command : List.of("verify", "export")) {
      Ran changed = run("ledger", command, directory.toString());
      assertThat(changed.exit()).isEqualTo(ExitCode.FAILED);
      assertThat(changed.out()).isEmpty();
      assertThat(changed.err()).contains("000000000000.log: entry 4 is").hasLineCount(1);
    }
  }
}
