// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.blobs;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/// Lets bytes pass at no more than a rate, for all who share it; a second's worth may pass at once.
public final class ByteRate {
  private static final long SECOND_NANOS = 1_000_000_000L;

  private final OptionalLong bytesPerSecondMax;
  private final LongSupplier nanoTime;
  private final Pause pause;
  private long freeAt;

  /// Waits.
  @FunctionalInterface
  public interface Pause {
    void of(Duration duration) throws InterruptedException;
  }

  /// @param bytesPerSecondMax none for no limit
  /// @param nanoTime a clock that never jumps, as [System#nanoTime]
  public ByteRate(OptionalLong bytesPerSecondMax, LongSupplier nanoTime, Pause pause) {
    if (bytesPerSecondMax.isPresent() && bytesPerSecondMax.getAsLong() < 1) {
      throw new IllegalArgumentException("A rate is at least one byte a second");
    }
    this.bytesPerSecondMax = bytesPerSecondMax;
    this.nanoTime = nanoTime;
    this.pause = pause;
    this.freeAt = nanoTime.getAsLong() - SECOND_NANOS;
  }

  /// No limit.
  public static ByteRate unlimited() {
    return new ByteRate(OptionalLong.empty(), System::nanoTime, _ -> {});
  }

  /// The limit, if there is one.
  public OptionalLong bytesPerSecondMax() {
    return bytesPerSecondMax;
  }

  /// Returns when so many more bytes may pass.
  public void take(int bytes) throws InterruptedException {
    if (bytesPerSecondMax.isPresent()) {
      long wait = reserve(bytes);
      if (wait > 0) {
        pause.of(Duration.ofNanos(wait));
      }
    }
  }

  /// @return nanoseconds to wait
  private synchronized long reserve(int bytes) {
    long now = nanoTime.getAsLong();
    if (freeAt - (now - SECOND_NANOS) < 0) {
      freeAt = now - SECOND_NANOS;
    }
    freeAt += (long) ((double) bytes / bytesPerSecondMax.orElseThrow() * SECOND_NANOS);
    return freeAt - now;
  }
}
