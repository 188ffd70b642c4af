// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.peermind.ledger.LedgerReader;
import org.peermind.node.governance.LedgerDocuments;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind ledger proof`: what `peermind ledger check` accepts.
@Command(
    name = "proof",
    description = {
      "Verifies a ledger, then prints a proof that \"peermind ledger check\" accepts:",
      "with --index that an entry is in it, with --from and --to that it only grew."
    },
    mixinStandardHelpOptions = true)
final class LedgerProofCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private LedgerDirectory directory;

  @Option(names = "--index", paramLabel = "N", description = "The entry, from 0.")
  private Long index;

  @Option(names = "--size", paramLabel = "M", description = "Of the tree; else of the checkpoint.")
  private Long size;

  @Option(names = "--from", paramLabel = "A", description = "The smaller size, from 1.")
  private Long from;

  @Option(names = "--to", paramLabel = "B", description = "The larger size.")
  private Long to;

  @Override
  public Integer call() throws CommandFailed {
    boolean isInclusion = index != null && from == null && to == null;
    boolean isConsistency = index == null && size == null && from != null && to != null;
    if (!isInclusion && !isConsistency) {
      throw new CommandFailed(
          ExitCode.WRONG_USAGE, "Say either --index (and --size), or --from and --to.");
    }
    LedgerReader reader = directory.audit(_ -> {}).reader();
    ObjectNode proof =
        isInclusion
            ? inclusion(reader, index, size == null ? reader.size() : size)
            : consistency(reader, from, to);
    spec.commandLine().getOut().println(proof.toPrettyString());
    return ExitCode.DONE;
  }

  private static ObjectNode inclusion(LedgerReader reader, long index, long size)
      throws CommandFailed {
    checkWithin(reader, index >= 0 && index < size && size <= reader.size());
    return LedgerDocuments.inclusion(reader, index, size);
  }

  private static ObjectNode consistency(LedgerReader reader, long from, long to)
      throws CommandFailed {
    checkWithin(reader, from > 0 && from <= to && to <= reader.size());
    return LedgerDocuments.consistency(reader, from, to);
  }

  private static void checkWithin(LedgerReader reader, boolean holds) throws CommandFailed {
    if (!holds) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "The ledger has %d entries and does not reach that far; an index is from 0, a size from 1."
              .formatted(reader.size()));
    }
  }
}
