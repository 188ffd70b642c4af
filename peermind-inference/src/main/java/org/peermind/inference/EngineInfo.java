// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;

/// The engine in use: a name and build, the profile of its binary interface, what computes, the
/// guards that passed before it was trusted, and what its owner should know, one sentence each.
public record EngineInfo(
    String name,
    String build,
    String abiProfile,
    List<EngineDevice> devices,
    List<String> guards,
    List<String> notices) {
  public EngineInfo {
    devices = List.copyOf(devices);
    guards = List.copyOf(guards);
    notices = List.copyOf(notices);
  }
}
