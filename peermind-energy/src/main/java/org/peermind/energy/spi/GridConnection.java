// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

/// Whether the public grid is there.
public enum GridConnection {
  CONNECTED,
  /// Backup operation or an off-grid site: the battery is the last reserve.
  ISLANDED,
  UNKNOWN
}
