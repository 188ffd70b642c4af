// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

/// What produces a site's power at the moment (spec section 3).
public enum SourceKind {
  PV(true),
  WIND(true),
  HYDRO(true),
  /// Only a battery feeds the site; renewable as far as its charge is.
  BATTERY(true),
  GRID(false),
  GENERATOR(false);

  private final boolean canBeRenewable;

  SourceKind(boolean canBeRenewable) {
    this.canBeRenewable = canBeRenewable;
  }

  /// False for sources that never give headroom, however much power they deliver.
  public boolean canBeRenewable() {
    return canBeRenewable;
  }
}
