// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.role;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.peermind.node.evaluation.QuietSlots;

/// How many answers the engine may work on at once; offers and answers hold a slot each. The owner
/// of the machine goes before everybody else. An evaluation may hold all of them for a moment while
/// nobody is answered. Safe for use by several threads.
public final class Slots implements QuietSlots {
  private final int total;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition given = lock.newCondition();
  private int taken;
  private int ownersWaiting;

  /// Who holds all slots, which only an owner may end.
  private @Nullable Quiet quiet;

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
      return ownersWaiting > 0 || quiet != null ? 0 : total - taken;
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
  public boolean take() {
    lock.lock();
    try {
      if (taken == total || ownersWaiting > 0 || quiet != null) {
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
      quiet = null;
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

  public void giveBack() {
    lock.lock();
    try {
      if (taken == 0) {
        throw new IllegalStateException("A slot was given back that nobody had");
      }
      taken--;
      given.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The owner's question ends it at once; the evaluation then measures beside the answer.
  @Override
  public Optional<Hold> takeAll(Duration patience) throws InterruptedException {
    lock.lock();
    try {
      long nanos = patience.toNanos();
      while (isInUse() && nanos > 0) {
        nanos = given.awaitNanos(nanos);
      }
      if (isInUse()) {
        return Optional.empty();
      }
      Quiet hold = new Quiet();
      quiet = hold;
      return Optional.of(hold);
    } finally {
      lock.unlock();
    }
  }

  private boolean isInUse() {
    return taken > 0 || ownersWaiting > 0 || quiet != null;
  }

  @Override
  public boolean isBusy() {
    lock.lock();
    try {
      return taken > 0 || ownersWaiting > 0;
    } finally {
      lock.unlock();
    }
  }

  private final class Quiet implements Hold {
    @Override
    public void close() {
      lock.lock();
      try {
        if (quiet == this) {
          quiet = null;
          given.signalAll();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
