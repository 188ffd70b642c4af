// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.peermind.testkit.Property;

final class MerkleTreeTest {
  /// The leaves and roots of the tests of Certificate Transparency's own implementations.
  private static final List<String> PUBLISHED_LEAVES =
      List.of(
          "",
          "00",
          "10",
          "2021",
          "3031",
          "40414243",
          "5051525354555657",
          "606162636465666768696a6b6c6d6e6f");

  private static final List<String> PUBLISHED_ROOTS =
      List.of(
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
          "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");

  @Test
  void hasThePublishedRoots() {
    MerkleTree tree = new MerkleTree();
    assertThat(hex(tree.root(0))).isEqualTo(PUBLISHED_ROOTS.getFirst());
    for (String leaf : PUBLISHED_LEAVES) {
      tree.append(TreeHash.leaf(HexFormat.of().parseHex(leaf)));
      assertThat(hex(tree.root(tree.size()))).isEqualTo(PUBLISHED_ROOTS.get((int) tree.size()));
    }
    for (int size = 0; size <= tree.size(); size++) {
      assertThat(hex(tree.root(size))).isEqualTo(PUBLISHED_ROOTS.get(size));
    }
  }

  @Test
  void givesThePublishedPaths() {
    MerkleTree tree = published();

    assertThat(tree.inclusionProof(0, 1)).isEmpty();
    assertThat(tree.inclusionProof(0, 8).stream().map(MerkleTreeTest::hex))
        .containsExactly(
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");
    assertThat(tree.inclusionProof(5, 8).stream().map(MerkleTreeTest::hex))
        .containsExactly(
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
    assertThat(tree.consistencyProof(6, 8).stream().map(MerkleTreeTest::hex))
        .containsExactly(
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
  }

  @Test
  void provesEveryLeafAndEveryBeginning_atEverySize() throws LedgerException {
    MerkleTree tree = ofSize(70);
    for (long size = 1; size <= tree.size(); size++) {
      for (long leaf = 0; leaf < size; leaf++) {
        new InclusionProof(leaf, size, tree.inclusionProof(leaf, size))
            .verify(tree.leaf(leaf), tree.root(size));
      }
      for (long from = 1; from <= size; from++) {
        new ConsistencyProof(from, size, tree.consistencyProof(from, size))
            .verify(tree.root(from), tree.root(size));
      }
    }
  }

  @Test
  void detectsEverySingleBit_thatChangesInAProof() {
    MerkleTree tree = ofSize(13);
    for (long size = 2; size <= tree.size(); size++) {
      for (long leaf = 0; leaf < size; leaf++) {
        List<TreeHash> path = tree.inclusionProof(leaf, size);
        long index = leaf;
        long leaves = size;
        eachBit(
            path,
            changed ->
                new InclusionProof(index, leaves, changed)
                    .verify(tree.leaf(index), tree.root(leaves)));
      }
      for (long from = 1; from < size; from++) {
        List<TreeHash> path = tree.consistencyProof(from, size);
        long begun = from;
        long leaves = size;
        eachBit(
            path,
            changed ->
                new ConsistencyProof(begun, leaves, changed)
                    .verify(tree.root(begun), tree.root(leaves)));
      }
    }
  }

  @Test
  void refusesProofs_ofOtherLeavesSizesRootsAndLengths() {
    MerkleTree tree = ofSize(200);
    Property.forAll(
        4200,
        400,
        random -> {
          long size = random.nextLong(2, tree.size() + 1);
          long leaf = random.nextLong(size);
          List<TreeHash> path = tree.inclusionProof(leaf, size);
          long other = random.nextLong(size);
          if (other != leaf) {
            refused(
                () ->
                    new InclusionProof(other, size, path).verify(tree.leaf(leaf), tree.root(size)));
            refused(
                () ->
                    new InclusionProof(leaf, size, path).verify(tree.leaf(other), tree.root(size)));
          }
          refused(
              () ->
                  new InclusionProof(leaf, size, longer(path, random))
                      .verify(tree.leaf(leaf), tree.root(size)));
          refused(
              () ->
                  new InclusionProof(leaf, size, path.subList(1, path.size()))
                      .verify(tree.leaf(leaf), tree.root(size)));
          long from = random.nextLong(1, size);
          List<TreeHash> steps = tree.consistencyProof(from, size);
          refused(
              () ->
                  new ConsistencyProof(from, size, longer(steps, random))
                      .verify(tree.root(from), tree.root(size)));
          refused(
              () ->
                  new ConsistencyProof(from, size, steps.subList(1, steps.size()))
                      .verify(tree.root(from), tree.root(size)));
          refused(
              () ->
                  new ConsistencyProof(from, size, steps).verify(tree.root(size), tree.root(from)));
        });
  }

  @Test
  void refusesProofsFromAnEmptyTree() {
    MerkleTree tree = ofSize(3);

    assertThatThrownBy(
            () -> new ConsistencyProof(0, 3, List.of()).verify(TreeHash.EMPTY_TREE, tree.root(3)))
        .hasMessage("nothing can be shown from a tree of 0 leaves");
    assertThatThrownBy(
            () -> new InclusionProof(0, 0, List.of()).verify(tree.leaf(0), TreeHash.EMPTY_TREE))
        .hasMessage("a tree of 0 leaves includes nothing");
  }

  @Test
  void refusesIndexesAndSizes_thatNoTreeHas() {
    MerkleTree tree = ofSize(3);
    for (long wrong : new long[] {-1, Long.MIN_VALUE, 3, Long.MAX_VALUE}) {
      refused(() -> new InclusionProof(wrong, 3, List.of()).verify(tree.leaf(0), tree.root(3)));
    }
    refused(
        () ->
            new InclusionProof(0, Long.MAX_VALUE, tree.inclusionProof(0, 3))
                .verify(tree.leaf(0), tree.root(3)));
    refused(
        () ->
            new ConsistencyProof(2, Long.MAX_VALUE, tree.consistencyProof(2, 3))
                .verify(tree.root(2), tree.root(3)));
    refused(() -> new ConsistencyProof(3, 2, List.of()).verify(tree.root(3), tree.root(2)));
  }

  private interface Check {
    void run() throws LedgerException;
  }

  private interface ChangedCheck {
    void run(List<TreeHash> changed) throws LedgerException;
  }

  private static void refused(Check check) {
    assertThatThrownBy(check::run).isInstanceOf(LedgerException.class);
  }

  private static void eachBit(List<TreeHash> path, ChangedCheck check) {
    for (int step = 0; step < path.size(); step++) {
      for (int bit = 0; bit < 256; bit++) {
        byte[] bytes = path.get(step).toBytes();
        bytes[bit / 8] ^= (byte) (1 << bit % 8);
        List<TreeHash> changed = new ArrayList<>(path);
        changed.set(step, hash(bytes));
        refused(() -> check.run(changed));
      }
    }
  }

  private static List<TreeHash> longer(List<TreeHash> path, RandomGenerator random) {
    List<TreeHash> more = new ArrayList<>(path);
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    more.add(random.nextInt(path.size() + 1), hash(bytes));
    return more;
  }

  private static TreeHash hash(byte[] bytes) {
    try {
      return TreeHash.of(bytes);
    } catch (LedgerException wrong) {
      throw new AssertionError(wrong);
    }
  }

  private static MerkleTree ofSize(int size) {
    MerkleTree tree = new MerkleTree();
    for (int leaf = 0; leaf < size; leaf++) {
      tree.append(TreeHash.leaf(new byte[] {(byte) leaf, 7}));
    }
    return tree;
  }

  private static MerkleTree published() {
    MerkleTree tree = new MerkleTree();
    PUBLISHED_LEAVES.forEach(leaf -> tree.append(TreeHash.leaf(HexFormat.of().parseHex(leaf))));
    return tree;
  }

  private static String hex(TreeHash hash) {
    return HexFormat.of().formatHex(hash.toBytes());
  }
}
