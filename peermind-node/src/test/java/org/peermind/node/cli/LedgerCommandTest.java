// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.peermind.ledger.MerkleTree;
import org.peermind.ledger.TreeHash;

/// The ledger's commands as an outsider types them.
final class LedgerCommandTest {
  @TempDir private Path directory;

  private final MerkleTree tree = new MerkleTree();

  private record Ran(int exit, String out, String err) {}

  @BeforeEach
  void growTree() {
    for (int leaf = 0; leaf < 11; leaf++) {
      tree.append(TreeHash.leaf(("leaf " + leaf).getBytes(StandardCharsets.UTF_8)));
    }
  }

  private Ran check(String json) throws Exception {
    Path file = Files.writeString(directory.resolve("proof.json"), json);
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        Main.run(
            new PrintWriter(out, true),
            new PrintWriter(err, true),
            "ledger",
            "check",
            file.toString());
    return new Ran(exit, out.toString(), err.toString());
  }

  private static String list(List<TreeHash> path) {
    return path.stream()
        .map(hash -> "\"" + hash.base64() + "\"")
        .collect(Collectors.joining(",", "[", "]"));
  }

  private String inclusion(long leaf, long size, TreeHash root) {
    return """
    {"leafIndex": %d, "treeSize": %d, "root": "%s", "leafHash": "%s", "proof": %s}
    """
        .formatted(
            leaf,
            size,
            root.base64(),
            tree.leaf(leaf).base64(),
            list(tree.inclusionProof(leaf, size)));
  }

  private String consistency(long from, long to, TreeHash root1) {
    return """
    {"size1": %d, "size2": %d, "root1": "%s", "root2": "%s", "proof": %s}
    """
        .formatted(
            from,
            to,
            root1.base64(),
            tree.root(to).base64(),
            list(tree.consistencyProof(from, to)));
  }

  @Test
  void verifiesAnInclusion_andAConsistency() throws Exception {
    Ran included = check(inclusion(6, 11, tree.root(11)));
    assertThat(included.exit()).as(included.err()).isZero();
    assertThat(included.out().strip())
        .isEqualTo("Verified: the leaf with the index 6 is in the tree of 11 leaves.");

    Ran consistent = check(consistency(6, 11, tree.root(6)));
    assertThat(consistent.exit()).as(consistent.err()).isZero();
    assertThat(consistent.out().strip())
        .isEqualTo("Verified: the tree of 11 leaves goes on from that of 6.");
  }

  @Test
  void refusesAnotherRoot_inOneSentence() throws Exception {
    refused(inclusion(6, 11, tree.root(10)), "does not verify: the path leads to another root.");
    refused(
        consistency(6, 11, tree.root(7)),
        "does not verify: the path leads to another root of the smaller tree.");
  }

  @Test
  void refusesWhatIsNoProof_inOneSentence() throws Exception {
    refused("", "does not hold a JSON object.");
    refused("[]", "does not hold a JSON object.");
    refused("{\"leafIndex\": 1", "is not JSON:");
    refused("{}", "leafIndex must be a whole number");
    refused(
        inclusion(6, 11, tree.root(11)).replace("\"leafIndex\": 6", "\"leafIndex\": 6.5"),
        "leafIndex must be a whole number");
    refused(
        inclusion(6, 11, tree.root(11)).replace("\"treeSize\": 11", "\"treeSize\": 1e400"),
        "treeSize must be a whole number");
    refused(
        inclusion(6, 11, tree.root(11))
            .replace("\"treeSize\": 11", "\"treeSize\": 18446744073709551615"),
        "treeSize must be a whole number");
    refused(
        inclusion(6, 11, tree.root(11)).replace("\"root\": \"", "\"root\": \"!"),
        "root: a hash is not in base64.");
    refused(
        "{\"size1\": 1, \"size2\": 1, \"root1\": \"AA==\", \"root2\": \"AA==\", \"proof\": null}",
        "root1: a hash has 32 bytes, not 1.");
    refused(
        "{\"size1\": 0, \"size2\": 11, \"root1\": \"%s\", \"root2\": \"%s\", \"proof\": []}"
            .formatted(TreeHash.EMPTY_TREE.base64(), tree.root(11).base64()),
        "nothing can be shown from a tree of 0 leaves.");
    refused("{\"leafIndex\": 1, \"leafIndex\": 1}", "is not JSON: Duplicate field");
  }

  private void refused(String json, String sentence) throws Exception {
    Ran ran = check(json);
    assertThat(ran.exit()).as(json).isEqualTo(ExitCode.FAILED);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.err()).contains(sentence).hasLineCount(1);
  }
}
