// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.federated.training;

/// In which order a run sees the sequences of its file: all of them once, in an order drawn from
/// the seed, then all again in another one. A place in the order is a function of the seed and its
/// number alone, so that a run can go on anywhere.
public final class SequenceOrder {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private final long seed;
  private final int[] order;
  private long drawnPass = -1;

  public SequenceOrder(long seed, int sequences) {
    this.seed = seed;
    this.order = new int[sequences];
  }

  /// Which sequence is seen at a place, counted from 0.
  public int at(long place) {
    long pass = place / order.length;
    if (pass != drawnPass) {
      draw(pass);
    }
    return order[(int) (place % order.length)];
  }

  /// Fisher and Yates, with the numbers of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
  private void draw(long pass) {
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    long state = mix(seed ^ mix(pass + GOLDEN));
    for (int last = order.length - 1; last > 0; last--) {
      state += GOLDEN;
      int other = (int) Long.remainderUnsigned(mix(state), last + 1L);
      int held = order[last];
      order[last] = order[other];
      order[other] = held;
    }
    drawnPass = pass;
  }

  private static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }
}
