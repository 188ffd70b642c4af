// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.peermind.ledger.DiskStorage;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.NetworkName;
import org.peermind.protocol.Role;
import org.peermind.protocol.SignedEnvelope;
import org.peermind.protocol.governance.Digest;
import org.peermind.protocol.governance.Genesis;
import org.peermind.protocol.governance.Rules;
import org.peermind.protocol.governance.Vouch;

/// A process that writes a ledger by several threads, and prints the index and the name of each
/// record once it is acknowledged. It is ended by being killed.
final class LedgerChild {
  static final NetworkName NETWORK = new NetworkName("garden");
  private static final int THREADS = 4;

  /// More are not needed before the kill, and a roll has an end.
  private static final int RECORDS_OF_A_THREAD = 5;

  private LedgerChild() {}

  /// @param arguments the file with the writer's key, and the directory of the ledger
  public static void main(String[] arguments) throws Exception {
    IdentityKey key = IdentityKey.ofSecretText(Files.readString(Path.of(arguments[0])).strip());
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    try (LedgerWriter writer =
        LedgerWriter.open(
            DiskStorage.forWriting(Path.of(arguments[1])), NETWORK, key, InstantSource.system())) {
      if (writer.governance().isEmpty()) {
        say(out, writer, genesis(key).sign(key));
      }
      Digest genesis = writer.governance().orElseThrow().genesis();
      SecureRandom random = new SecureRandom();
      for (int thread = 0; thread < THREADS; thread++) {
        Thread.ofPlatform()
            .start(
                () -> {
                  for (int record = 0; record < RECORDS_OF_A_THREAD; record++) {
                    IdentityKey newcomer = IdentityKey.generate(random);
                    say(out, writer, new Vouch(genesis, newcomer.id(), Role.LIGHT_USER).sign(key));
                  }
                });
      }
      new CountDownLatch(1).await();
    }
  }

  private static Genesis genesis(IdentityKey key) {
    return new Genesis(
        NETWORK,
        List.of(key.id()),
        Rules.bootstrap(List.of("Apache-2.0")),
        Optional.of(new ModelHash("0".repeat(64))));
  }

  private static void say(PrintStream out, LedgerWriter writer, SignedEnvelope record) {
    try {
      switch (writer.submit(record)) {
        case NetworkLedger.Submitted.Accepted(long index) ->
            out.println(index + " " + Digest.of(record));
        case NetworkLedger.Submitted.Refused(String reason) -> out.println("refused " + reason);
        case NetworkLedger.Submitted.Unknown(String reason) -> out.println("unknown " + reason);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
