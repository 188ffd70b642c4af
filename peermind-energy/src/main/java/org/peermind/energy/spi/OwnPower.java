// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/// The power of our own machine over a window that ends at `at`. Windows of successive readings
/// neither overlap nor, unless a meter was lost, leave gaps, so that joules may be added up.
///
/// @param watts mean over the window, empty when unknown
/// @param joules used in the window, empty when unknown
/// @param methods one for each part of the machine that was measured; several add up
/// @param window zero when the meter has nothing newer than in the reading before
/// @param remark what is missing, for the owner; empty when nothing is
public record OwnPower(
    OptionalDouble watts,
    OptionalDouble joules,
    List<PowerMethod> methods,
    Duration window,
    Instant at,
    String remark) {

  /// @throws IllegalArgumentException when a known figure is negative or no number, or when a
  ///   method is missing
  public OwnPower {
    requireNonNull(window);
    requireNonNull(at);
    requireNonNull(remark);
    methods = List.copyOf(methods);
    requireAmount("Watts", watts);
    requireAmount("Joules", joules);
    if (methods.isEmpty() || window.isNegative()) {
      throw new IllegalArgumentException("A reading of power needs a method and a window.");
    }
  }

  private static void requireAmount(String name, OptionalDouble amount) {
    if (amount.isPresent()
        && !(amount.getAsDouble() >= 0 && Double.isFinite(amount.getAsDouble()))) {
      throw new IllegalArgumentException(name + " must be 0 or more, not " + amount.getAsDouble());
    }
  }

  /// Nothing is known.
  public static OwnPower unknown(Instant at, String why) {
    return new OwnPower(
        OptionalDouble.empty(),
        OptionalDouble.empty(),
        List.of(PowerMethod.UNKNOWN),
        Duration.ZERO,
        at,
        why);
  }

  /// This reading, or the owner's word where nothing was measured.
  ///
  /// @param declaredWatts what the engine draws now by its owner's word, empty when nobody said so
  public OwnPower orEstimated(OptionalDouble declaredWatts) {
    return isMeasured() || declaredWatts.isEmpty()
        ? this
        : new OwnPower(
            declaredWatts,
            OptionalDouble.empty(),
            List.of(PowerMethod.ESTIMATED),
            Duration.ZERO,
            at,
            remark);
  }

  /// Whether every part of it comes from a meter and the power is known.
  public boolean isMeasured() {
    return watts.isPresent() && methods.stream().allMatch(PowerMethod::measured);
  }

  /// The methods in words, as in "nvml+rapl".
  public String method() {
    return methods.stream().map(PowerMethod::word).collect(Collectors.joining("+"));
  }
}
