// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import org.peermind.federated.subspace.AdaptedMatrix;
import org.peermind.federated.subspace.Subspace;

/// The frozen `A` of every adapted matrix, and the `B` of one pass.
final class LowRank implements AutoCloseable {
  private final Subspace subspace;
  private final TorchDevice device;
  private final Map<String, Tensor> a = new LinkedHashMap<>();

  /// @throws UnsupportedModelException when a matrix of the subspace is none that the network
  ///   adapts, or has another size there
  LowRank(Subspace subspace, FrozenWeights weights, TorchDevice device)
      throws UnsupportedModelException {
    this.subspace = subspace;
    this.device = device;
    List<AdaptedMatrix> matrices = subspace.matrices();
    for (AdaptedMatrix matrix : matrices) {
      weights.adaptable(matrix.tensor(), matrix.in(), matrix.out());
    }
    for (int i = 0; i < matrices.size(); i++) {
      AdaptedMatrix matrix = matrices.get(i);
      float[] rows = subspace.a(i);
      a.put(
          matrix.tensor(),
          Scopes.outliving(() -> device.tensor(rows, subspace.rank(), matrix.in())));
    }
  }

  /// The `A` of a matrix, or null when it is not adapted.
  @Nullable Tensor a(String matrix) {
    return a.get(matrix);
  }

  /// The `B` of every matrix in `coordinates`, each a leaf of its own; none when there are no
  /// coordinates, which is the model as it is.
  Map<String, Tensor> b(float[] coordinates, boolean withGradients) {
    Map<String, Tensor> leaves = new LinkedHashMap<>();
    if (coordinates.length == 0) {
      return leaves;
    }
    if (coordinates.length != subspace.length()) {
      throw new IllegalArgumentException(
          "This subspace has %d coordinates, not %d"
              .formatted(subspace.length(), coordinates.length));
    }
    Tensor all = device.tensor(coordinates, coordinates.length);
    long from = 0;
    for (AdaptedMatrix matrix : subspace.matrices()) {
      long length = (long) matrix.out() * subspace.rank();
      Tensor b = all.narrow(0, from, length).reshape(matrix.out(), subspace.rank());
      leaves.put(matrix.tensor(), AdaptedNetwork.leaf(b, withGradients));
      from += length;
    }
    return leaves;
  }

  /// The gradients of those leaves, in the layout of the coordinates.
  float[] gradient(Map<String, Tensor> leaves) {
    float[] gradient = new float[subspace.length()];
    int from = 0;
    for (AdaptedMatrix matrix : subspace.matrices()) {
      Tensor leaf = leaves.get(matrix.tensor());
      if (leaf == null) {
        throw new IllegalStateException("The matrix " + matrix.tensor() + " had no coordinates");
      }
      float[] part = TorchDevice.read(leaf.grad());
      System.arraycopy(part, 0, gradient, from, part.length);
      from += part.length;
    }
    return gradient;
  }

  /// The first block with an adapted matrix.
  int firstBlock() {
    return subspace.matrices().stream()
        .mapToInt(matrix -> NetworkTensors.block(matrix.tensor()))
        .min()
        .orElseThrow();
  }

  @Override
  public void close() {
    a.values().forEach(Tensor::close);
    a.clear();
  }
}
