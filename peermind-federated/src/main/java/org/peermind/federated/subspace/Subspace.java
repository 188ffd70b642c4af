// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.subspace;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.peermind.model.GgufFile;
import org.peermind.model.GgufTensor;
import org.peermind.protocol.federated.SubspaceChoice;
import org.peermind.protocol.governance.Digest;

/// The coordinates of a round. Each matrix `W` becomes `W + B A`: `A` (rank x in) has orthonormal
/// rows that everybody draws from the seed and nobody trains, the coordinates are `B` (out x rank).
/// So the mean of several `B` is exactly the mean of the changes `B A`, and clipping the
/// coordinates clips the change of the weights, `||B A|| = ||B||` (federated facts 3.1; FFA-LoRA,
/// ICLR 2024).
///
/// A vector of coordinates holds the matrices one after the other, each `B` row by row:
/// `[out][rank]`.
///
/// @param seed of all `A`
/// @param matrices in order of their blocks, and within a block of the choice's kinds
public record Subspace(Digest seed, int rank, List<AdaptedMatrix> matrices) {
  private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d{1,4})\\.(.+)\\.weight");

  /// @throws IllegalArgumentException when a matrix has fewer columns than `rank`, or there are
  ///   more coordinates than an update may have
  public Subspace {
    matrices = List.copyOf(matrices);
    long length = 0;
    for (AdaptedMatrix matrix : matrices) {
      length += (long) matrix.out() * rank;
      if (matrix.in() < rank) {
        throw new IllegalArgumentException(
            "the matrix %s has %d columns, fewer than the rank %d"
                .formatted(matrix.tensor(), matrix.in(), rank));
      }
    }
    if (rank < 1 || length < 1 || length > SubspaceChoice.LENGTH_MAX) {
      throw new IllegalArgumentException(
          "an update has from 1 to %d coordinates, not %d"
              .formatted(SubspaceChoice.LENGTH_MAX, length));
    }
  }

  /// The coordinates of `model` that a seed, a rank and kinds of tensors (such as `attn_q`) name.
  ///
  /// @throws IllegalArgumentException in a sentence when the model has no tensor of a kind, or one
  ///   that is no matrix
  public static Subspace of(GgufFile model, Digest seed, int rank, List<String> kinds) {
    record Found(int block, int kind, AdaptedMatrix matrix) {}
    List<Found> found = new ArrayList<>();
    for (GgufTensor tensor : model.tensors()) {
      Matcher name = BLOCK.matcher(tensor.name());
      int kind = name.matches() ? kinds.indexOf(name.group(2)) : -1;
      if (kind >= 0) {
        found.add(new Found(Integer.parseInt(name.group(1)), kind, matrix(tensor)));
      }
    }
    for (int kind = 0; kind < kinds.size(); kind++) {
      int wanted = kind;
      if (found.stream().noneMatch(one -> one.kind() == wanted)) {
        throw new IllegalArgumentException("the model has no tensors " + kinds.get(kind));
      }
    }
    found.sort(
        Comparator.comparingInt(Found::block)
            .thenComparingInt(Found::kind)
            .thenComparing(one -> one.matrix().tensor()));
    return new Subspace(seed, rank, found.stream().map(Found::matrix).toList());
  }

  /// The subspace that a round's descriptor chose.
  ///
  /// @throws IllegalArgumentException in a sentence when it does not fit the model
  public static Subspace of(GgufFile model, SubspaceChoice choice) {
    Subspace subspace = of(model, choice.seed(), choice.rank(), choice.kinds());
    if (subspace.length() != choice.length()) {
      throw new IllegalArgumentException(
          "the round has %d coordinates where this model has %d"
              .formatted(choice.length(), subspace.length()));
    }
    return subspace;
  }

  private static AdaptedMatrix matrix(GgufTensor tensor) {
    List<Long> sides = tensor.dimensions();
    if (sides.size() != 2 || sides.get(0) > Integer.MAX_VALUE || sides.get(1) > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "the tensor " + tensor.name() + " is no matrix that can be adapted");
    }
    return new AdaptedMatrix(
        tensor.name(), Math.toIntExact(sides.get(0)), Math.toIntExact(sides.get(1)));
  }

  /// Number of coordinates.
  public int length() {
    return offset(matrices.size());
  }

  /// Where the coordinates of the matrix at a position begin.
  public int offset(int position) {
    int offset = 0;
    for (int before = 0; before < position; before++) {
      offset += matrices.get(before).out() * rank;
    }
    return offset;
  }

  /// The frozen `A` of the matrix at a position, row by row: `[rank][in]`; the same on every
  /// machine.
  public float[] a(int position) {
    AdaptedMatrix matrix = matrices.get(position);
    return OrthonormalRows.draw(seed, matrix.tensor(), rank, matrix.in());
  }
}
