// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.governance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.ledger.DiskStorage;
import org.peermind.ledger.LedgerAudit;
import org.peermind.protocol.IdentityKey;
import org.peermind.protocol.governance.Digest;

/// A real process that writes the ledger is killed 50 times while it writes: each start finds the
/// files good, and nothing acknowledged is lost.
@Timeout(240)
@Tag("long")
final class LedgerKillIT {
  private static final int KILLS = 50;
  private static final int CHECK_EVERY = 5;
  private static final String ACKNOWLEDGED = "[0-9]+ [0-9a-f]{64}";
  private static final int LINES_BEFORE_MAX = 14;
  private static final long SEED = 1;

  /// As long as a group of records takes, so that every step of writing it is hit.
  private static final int SPREAD_NANOS = 5_000_000;

  @TempDir private Path directory;

  private final Random random = new Random(SEED);
  private final Map<Long, String> acknowledged = new HashMap<>();

  @Test
  void losesNothingAcknowledged_whenItsProcessIsKilledFiftyTimes() throws Exception {
    Path key = directory.resolve("key");
    Files.writeString(key, IdentityKey.generate(new SecureRandom()).toSecretText());
    Path ledger = directory.resolve("ledger");
    long beyond = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      killWhileItWrites(key, ledger);
      // The next start reads the files anyway; what it lost would stay lost.
      if (kill % CHECK_EVERY == CHECK_EVERY - 1) {
        beyond += check(ledger, "after kill " + kill);
      }
    }
    assertThat(acknowledged).hasSizeGreaterThan(KILLS * 5);
    // Those without a checkpoint show that the kills hit the midst of writing.
    System.out.printf(
        "%d kills: %d records acknowledged, %d entries were seen without a checkpoint%n",
        KILLS, acknowledged.size(), beyond);
  }

  private void killWhileItWrites(Path key, Path ledger) throws Exception {
    Process child = start(key, ledger);
    int lines = random.nextInt(LINES_BEFORE_MAX) + 1;
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
      for (int line = 0; line < lines; line++) {
        take(out.readLine());
      }
      LockSupport.parkNanos(random.nextInt(SPREAD_NANOS));
      child.toHandle().destroyForcibly(); // which leaves the stream open
      // What it said before it was killed counts too; a torn last line was not said.
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.matches(ACKNOWLEDGED)) {
          take(line);
        }
      }
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private void take(String line) {
    assertThat(line).matches(ACKNOWLEDGED);
    String[] words = line.split(" ", 2);
    String before = acknowledged.put(Long.parseLong(words[0]), words[1]);
    assertThat(before).as("acknowledged twice: " + line).isNull();
  }

  private Process start(Path key, Path ledger) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx96m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:-UsePerfData",
            "-XX:+DisplayVMOutputToStderr",
            "--sun-misc-unsafe-memory-access=allow",
            "-cp",
            System.getProperty("java.class.path"),
            LedgerChild.class.getName(),
            key.toString(),
            ledger.toString()));
    return new ProcessBuilder(command).redirectError(directory.resolve("stderr").toFile()).start();
  }

  /// Everything that was acknowledged is there, under a checkpoint that covers it.
  private long check(Path ledger, String when) throws Exception {
    Map<Long, String> found = new HashMap<>();
    LedgerAudit audit =
        LedgerAudit.of(
            DiskStorage.forReading(ledger),
            Optional.empty(),
            entry -> found.put(entry.index(), Digest.of(entry.record()).hex()));
    assertThat(found).as(when).containsAllEntriesOf(acknowledged);
    return audit.beyond();
  }
}
