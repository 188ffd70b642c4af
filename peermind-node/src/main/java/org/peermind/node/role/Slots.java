// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// How many answers the engine may work on at once; offers and answers hold a slot each. The owner
/// of the machine goes before everybody else. Safe for use by several threads.
public final class Slots {
  private final int total;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition given = lock.newCondition();
  private int taken;
  private int ownersWaiting;
  private BooleanSupplier yieldOne = () -> false;

  public Slots(int total) {
    this.total = total;
  }

  public int total() {
    return total;
  }

  public int free() {
    lock.lock();
    try {
      return ownersWaiting > 0 ? 0 : total - taken;
    } finally {
      lock.unlock();
    }
  }

  /// What asks one borrowed answer to make room for the owner; it says whether there is one that
  /// does.
  void onOwnerWaiting(BooleanSupplier asker) {
    lock.lock();
    try {
      yieldOne = asker;
    } finally {
      lock.unlock();
    }
  }

  /// Takes a slot if one is free and no owner waits for it.
  boolean take() {
    lock.lock();
    try {
      if (taken == total || ownersWaiting > 0) {
        return false;
      }
      taken++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Takes a slot for the owner. When none is free, a borrowed answer is asked to go on elsewhere,
  /// and its slot is waited for.
  ///
  /// @return false when no answer is borrowed, or none made room in time
  boolean takeForOwner(Duration patience) throws InterruptedException {
    BooleanSupplier asker;
    lock.lock();
    try {
      if (taken < total) {
        taken++;
        return true;
      }
      asker = yieldOne;
      ownersWaiting++;
    } finally {
      lock.unlock();
    }
    // Outside the lock: whoever is asked may give its slot back at once.
    boolean asked = asker.getAsBoolean();
    lock.lock();
    try {
      long nanos = asked ? patience.toNanos() : 0;
      while (taken == total && nanos > 0) {
        nanos = given.awaitNanos(nanos);
      }
      if (taken == total) {
        return false;
      }
      taken++;
      return true;
    } finally {
      ownersWaiting--;
      lock.unlock();
    }
  }

  void giveBack() {
    lock.lock();
    try {
      if (taken == 0) {
        throw new IllegalStateException("A slot was given back that nobody had");
      }
      taken--;
      given.signal();
    } finally {
      lock.unlock();
    }
  }
}
