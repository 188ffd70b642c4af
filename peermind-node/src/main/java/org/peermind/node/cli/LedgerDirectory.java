// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.peermind.ledger.DiskStorage;
import org.peermind.ledger.LedgerAudit;
import org.peermind.ledger.LedgerEntry;
import org.peermind.ledger.LedgerException;
import org.peermind.ledger.NoteKey;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The files of a ledger on the command line, recomputed before anything is said about them.
final class LedgerDirectory {
  @Mixin private HomeOption home;

  @Parameters(
      paramLabel = "DIR",
      arity = "0..1",
      description = "The directory of the ledger; this node's when left out.")
  private Path given;

  @Option(
      names = "--key",
      paramLabel = "NAME+HASH+BASE64",
      description =
          "The referee's key, as you know it from elsewhere; else that in DIR is trusted.")
  private String key;

  /// Where the files are.
  Path path() {
    if (given != null) {
      return given;
    }
    Path ledger = home.home().ledgerDirectory();
    Path own = ledger.resolve("own");
    return Files.isDirectory(own) ? own : ledger.resolve("copy");
  }

  LedgerAudit audit(Consumer<LedgerEntry> entries) throws CommandFailed {
    Path directory = path();
    try {
      Optional<NoteKey> expected = key == null ? Optional.empty() : Optional.of(NoteKey.parse(key));
      return LedgerAudit.of(DiskStorage.forReading(directory), expected, entries);
    } catch (LedgerException wrong) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "%s does not verify: %s.".formatted(directory, wrong.getMessage()),
          wrong);
    } catch (IOException unreadable) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "%s cannot be read (%s); check the path.".formatted(directory, unreadable.getMessage()),
          unreadable);
    }
  }
}
