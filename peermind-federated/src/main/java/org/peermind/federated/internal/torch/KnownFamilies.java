// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.internal.torch;

/// The families of models that the trainer computes; asking loads no library.
public final class KnownFamilies {
  private KnownFamilies() {}

  /// @param architecture as a model's file has it
  public static boolean contains(String architecture) {
    return Family.of(architecture).isPresent();
  }
}
