// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.peermind.ledger.ConsistencyProof;
import org.peermind.ledger.InclusionProof;
import org.peermind.ledger.LedgerException;
import org.peermind.ledger.TreeHash;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `peermind ledger check`: verifies one proof, whoever made it.
@Command(
    name = "check",
    description = {
      "Verifies one proof of an RFC 6962 tree. The file is a JSON object, hashes are in base64:",
      "inclusion:   leafIndex, treeSize, root, leafHash, proof",
      "consistency: size1, size2, root1, root2, proof",
      "Exits with 0 only if it verifies."
    },
    mixinStandardHelpOptions = true)
final class LedgerCheckCommand implements Callable<Integer> {
  private static final int FILE_BYTES_MAX = 1 << 20;
  private static final int PROOF_HASHES_MAX = 128;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE.json", description = "The proof.")
  private Path file;

  @Override
  public Integer call() throws CommandFailed {
    JsonNode proof = JsonFile.object(file, FILE_BYTES_MAX);
    try {
      spec.commandLine().getOut().println(verify(proof));
      return ExitCode.DONE;
    } catch (LedgerException refused) {
      throw new CommandFailed(
          ExitCode.FAILED,
          "%s does not verify: %s.".formatted(file, refused.getMessage()),
          refused);
    }
  }

  private static String verify(JsonNode proof) throws LedgerException {
    boolean isConsistency = proof.has("size1") || proof.has("size2");
    if (isConsistency) {
      if (proof.has("leafIndex")) {
        throw new LedgerException("it has the fields of both kinds of proof");
      }
      ConsistencyProof consistency =
          new ConsistencyProof(number(proof, "size1"), number(proof, "size2"), path(proof));
      consistency.verify(hash(proof.path("root1"), "root1"), hash(proof.path("root2"), "root2"));
      return "Verified: the tree of %d leaves goes on from that of %d."
          .formatted(consistency.to(), consistency.from());
    }
    InclusionProof inclusion =
        new InclusionProof(number(proof, "leafIndex"), number(proof, "treeSize"), path(proof));
    inclusion.verify(hash(proof.path("leafHash"), "leafHash"), hash(proof.path("root"), "root"));
    return "Verified: the leaf with the index %d is in the tree of %d leaves."
        .formatted(inclusion.leaf(), inclusion.size());
  }

  private static long number(JsonNode proof, String field) throws LedgerException {
    JsonNode value = proof.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw new LedgerException(field + " must be a whole number within 0 and 2^63 - 1");
    }
    return value.longValue();
  }

  private static TreeHash hash(JsonNode value, String name) throws LedgerException {
    if (!value.isTextual()) {
      throw new LedgerException(name + " must be a hash in base64");
    }
    try {
      return TreeHash.ofBase64(value.textValue());
    } catch (LedgerException wrong) {
      throw new LedgerException("%s: %s".formatted(name, wrong.getMessage()), wrong);
    }
  }

  private static List<TreeHash> path(JsonNode proof) throws LedgerException {
    JsonNode hashes = proof.path("proof");
    if (hashes.isNull()) {
      return List.of();
    }
    if (!hashes.isArray() || hashes.size() > PROOF_HASHES_MAX) {
      throw new LedgerException(
          "proof must be a list of at most %d hashes".formatted(PROOF_HASHES_MAX));
    }
    List<TreeHash> path = new ArrayList<>();
    for (JsonNode hash : hashes) {
      path.add(hash(hash, "proof[%d]".formatted(path.size())));
    }
    return path;
  }
}
