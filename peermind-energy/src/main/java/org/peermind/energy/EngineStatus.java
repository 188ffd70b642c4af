// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.energy;

/// What the inference engine reports to the energy path.
public enum EngineStatus {
  /// No child process: nothing is loaded and nothing is drawn.
  ABSENT,
  LOADING,
  READY,
  /// It failed and was given up; becomes [#ABSENT] once it is cleaned away and may be tried again.
  BROKEN
}
