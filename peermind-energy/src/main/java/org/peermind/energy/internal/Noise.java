// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal;

/// Numbers that look random and depend on their coordinates alone (SplitMix64's finaliser).
final class Noise {
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private Noise() {}

  /// Uniform in 0 (inclusive) to 1 (exclusive).
  static double uniform(long seed, int stream, long index) {
    long mixed = mix(mix(seed + GOLDEN_GAMMA * stream) + GOLDEN_GAMMA * index);
    return (mixed >>> 11) * 0x1.0p-53;
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
