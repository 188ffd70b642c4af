// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.node.api;

import java.util.Optional;
import org.peermind.inference.Constraint;
import org.peermind.inference.ConstraintCheck;

/// Refuses a form that no engine could keep, on the asking person's own machine and before anything
/// is sent.
final class ConstraintRefusal {
  private ConstraintRefusal() {}

  /// @param param the field that asked for it
  static Constraint checked(Constraint constraint, String param) throws RequestRefused {
    Optional<String> refusal = ConstraintCheck.check(constraint);
    if (refusal.isPresent()) {
      throw RequestRefused.field(
          param, "unsupported_parameter", "%s: %s".formatted(param, refusal.get()));
    }
    return constraint;
  }
}
