// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.evaluation;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.peermind.energy.spi.OwnPower;

/// The mean power of this machine over one window, from the readings of its meter whose time lies
/// wholly in the window. Unknown when there is none, as in windows shorter than the meter's rhythm.
public final class EnergyTap implements AutoCloseable {
  private static final Duration LOOK_EVERY = Duration.ofMillis(200);

  private final Supplier<OwnPower> newest;
  private final Instant began;
  private final Thread thread;
  private Instant taken = Instant.MIN;
  private double joules;
  private double seconds;

  private EnergyTap(Supplier<OwnPower> newest, Instant began) {
    this.newest = newest;
    this.began = began;
    this.thread = Thread.ofVirtual().name("evaluation-energy").start(this::watch);
  }

  /// Opens it; the window begins.
  ///
  /// @param newest the newest reading of the machine's meter
  public static EnergyTap open(Supplier<OwnPower> newest, InstantSource clock) {
    return new EnergyTap(newest, clock.instant());
  }

  private void watch() {
    try {
      while (true) {
        look();
        Thread.sleep(LOOK_EVERY);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// Takes the newest reading in; may be called at any time.
  synchronized void look() {
    OwnPower reading = newest.get();
    boolean isNew = reading.at().isAfter(taken);
    boolean isInside = !reading.at().minus(reading.window()).isBefore(began);
    if (isNew
        && isInside
        && reading.isMeasured()
        && reading.joules().isPresent()
        && reading.window().isPositive()) {
      taken = reading.at();
      joules += reading.joules().getAsDouble();
      seconds += reading.window().toNanos() / 1e9;
    }
  }

  /// What was measured until now.
  public synchronized OptionalDouble meanWatts() {
    look();
    return seconds > 0 ? OptionalDouble.of(joules / seconds) : OptionalDouble.empty();
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
