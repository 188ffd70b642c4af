// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.subspace;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.peermind.model.lora.LoraAdapter;
import org.peermind.model.lora.LoraMatrix;

/// Coordinates in the form that engines load: each matrix with the `A` that its seed says and its
/// `B`. The `A` are drawn once, for many coordinates.
public final class SubspaceAdapter {
  private final String architecture;
  private final Subspace subspace;
  private final List<float[]> frozen;

  /// @param architecture of the model, as its file has it
  public SubspaceAdapter(String architecture, Subspace subspace) {
    this.architecture = architecture;
    this.subspace = subspace;
    List<float[]> drawn = new ArrayList<>();
    for (int i = 0; i < subspace.matrices().size(); i++) {
      drawn.add(subspace.a(i));
    }
    this.frozen = drawn;
  }

  /// The adapter that changes a model as `coordinates` do.
  ///
  /// @param architecture of the model, as its file has it
  /// @throws IllegalArgumentException as [#at] does
  public static LoraAdapter of(
      String architecture, Subspace subspace, float[] coordinates, Map<String, String> notes) {
    return new SubspaceAdapter(architecture, subspace).at(coordinates, notes);
  }

  /// The adapter that changes the model as `coordinates` do.
  ///
  /// @throws IllegalArgumentException when there are not as many coordinates as the subspace has,
  ///   one is not finite, or they are too many for an adapter file
  public LoraAdapter at(float[] coordinates, Map<String, String> notes) {
    if (coordinates.length != subspace.length()) {
      throw new IllegalArgumentException(
          "the subspace has %d coordinates, not %d"
              .formatted(subspace.length(), coordinates.length));
    }
    List<LoraMatrix> matrices = new ArrayList<>();
    for (int i = 0; i < frozen.size(); i++) {
      AdaptedMatrix matrix = subspace.matrices().get(i);
      int from = subspace.offset(i);
      float[] b = Arrays.copyOfRange(coordinates, from, from + matrix.out() * subspace.rank());
      matrices.add(
          new LoraMatrix(
              matrix.tensor(), matrix.in(), matrix.out(), subspace.rank(), frozen.get(i), b));
    }
    return LoraAdapter.of(architecture, matrices, notes);
  }
}
