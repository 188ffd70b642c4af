// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.Base64;
import java.util.concurrent.Callable;
import org.peermind.ledger.LedgerEntry;
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
    ObjectMapper mapper = new ObjectMapper();
    directory.audit(entry -> out.println(line(mapper, entry)));
    return ExitCode.DONE;
  }

  private static String line(ObjectMapper mapper, LedgerEntry entry) {
    ObjectNode line = mapper.createObjectNode();
    line.put("index", entry.index())
        .put("time", entry.witnessedAt().toString())
        .put("type", entry.type())
        .put("author", entry.record().signer().toString())
        .put(
            "payload",
            Base64.getEncoder().encodeToString(entry.record().wire().getPayload().toByteArray()));
    return line.toString();
  }
}
