// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.draw;

import java.time.Instant;
import org.peermind.energy.spi.PowerMethod;

/// A slice of an NVIDIA GPU (MIG): drivers tell the power of whole GPUs only, and the neighbours'
/// part of it is not ours.
final class GpuSliceProbe implements PowerProbe {
  @Override
  public PowerMethod method() {
    return PowerMethod.UNKNOWN;
  }

  @Override
  public Answer ask(Instant now) {
    return new Answer.Silent("a slice of a GPU (MIG) does not tell its power");
  }
}
