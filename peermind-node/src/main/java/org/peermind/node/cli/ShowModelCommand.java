// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.peermind.model.GgufException;
import org.peermind.model.ModelInspection;
import org.peermind.model.ModelStore;
import org.peermind.model.ModelStoreException;
import org.peermind.model.StoredModel;
import org.peermind.model.blob.BlobManifest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind model show`: everything about one model of the store.
@Command(
    name = "show",
    description =
        "Shows a model of the node's store: what it holds, where it came from, its hashes.",
    mixinStandardHelpOptions = true)
final class ShowModelCommand implements Callable<Integer> {
  @Mixin private HomeOption home;
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL", description = "A name, or a SHA-256 or its first 8 characters.")
  private String model;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws CommandFailed {
    try {
      ModelStore store = ModelStore.at(home.home().modelsDirectory());
      StoredModel found = store.find(model);
      BlobManifest manifest = store.manifest(found, _ -> {});
      ModelInspection inspection = ModelInspection.of(found.file());
      boolean isWhole = inspection.sha256().equals(found.sha256());
      show(found, manifest, inspection, isWhole);
      return isWhole ? ExitCode.DONE : ExitCode.FAILED;
    } catch (ModelStoreException | GgufException refused) {
      throw new CommandFailed(ExitCode.FAILED, String.valueOf(refused.getMessage()), refused);
    }
  }

  private void show(
      StoredModel found, BlobManifest manifest, ModelInspection inspection, boolean isWhole) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode document =
          new ObjectMapper()
              .createObjectNode()
              .put("sha256", found.sha256().hex())
              .put("name", found.name())
              .put("bytes", found.bytes())
              .put("chunk_root", manifest.name().root().hex())
              .put("chunks", manifest.name().chunks())
              .put("architecture", found.architecture())
              .put("quantization", found.quantization().name())
              .put("context_tokens", found.contextTokens())
              .put("source", found.source())
              .put("file", found.file().toString())
              .put("whole", isWhole);
      out.println(document.toPrettyString());
      return;
    }
    inspection.lines().forEach(out::println);
    out.printf("%-14s %s%n", "chunk root", manifest.name().root().hex());
    out.printf("%-14s %d of 1 MiB%n", "chunks", manifest.name().chunks());
    out.printf("%-14s %s%n", "source", found.source().replaceAll("\\p{Cntrl}", " "));
    if (!isWhole) {
      out.println("The file no longer has the hash that names it; fetch or import it again.");
    }
  }
}
