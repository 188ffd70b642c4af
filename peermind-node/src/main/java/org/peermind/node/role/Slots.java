// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

/// How many answers the engine may work on at once; offers and answers hold a slot each. Safe for
/// use by several threads.
public final class Slots {
  private final int total;
  private int taken;

  public Slots(int total) {
    this.total = total;
  }

  public int total() {
    return total;
  }

  public synchronized int free() {
    return total - taken;
  }

  /// Takes a slot if one is free.
  synchronized boolean take() {
    if (taken == total) {
      return false;
    }
    taken++;
    return true;
  }

  synchronized void giveBack() {
    if (taken == 0) {
      throw new IllegalStateException("A slot was given back that nobody had");
    }
    taken--;
  }
}
