// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.internal.profile;

import java.util.Locale;

/// Where a profile's sample comes from. Only a recorded one shows that the profile reads the real
/// device; without one it is listed as unverified, and what it reads is trusted less.
public enum SampleOrigin {
  /// Captured from a running device.
  RECORDED,
  /// Written after the maker's documentation.
  DOCUMENTED,
  /// Made up in the form of the device.
  SYNTHETIC;

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
