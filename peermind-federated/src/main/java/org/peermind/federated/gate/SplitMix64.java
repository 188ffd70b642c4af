// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.gate;

/// Numbers from a seed, the same in every release of Java: SplitMix64 (Steele, Lea and Flood,
/// OOPSLA 2014). Whoever has a seed draws what the others drew.
final class SplitMix64 {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private long state;

  SplitMix64(long seed) {
    state = seed;
  }

  /// From 0 to `bound` - 1, alike likely but for 2^-32 at most.
  int below(int bound) {
    state += GOLDEN;
    long mixed = (state ^ (state >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return (int) Math.unsignedMultiplyHigh(mixed ^ (mixed >>> 31), bound);
  }
}
