// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.plausibility;

/// What a referee holds about a node besides its reports. Without any of it a node reaches L1.
///
/// @param stepChallengePassed whether its load followed work that a referee asked for
/// @param deviceSigned whether the meter or the inverter itself signed the readings
/// @param certificateMatched whether an hourly certificate covers the energy
public record Evidence(
    boolean stepChallengePassed, boolean deviceSigned, boolean certificateMatched) {
  public static final Evidence NONE = new Evidence(false, false, false);
}
