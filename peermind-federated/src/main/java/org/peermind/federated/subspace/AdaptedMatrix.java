// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.subspace;

/// A matrix of the model that is adapted.
///
/// @param tensor its name in the GGUF file, such as `blk.0.attn_q.weight`
/// @param in length of what it is multiplied with (GGUF `ne[0]`)
/// @param out length of the result (`ne[1]`)
public record AdaptedMatrix(String tensor, int in, int out) {
  public AdaptedMatrix {
    if (in < 1 || out < 1) {
      throw new IllegalArgumentException("the matrix " + tensor + " has no rows or columns");
    }
  }
}
