// Copyright the Peermind authors.
// SPDX-License-Identifier: Apache-2.0

package org.peermind.inference.internal.constraint;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.peermind.inference.Constraint;
import org.peermind.inference.internal.constraint.Rule.Scan;
import org.peermind.inference.internal.constraint.Rule.Sequence;

/// Reads a constraint into rules, without a model.
public final class ConstraintReader {
  private ConstraintReader() {}

  /// Why `constraint` cannot be enforced, in one sentence; empty when it can. Tools are tried with
  /// the usual [CallSyntax], for a refusal does not depend on it.
  public static Optional<String> refusalOf(Constraint constraint) {
    try {
      rule(constraint, CallSyntax.hermes());
      return Optional.empty();
    } catch (SchemaRefusal refusal) {
      return Optional.of(refusal.sentence());
    }
  }

  /// The rule of whole answers; null when any text will do.
  static @Nullable Rule rule(Constraint constraint, CallSyntax syntax) throws SchemaRefusal {
    CompileBudget budget = new CompileBudget();
    return switch (constraint) {
      case Constraint.None _ -> null;
      case Constraint.JsonObject _ -> led(AnyJson.object());
      case Constraint.JsonSchema schema -> led(SchemaCompiler.compile(schema.schemaJson(), budget));
      case Constraint.Tools tools -> CallRules.of(tools, syntax, budget);
    };
  }

  private static Rule led(Rule value) {
    Rule rule = new Sequence(new Scan(JsonText.LEAD), value);
    Heights.settle(rule);
    return rule;
  }
}
