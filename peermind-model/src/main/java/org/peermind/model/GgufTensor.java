// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.model;

import java.util.List;

/// One tensor of a GGUF file: where it lies and what it looks like. `offset` counts bytes from the
/// beginning of the file; `dimensions` has the contiguous one first.
public record GgufTensor(
    String name, TensorType type, List<Long> dimensions, long elements, long offset, long bytes) {
  public GgufTensor {
    dimensions = List.copyOf(dimensions);
  }
}
