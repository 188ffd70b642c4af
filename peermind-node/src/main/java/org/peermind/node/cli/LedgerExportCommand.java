// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.peermind.node.governance.LedgerDocuments;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `peermind ledger export`: every record as one line of JSON.
@Command(
    name = "export",
    description = {
      "Verifies a ledger, then prints each entry as one line of JSON:",
      "index, time, type, author and payload (base64)."
    },
    mixinStandardHelpOptions = true)
final class LedgerExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private LedgerDirectory directory;

  @Override
  public Integer call() throws CommandFailed {
    directory.audit(_ -> {});
    PrintWriter out = spec.commandLine().getOut();
    directory.audit(entry -> out.println(LedgerDocuments.entry(entry)));
    return ExitCode.DONE;
  }
}
