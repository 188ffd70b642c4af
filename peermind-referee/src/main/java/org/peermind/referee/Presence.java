// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.referee;

/// How present a node is to a referee (design section 7). Only [#READY] inferers are offered work.
public enum Presence {
  /// Attached; an inferer has not reported yet.
  CONNECTED,
  /// An inferer with a fresh report, renewable headroom and a loaded model.
  READY,
  /// An inferer whose report is fresh, but that has no renewable power for answers now.
  LOW,
  /// An inferer whose reports stopped coming.
  STALE,
  /// Detached, or silent for so long that it must be thought gone.
  GONE
}
