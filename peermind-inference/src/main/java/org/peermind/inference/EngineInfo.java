// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference;

import java.util.List;

/// The engine in use: a name and build, the profile of its binary interface, what computes, and the
/// guards that passed before it was trusted.
public record EngineInfo(
    String name, String build, String abiProfile, List<String> devices, List<String> guards) {
  public EngineInfo {
    devices = List.copyOf(devices);
    guards = List.copyOf(guards);
  }
}
