// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy.spi;

import java.util.List;

/// The devices behind an adapter and what their sum needed, for the owner.
///
/// @param devices in the order of the configuration; empty for an adapter without devices
/// @param remarks what the site as a whole needs said: one sentence each
public record SiteStatus(List<DeviceStatus> devices, List<String> remarks) {
  /// Of an adapter without devices.
  public static final SiteStatus NONE = new SiteStatus(List.of(), List.of());

  public SiteStatus {
    devices = List.copyOf(devices);
    remarks = List.copyOf(remarks);
  }
}
