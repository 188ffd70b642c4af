// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.concurrent.Callable;
import org.peermind.ledger.LedgerAudit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind ledger verify`: recomputes a ledger from its files.
@Command(
    name = "verify",
    description = {
      "Recomputes a ledger from its files: checksums, tree, checkpoint and every signature.",
      "Exits with 1 and one sentence at the first thing that is wrong."
    },
    mixinStandardHelpOptions = true)
final class LedgerVerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private LedgerDirectory directory;

  @Option(names = "--json", description = "Prints the facts as JSON.")
  private boolean json;

  @Override
  public Integer call() throws CommandFailed {
    LedgerAudit audit = directory.audit(_ -> {});
    String text =
        json
            ? new ObjectMapper()
                .createObjectNode()
                .put("origin", audit.checkpoint().origin())
                .put("size", audit.checkpoint().size())
                .put("root", audit.checkpoint().root().base64())
                .put("at", audit.at().toString())
                .put("key", audit.key().toString())
                .put("beyond", audit.beyond())
                .put("torn", audit.isTorn())
                .toPrettyString()
            : "Verified: %d entries of %s with the root %s, signed at %s by %s.%s"
                .formatted(
                    audit.checkpoint().size(),
                    audit.checkpoint().origin(),
                    audit.checkpoint().root(),
                    audit.at(),
                    audit.key(),
                    beyond(audit));
    spec.commandLine().getOut().println(text);
    return ExitCode.DONE;
  }

  private static String beyond(LedgerAudit audit) {
    if (audit.beyond() == 0 && !audit.isTorn()) {
      return "";
    }
    return " Beyond it lie %d entries that are not acknowledged%s."
        .formatted(audit.beyond(), audit.isTorn() ? " and a torn one" : "");
  }
}
