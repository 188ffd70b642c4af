// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

/// Where the trainer computes.
public enum Device {
  /// On a graphics card if libtorch can use one, else on the processor.
  AUTO,
  /// On the processor.
  CPU,
  /// On a graphics card; refused without one.
  CUDA
}
