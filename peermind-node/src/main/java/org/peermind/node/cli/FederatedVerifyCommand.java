// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.peermind.ledger.DiskStorage;
import org.peermind.ledger.LedgerAudit;
import org.peermind.ledger.LedgerEntry;
import org.peermind.ledger.LedgerException;
import org.peermind.model.ModelDigest;
import org.peermind.model.ModelStore;
import org.peermind.model.ModelStoreException;
import org.peermind.node.config.ConfigException;
import org.peermind.node.federated.BaseModels;
import org.peermind.node.federated.RoundCombining;
import org.peermind.node.federated.RoundDocuments;
import org.peermind.node.federated.RoundVerification;
import org.peermind.protocol.ModelHash;
import org.peermind.protocol.ProtocolException;
import org.peermind.protocol.governance.GovernanceRecord;
import org.peermind.protocol.governance.UpdateCheckpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `peermind federated verify`: recomputes rounds from their files alone.
@Command(
    name = "verify",
    description = {
      "Verifies the rounds that this node keeps: every signature, the chain of messages, and the",
      "aggregate and its adapter computed again, bit for bit, from the updates. Compares what the",
      "ledger says. Exits with 1 and one sentence at the first thing that is wrong."
    },
    mixinStandardHelpOptions = true)
final class FederatedVerifyCommand implements Callable<Integer> {
  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Option(
      names = "--rounds",
      paramLabel = "DIR",
      description = "A folder with rounds and blobs; this node's own when left out.")
  private Path folder;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "The model that was trained, when it is not in the node's store.")
  private Path model;

  @Option(names = "--json", description = "Prints the facts as JSON.")
  private boolean json;

  @Override
  public Integer call() throws CommandFailed {
    Map<Long, UpdateCheckpoint> records = records();
    List<RoundVerification.Finding> findings = new ArrayList<>();
    try {
      for (Path one : folders()) {
        RoundCombining combining = RoundCombining.in(one, models());
        findings.addAll(new RoundVerification(one, combining).all(records));
      }
    } catch (IOException wrong) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(wrong.getMessage()), wrong);
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(document(findings).toPrettyString());
    } else if (findings.isEmpty()) {
      out.println("There are no rounds in this folder.");
    } else {
      findings.forEach(finding -> out.println(sentence(finding)));
    }
    for (RoundVerification.Finding finding : findings) {
      if (finding.wrong().isPresent()) {
        throw new CommandFailed(ExitCode.FAILED, finding.wrong().get());
      }
    }
    return ExitCode.DONE;
  }

  private List<Path> folders() throws CommandFailed {
    if (folder != null) {
      if (!Files.isDirectory(folder.resolve("rounds"))) {
        throw new CommandFailed(
            ExitCode.FAILED, folder + " has no folder rounds; name one that holds rounds.");
      }
      return List.of(folder);
    }
    Path own = home.home().federatedDirectory();
    return List.of(own.resolve("host"), own.resolve("member"));
  }

  /// What the node's ledger says of updates; nothing when it has none.
  private Map<Long, UpdateCheckpoint> records() throws CommandFailed {
    Path ledger = home.home().ledgerDirectory();
    Path directory =
        Files.isDirectory(ledger.resolve("own")) ? ledger.resolve("own") : ledger.resolve("copy");
    if (!Files.isDirectory(directory)) {
      return Map.of();
    }
    Map<Long, UpdateCheckpoint> records = new TreeMap<>();
    try {
      LedgerAudit.of(
          DiskStorage.forReading(directory), Optional.empty(), entry -> note(entry, records));
    } catch (LedgerException | IOException unusable) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "The ledger in %s does not verify: %s.".formatted(directory, unusable.getMessage()),
          unusable);
    }
    return records;
  }

  private static void note(LedgerEntry entry, Map<Long, UpdateCheckpoint> records) {
    try {
      if (GovernanceRecord.open(entry.record()) instanceof UpdateCheckpoint checkpoint) {
        records.put(entry.index(), checkpoint);
      }
    } catch (ProtocolException _) {
      // Of a kind that this version does not know; it says nothing of updates.
    }
  }

  private BaseModels models() {
    Map<ModelHash, Path> own = new HashMap<>();
    List<Path> candidates = new ArrayList<>();
    if (model != null) {
      candidates.add(model);
    }
    candidates.add(home.home().runDirectory().resolve("peermind-demo.gguf"));
    try {
      Optional<Path> configured = home.config().engine().file();
      if (configured.isPresent()) {
        candidates.add(home.home().modelFile(configured.get()));
      }
    } catch (ConfigException _) {
      // A folder of rounds can be verified without a node.
    }
    for (Path candidate : candidates) {
      try {
        own.put(ModelDigest.sha256(candidate), candidate);
      } catch (IOException _) {
        // Not there: another one may be.
      }
    }
    return wanted -> {
      try {
        return ModelStore.at(home.home().modelsDirectory()).list().stream()
            .filter(stored -> stored.sha256().equals(wanted))
            .map(stored -> stored.file())
            .findFirst()
            .or(() -> Optional.ofNullable(own.get(wanted)));
      } catch (ModelStoreException unreadable) {
        return Optional.ofNullable(own.get(wanted));
      }
    };
  }

  private static String sentence(RoundVerification.Finding finding) {
    var round = finding.round();
    String aggregate =
        round.aggregate().isEmpty()
            ? "it made no aggregate"
            : finding.recomputed().isPresent()
                ? finding.recomputed().get()
                    ? "the aggregate and its adapter are what the updates make, bit for bit"
                    : "THE AGGREGATE IS NOT WHAT THE UPDATES MAKE"
                : "the aggregate was not computed again: " + finding.missing().orElse("");
    return "Round %d (%s): %d messages, %s; %s%s."
        .formatted(
            round.descriptor().number(),
            round.id().shortText(),
            round.transcript().size(),
            round
                .end()
                .map(end -> end.end().name().toLowerCase(Locale.ROOT))
                .orElse(round.step().name().toLowerCase(Locale.ROOT)),
            aggregate.replaceAll("\\.$", ""),
            finding.entry().map(entry -> "; entry " + entry + " of the ledger").orElse(""));
  }

  private static ObjectNode document(List<RoundVerification.Finding> findings) {
    ObjectNode document = new ObjectMapper().createObjectNode();
    ArrayNode rounds = document.putArray("rounds");
    for (RoundVerification.Finding finding : findings) {
      ObjectNode row = rounds.addObject();
      RoundDocuments.fill(row, finding.round());
      finding.recomputed().ifPresent(right -> row.put("recomputed", right));
      finding.missing().ifPresent(why -> row.put("not_recomputed", why));
      finding.entry().ifPresent(entry -> row.put("ledger_entry", entry));
      finding.wrong().ifPresent(sentence -> row.put("wrong", sentence));
    }
    return document;
  }
}
