// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How one device of a site stands, for its owner. It holds no option and no secret; a sentence may
/// name the address of the device.
///
/// @param name what the owner calls it
/// @param profile by which it is read
/// @param check whether it only watches another device of the same role
/// @param verified whether the profile carries an answer captured from a running device
/// @param reading what it said when it was last asked; null when that failed or is too old to count
/// @param heardAt when it last gave a reading, null when it never did
/// @param objection why it does not count now, one sentence; null when it counts
/// @param lastFailure the latest failure, which may be over; null when there was none
/// @param nextTry when it will be asked again, null while it is being asked for the first time
public record DeviceStatus(
    String name,
    String profile,
    DeviceRole role,
    boolean check,
    boolean verified,
    @Nullable DeviceReading reading,
    @Nullable Instant heardAt,
    @Nullable String objection,
    @Nullable Failure lastFailure,
    @Nullable Instant nextTry) {

  /// A reading that did not come about.
  ///
  /// @param sentence what was wrong and what to do
  public record Failure(String sentence, Instant at) {
    public Failure {
      requireNonNull(sentence);
      requireNonNull(at);
    }
  }

  public DeviceStatus {
    requireNonNull(name);
    requireNonNull(profile);
    requireNonNull(role);
  }

  /// What it said when it was last asked, unless that failed or is too old.
  public Optional<DeviceReading> current() {
    return Optional.ofNullable(reading);
  }

  /// Why it does not count now.
  public Optional<String> whyNot() {
    return Optional.ofNullable(objection);
  }

  /// The latest failure, which may be over.
  public Optional<Failure> failure() {
    return Optional.ofNullable(lastFailure);
  }
}
