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

  /// An answer is held either to a format or to calls of tools.
  ///
  /// @param formatParam the field that asked for the format
  static Constraint either(Constraint format, String formatParam, Constraint tools)
      throws RequestRefused {
    if (format instanceof Constraint.None) {
      return checked(tools, "tools");
    }
    if (!(tools instanceof Constraint.None)) {
      throw RequestRefused.field(
          formatParam,
          "unsupported_parameter",
          formatParam
              + " is not supported together with tools that may be called; send tool_choice none,"
              + " or one of the two.");
    }
    return checked(format, formatParam);
  }

  /// @param param the field that asked for it
  private static Constraint checked(Constraint constraint, String param) throws RequestRefused {
    Optional<String> refusal = ConstraintCheck.check(constraint);
    if (refusal.isPresent()) {
      throw RequestRefused.field(
          param, "unsupported_parameter", "%s: %s".formatted(param, refusal.get()));
    }
    return constraint;
  }
}
